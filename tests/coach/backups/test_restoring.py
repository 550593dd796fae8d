"""A backup takes the place of a database when all of it is there, and otherwise nothing has changed."""

import shutil
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.db import connection

from coach.backups import databases, manifest
from coach.backups.progress import Steps
from coach.backups.reading import Backup
from coach.backups.refusals import BackupRefused, Damaged
from coach.backups.restoring import restore
from coach.models import RawUserContext, User
from study.models import Story
from tests import factories
from tests.coach.backups.conftest import STORY

pytestmark = pytest.mark.django_db(transaction=True)


def databases_there():
    with connection.cursor() as cursor:
        # Those of other workers come and go.
        cursor.execute("SELECT datname FROM pg_database WHERE NOT starts_with(datname, 'test_')")
        return {name for (name,) in cursor.fetchall()}


def brought_back(path, secret, **options):
    with Backup(path) as backup:
        backup.open_by_key(secret)
        return restore(backup, **{"replace": False, "steps": Steps(), **options})


@pytest.fixture
def unchanged():
    """A candidate and the databases that are there still are, whatever the test has done."""
    factories.make_user("bob")
    there = databases_there()
    yield
    assert list(User.objects.values_list("username", flat=True)) == ["bob"]
    assert databases_there() == there


def test_a_backup_of_an_older_release_is_restored_and_brought_up_to_date(kept):
    factories.make_user("bob")
    restored = brought_back(kept.path, kept.secret, replace=True)
    assert User.objects.get().username == "alice"
    assert Story.objects.get().text == STORY
    assert RawUserContext.objects.get().job_advert == ""  # a column that the older release did not have
    assert restored.aside in databases_there()
    assert databases.drop_kept() == [restored.aside]
    assert not [name for name in databases_there() if name.startswith(databases.FRESH)]


def test_a_database_with_candidates_is_replaced_only_when_told_to(kept, unchanged):
    with pytest.raises(BackupRefused, match="--replace"):
        brought_back(kept.path, kept.secret)


def test_a_damaged_backup_leaves_the_database_as_it_was(kept, unchanged, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copy(kept.path, damaged)
    with damaged.open("r+b") as file:
        file.seek(kept.made.bytes // 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 4]))
    with pytest.raises(Damaged):
        brought_back(damaged, kept.secret, replace=True)


def test_a_database_that_is_in_use_is_not_replaced(kept, unchanged):
    address, password = databases.address_of(databases.own_name())
    with psycopg.connect(address, password=password), pytest.raises(BackupRefused, match="1 other connections"):
        brought_back(kept.path, kept.secret, replace=True)


def test_a_backup_of_a_newer_release_or_server_is_refused(kept):
    with Backup(kept.path) as backup:
        backup.open_by_key(kept.secret)
        told = backup.manifest()
    manifest.refuse_newer(told)
    with pytest.raises(BackupRefused, match=r"newer release.*coach\.9999_wings"):
        manifest.refuse_newer(replace(told, migrations=[*told.migrations, "coach.9999_wings"]))
    with pytest.raises(BackupRefused, match="newer release"):
        manifest.from_json(replace(told, form=2).as_json())


def test_a_machine_with_other_keys_is_told_which_are_missing(settings):
    told = manifest.taken(18)
    manifest.refuse_foreign_keys(told)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(BackupRefused, match=f"needs {told.keys[0]}.*secrets.env"):
        manifest.refuse_foreign_keys(told)


@pytest.mark.parametrize("table", ["public.study_story", "public.no_more"])
def test_rows_that_are_missing_are_noticed(kept, table):
    told = manifest.taken(18)
    with pytest.raises(BackupRefused, match=f"The table {table} has"):
        manifest.refuse_other_rows(replace(told, tables={**told.tables, table: 7}))


def test_a_value_that_could_be_read_and_cannot_any_more_is_noticed():
    story = factories.make_story(factories.make_user())
    told = manifest.taken(18)
    assert told.values["study_story.text"] == story.pk
    manifest.refuse_unreadable_values(told)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE study_story SET text = substring(text FROM 1 FOR 40)")
    with pytest.raises(BackupRefused, match=r"study_story\.text cannot be read"):
        manifest.refuse_unreadable_values(told)
    assert "study_story.text" not in manifest.taken(18).values


def test_a_file_that_is_not_there_or_a_folder_is_said_to_be_so(tmp_path):
    for path in (tmp_path / "nothing", Path(tmp_path)):
        with pytest.raises(BackupRefused, match="cannot be read"), Backup(path):
            pass
