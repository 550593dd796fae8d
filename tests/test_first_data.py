"""The tables that all tests start with are those of the migrations that are here."""

import os

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from coach.running import static_files
from tests import first_data


def test_the_tables_are_of_these_migrations_and_of_no_others(db):
    loader = MigrationLoader(connection)
    assert set(loader.applied_migrations) == set(loader.graph.nodes)


@pytest.mark.parametrize("source", ["plans/migrations/0001_initial.py", "coach/encryption/canary.py"])
def test_they_are_made_anew_when_what_they_are_made_from_changes(tmp_path, source):
    path = tmp_path / source
    path.parent.mkdir(parents=True)
    digests = [first_data.digest(tmp_path)]
    for text in ("a = 1", "a = 2"):
        path.write_text(text)
        digests.append(first_data.digest(tmp_path))
    assert len(set(digests)) == 3


def test_a_program_finds_its_static_files_collected():
    """By the time when they were written it sees whether they have changed; to collect them takes half a minute."""
    kept = first_data.KEPT / f"first-data-{first_data.digest()}"
    assert (kept / "static" / "collected-from").read_text() == static_files.fingerprint()


def test_they_are_collected_anew_when_one_is_written(tmp_path):
    path = tmp_path / "static" / "icons" / "one.svg"
    path.parent.mkdir(parents=True)
    path.write_text("<svg/>")
    digests = [first_data.digest(tmp_path)]
    os.utime(path, ns=(1, 1))
    digests.append(first_data.digest(tmp_path))
    path.write_text("<svg></svg>")
    os.utime(path, ns=(1, 1))
    digests.append(first_data.digest(tmp_path))
    assert len(set(digests)) == 3
