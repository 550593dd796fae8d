"""A folder that PostgreSQL 16 has made becomes one of ours. It takes five seconds, so it is run by `make drill`."""

import os
import subprocess
import sys

import pytest

from coach.backups.reading import Backup
from coach.running.database import EmbeddedServer, made_by
from coach.running.postgresql.programs import MAJOR_VERSION, programs, programs_of, run
from tests.coach.backups.conftest import STORY
from tests.environment import ROOT

OLD = 16
READ = "from study.models import Story; print(Story.objects.get().text)"


class OldServer(EmbeddedServer):
    """As an earlier release has made it."""

    def _run(self, program, *arguments):
        if program == "initdb":  # which knew no locale of its own yet
            kept = [one for one in arguments if "locale" not in str(one)]
            arguments = [*kept, "--locale=C"]
        said = run(self._programs_in / program, *arguments, folder=self.folder)
        assert said is None, said


@pytest.fixture
def old(kept, tmp_path):
    folder = programs_of(OLD, ("pg_ctl", "postgres", "pg_dump", "initdb", "psql"))
    if folder is None:
        pytest.skip(f"PostgreSQL {OLD} is not on this machine")
    with Backup(kept.path) as backup, (tmp_path / "dump").open("w+b") as dump:
        backup.open_by_key(kept.secret)
        backup.dump_to(dump)
        dump.flush()
        sql = subprocess.run([programs() / "pg_restore", "-f-", dump.name], capture_output=True, text=True, check=True)
        (tmp_path / "data").mkdir(mode=0o700)
        (tmp_path / "data" / "secrets.env").write_text(backup.keys())
    server = OldServer(tmp_path / "data", major=OLD, programs_in=folder)
    server.attach()
    known = "\n".join(line for line in sql.stdout.splitlines() if "transaction_timeout" not in line)
    subprocess.run([folder / "psql", "-q", "-v", "ON_ERROR_STOP=1", server.url()], input=known, text=True, check=True)
    server.detach()
    return tmp_path / "data"


def manage(data_dir, *arguments):
    environment = {**os.environ, "COACH_DATA_DIR": str(data_dir)}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif("COACH_DRILL" not in os.environ, reason="run by `make drill`")
def test_a_folder_of_an_older_postgresql_becomes_one_of_ours(old, kept):
    refused = manage(old, "check")
    assert refused.returncode == 1
    assert "Run manage.py upgrade_database" in refused.stderr
    upgraded = manage(old, "upgrade_database")
    assert upgraded.returncode == 0, upgraded.stderr
    assert f"PostgreSQL {MAJOR_VERSION} now, with {kept.made.rows} rows" in upgraded.stdout
    [aside] = old.glob(f"postgres.{OLD}-*")
    assert (made_by(aside), made_by(old / "postgres")) == (OLD, MAJOR_VERSION)
    assert manage(old, "shell", "-v0", "-c", READ).stdout.strip() == STORY
    assert "nothing was done" in manage(old, "upgrade_database").stdout
