"""The folder of another PostgreSQL is replaced by one of ours, is kept, and never missing."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from coach.backups import upgrading
from coach.backups.progress import Steps
from coach.backups.refusals import BackupRefused
from coach.running.database import EmbeddedServer, made_by
from coach.running.postgresql.programs import MAJOR_VERSION, programs, programs_of


@pytest.fixture
def data_dir(tmp_path):
    """An old folder that this program cannot read, and a new one that has been filled."""
    for folder, version in (("postgres", 12), ("upgrade/postgres", MAJOR_VERSION)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "PG_VERSION").write_text(f"{version}\n")
    return tmp_path


def test_the_new_folder_takes_the_place_of_the_old_one_which_is_kept(data_dir):
    assert upgrading.old_version(data_dir) == 12
    aside = upgrading.change_folders(data_dir, 12)
    upgrading.forget_new_folder(data_dir)
    assert made_by(data_dir / "postgres") == MAJOR_VERSION
    assert made_by(aside) == 12
    assert {file.name for file in data_dir.iterdir()} == {"postgres", aside.name}


def test_a_crash_between_the_last_two_steps_is_mended_at_the_next_start(data_dir):
    (data_dir / "postgres").rename(data_dir / "postgres.12-1")
    (data_dir / "upgrade" / "postgres").rename(data_dir / "postgres.upgraded")
    (data_dir / "postgres.upgraded" / "PG_VERSION").write_text("13\n")  # so that nothing is started here
    server = EmbeddedServer(data_dir)
    with pytest.raises(ImproperlyConfigured, match="made by PostgreSQL 13"):
        server.attach()
    server.detach()
    assert made_by(data_dir / "postgres") == 13


def test_what_a_crash_left_before_that_is_made_anew(data_dir):
    (data_dir / "postgres.upgraded").mkdir()
    upgrading.change_folders(data_dir, 12)
    assert made_by(data_dir / "postgres") == MAJOR_VERSION


def test_without_the_old_programs_the_ways_out_are_named(data_dir):
    with pytest.raises(BackupRefused, match=r"postgresql-12\).*--programs FOLDER.*upgrade_database FILE"):
        upgrading.from_old_server(data_dir, 12, None, Steps())
    assert made_by(data_dir / "postgres") == 12


def test_programs_are_taken_from_the_folder_that_is_given_when_their_version_fits():
    assert programs_of(MAJOR_VERSION, ("pg_dump", "postgres"), given=programs()) == programs()
    assert programs_of(MAJOR_VERSION, ("pg_dump", "no_such_program"), given=programs()) is None
    assert programs_of(MAJOR_VERSION - 1, ("pg_dump",), given=programs()) is None
