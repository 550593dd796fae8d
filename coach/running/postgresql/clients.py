"""pg_dump and pg_restore as processes that we read from, or write to, through a pipe."""

import os
import re
import subprocess
import threading
from io import BufferedReader
from pathlib import Path
from typing import IO

ERRORS_KEPT = 65_536  # bytes
# What may be quoted of an error of pg_restore: what went wrong with the server, and never a row.
_TELLING = re.compile(
    r"[^\n]*error: [^\n]*("
    r"No space left|permission denied|must be owner|unsupported version|terminating connection|server closed"
    r"|connection to server|could not (?:connect|extend|write|open)|not a valid archive|already exists"
    r"|does not exist|out of memory|recovery mode|canceling statement)[^\n]*"
)


class ClientFailed(Exception):
    """A program of PostgreSQL failed. The text is a sentence that quotes no row."""


class Client:
    """A running pg_dump (`output` is what it writes) or pg_restore (`input` is what it reads).

    To be used as a context manager: whatever happens, the process has ended behind it.
    """

    def __init__(self, program: Path, *arguments: str, password: str, feeds: bool) -> None:
        """`feeds`: whether we write to it. The password is not seen in the list of processes."""
        self.name = program.name
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        self._process = subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.PIPE if feeds else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if feeds else subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment, "LC_ALL": "C", "PGPASSWORD": password},
            bufsize=262_144,
            start_new_session=True,  # a Ctrl-C reaches us alone, and we end it
        )
        self._said = b""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said = (self._said + line)[:ERRORS_KEPT]

    @property
    def output(self) -> BufferedReader:
        """What pg_dump writes."""
        assert isinstance(self._process.stdout, BufferedReader)
        return self._process.stdout

    @property
    def input(self) -> IO[bytes]:
        """What pg_restore reads."""
        assert self._process.stdin is not None
        return self._process.stdin

    def wait_for_output(self) -> None:
        """Wait until pg_dump has begun to write, or has ended."""
        self.output.peek(1)

    def finish(self) -> None:
        """Wait for its end. Raises ClientFailed unless it ended well."""
        if self._process.stdin is not None:
            self._close_input()
        code = self._process.wait()
        self._listener.join()
        if code:
            how = f"it was ended by the signal {-code}" if code < 0 else f"it ended with {code}"
            found = _TELLING.search(self._said.decode(errors="replace"))
            raise ClientFailed(f"{self.name} failed: {found[0].strip() if found else how}.")

    def _close_input(self) -> None:
        try:
            self.input.close()
        except OSError:
            self._process.kill()  # it has closed its end before all was written; how it ended is told by finish()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        if self._process.stdin is not None:
            self._close_input()
        self._process.wait()
        self._listener.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
