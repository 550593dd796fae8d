"""The backups of the nights: made by the worker, kept for a while, and told to the admin."""

import logging

import pytest
from django.urls import reverse
from django_q.models import Schedule

from coach.backups import nightly, sealing
from coach.backups.reading import Backup
from coach.models import NightlyBackup
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nights(settings, tmp_path):
    """Backups go into a folder; returns the secret half of their key."""
    public, secret = sealing.new_key()
    settings.BACKUP_DIR, settings.BACKUP_KEY = tmp_path, public
    return secret


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def index(client):
    client.force_login(factories.make_user("boss", is_staff=True, is_superuser=True))
    return client.get(reverse("admin:index")).content.decode()


def test_a_good_night_takes_the_oldest_backup_away_and_nothing_else(nights, settings, tmp_path, caplog, client):
    settings.BACKUPS_KEPT = 2
    older = [tmp_path / f"coach-2026010{day}-023000.backup" for day in (1, 2, 3)]
    for file in (*older, tmp_path / "coach-before-the-move.backup", tmp_path / ".coach-x.backup-y.unfinished"):
        file.write_text("x")
    logging.getLogger("coach").propagate = True
    nightly.back_up()
    row = NightlyBackup.objects.get()
    [new] = set(names(tmp_path)) - {older[2].name, "coach-before-the-move.backup"}
    assert (tmp_path / new).stat().st_size == row.bytes
    with Backup(tmp_path / new) as backup:
        backup.open_by_key(nights)
        assert (backup.manifest().rows, backup.keys()) == (row.rows, "")
    assert f"Nightly backup {row.pk}: {row.bytes} bytes" in caplog.text
    assert "Last good one" in index(client)


def test_a_bad_night_deletes_nothing_and_is_told_to_the_admin(nights, settings, tmp_path, client):
    settings.BACKUPS_KEPT = 1
    settings.BACKUP_DIR = tmp_path / "unmounted"
    nightly.back_up()
    settings.BACKUP_DIR, settings.BACKUP_KEY = tmp_path, ""
    (tmp_path / "coach-20260101-023000.backup").write_text("x")
    nightly.back_up()
    assert names(tmp_path) == ["coach-20260101-023000.backup"]
    first, second = NightlyBackup.objects.order_by("pk").values_list("failure", flat=True)
    assert first == f"The folder {tmp_path}/unmounted is not there."
    assert second.startswith("A backup is encrypted, and nothing says for whom.")
    page = index(client)
    assert "nothing says for whom" in page
    assert "is a worker running at night?" in page


def test_a_task_that_is_handed_out_again_does_nothing(nights, tmp_path):
    with nightly._alone() as alone:
        assert alone
        nightly.back_up()
    assert not NightlyBackup.objects.exists()


def test_no_folder_means_no_backup(tmp_path, client):
    nightly.back_up()
    assert not NightlyBackup.objects.exists()
    assert "COACH_BACKUP_DIR is not set" in index(client)


def test_the_schedule_gives_it_hours():
    from importlib import import_module

    options = import_module("coach.migrations.0013_nightly_backups").OPTIONS
    assert options == f"q_options={{'timeout': {nightly.TASK_SECONDS}}}"
    assert Schedule._meta.get_field("kwargs").max_length is None
