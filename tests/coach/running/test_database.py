"""The embedded PostgreSQL runs while somebody needs it, and lets nobody else in."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import environ
import psutil
import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from coach.running import database
from coach.running.database import EmbeddedServer

HOLD = (
    "import sys, pathlib; from coach.running import database;"
    "print(database.embedded_database_url(pathlib.Path(sys.argv[1])), flush=True); sys.stdin.read()"
)


class Holder:
    """Another process that is attached to the server in `data_dir`."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def url(self) -> str:
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.stdin.close()
        assert self.process.wait(timeout=10) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


@pytest.fixture
def data_dir():
    """A folder whose path is short enough for a socket, as tmp_path is not."""
    folder = Path(tempfile.mkdtemp(dir=os.environ["PYTEST_DEBUG_TEMPROOT"]))
    yield folder / "data"
    for process in psutil.process_iter(["cmdline"]):
        if str(folder / "data" / "postgres") in (process.info["cmdline"] or []):
            process.send_signal(signal.SIGQUIT)


def test_the_server_stops_when_the_last_process_leaves(data_dir):
    first, second = Holder(data_dir), Holder(data_dir)
    url = first.url()

    assert second.url() == url
    first.leave()
    assert answers(url)
    second.leave()
    assert not answers(url)
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


def test_a_process_that_was_killed_does_not_keep_the_server_running(data_dir):
    killed = Holder(data_dir)
    url = killed.url()
    killed.kill()
    assert answers(url)

    next_one = Holder(data_dir)
    assert next_one.url() == url
    next_one.leave()
    assert not answers(url)


def test_a_killed_server_is_started_again_with_what_was_stored(data_dir):
    holder = Holder(data_dir)
    url = holder.url()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    # As after a power failure; afterwards the number in the file belongs to a process of another kind.
    server = psutil.Process(int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0]))
    everything = [server, *server.children()]
    for process in everything:
        process.kill()
    psutil.wait_procs(everything, timeout=5)
    holder.kill()
    for lock in (data_dir / "postgres" / "postmaster.pid", data_dir / "postgres" / ".s.PGSQL.5432.lock"):
        lock.write_text(lock.read_text().replace(str(server.pid), str(os.getpid()), 1))

    again = Holder(data_dir)
    with psycopg.connect(again.url()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    again.leave()


def test_a_part_that_hangs_does_not_keep_the_server_from_starting_or_stopping(data_dir, monkeypatch):
    monkeypatch.setattr(database, "STOP_SECONDS", 1)  # for the start; the holder stops it as it does outside of tests
    holder = Holder(data_dir)
    url = holder.url()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        server = EmbeddedServer(data_dir)
        hanging = psutil.Process(connection.info.backend_pid)
        hanging.suspend()
        postmaster = hanging.parent()
        postmaster.kill()
        psutil.wait_procs([postmaster], timeout=5)
        assert hanging.is_running()
        server.start_again()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)

    postmaster = psutil.Process(int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0]))
    everything = [postmaster, *postmaster.children()]
    postmaster.suspend()
    holder.process.stdin.close()
    assert holder.process.wait(timeout=20) == 0
    assert not psutil.wait_procs(everything, timeout=5)[1]


@pytest.mark.parametrize("name", ["with, comma 'quote' and blank", "long" * 30])
def test_any_path_will_do(tmp_path, name):
    holder = Holder(tmp_path / name)
    url = holder.url()
    socket_dir = Path(parse_qs(urlparse(url).query)["host"][0])

    assert answers(url)
    assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
    holder.leave()
    assert socket_dir == tmp_path / name / "postgres" or not socket_dir.exists()


def test_only_its_owner_reaches_the_socket_and_the_files(data_dir):
    holder = Holder(data_dir)
    url = holder.url()
    socket_dir = Path(parse_qs(urlparse(url).query)["host"][0])

    assert stat.S_IMODE((data_dir / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((socket_dir / ".s.PGSQL.5432").stat().st_mode) == 0o700
    assert stat.S_IMODE(data_dir.stat().st_mode) & 0o044 == 0
    with psycopg.connect(url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert environ.Env.db_url_config(url)["OPTIONS"] == {"host": str(socket_dir)}
    holder.leave()


FAILING = (
    "INSERT INTO nowhere VALUES ('what a candidate wrote')",
    "SELECT 'what a candidate wrote'::int",  # the error itself quotes it
    "INSERT INTO once VALUES ('what a candidate wrote')",  # its detail does
)


def test_neither_a_failing_statement_nor_its_error_is_logged(data_dir):
    holder = Holder(data_dir)
    with psycopg.connect(holder.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE once (words text PRIMARY KEY)")
        connection.execute("INSERT INTO once VALUES ('what a candidate wrote')")
        for statement in FAILING:
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
    holder.leave()

    log = (data_dir / "postgres" / "log").read_text()
    assert "ready to accept connections" in log
    assert "what a candidate wrote" not in log


def test_another_major_version_is_refused_with_the_way_out(data_dir):
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("16\n")

    server = EmbeddedServer(data_dir)
    with pytest.raises(ImproperlyConfigured, match=r"made by PostgreSQL 16.*\nRun manage\.py upgrade_database"):
        server.attach()
    server.detach()


def test_a_start_that_was_interrupted_leaves_nothing_half_made(data_dir):
    (data_dir / "postgres.new-1234").mkdir(parents=True)
    (data_dir / "postgres.new-1234" / "PG_VERSION").write_text("18\n")

    holder = Holder(data_dir)
    assert answers(holder.url())
    holder.leave()
    assert not (data_dir / "postgres.new-1234").exists()
