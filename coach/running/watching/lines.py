"""What the program says on its terminal or to the journal: sentences, or with COACH_LOG_FORMAT=json an object a line.

This knows nothing of Django, since the supervisor uses it too. Log records have a formatter of their own (json_log.py).
"""

import io
import json
import os
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO


def as_json() -> bool:
    """Whether each line is to be a JSON object. The settings put what `.env` says into the environment."""
    return os.environ.get("COACH_LOG_FORMAT", "").strip() == "json"


def time_of(seconds: float) -> str:
    """A moment, in seconds as time() gives them: "2026-11-30T12:34:56.789Z"."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def as_object(text: str, level: str = "WARNING") -> str:
    """What somebody said in words, as an object; what is an object already stays as it is."""
    if text.startswith("{"):
        return text
    now = time_of(datetime.now(UTC).timestamp())
    said = {"time": now, "level": level, "logger": "coach.running", "message": text, "process": os.getpid()}
    return json.dumps(said)


def line_of(text: str, level: str = "WARNING") -> str:
    """A sentence in the chosen form."""
    return as_object(text, level) if as_json() else text


def say(text: str, level: str = "WARNING") -> None:
    """Write a sentence for whoever looks at the terminal or the journal."""
    with suppress(OSError):  # nobody reads any more
        sys.stderr.write(f"{line_of(text, level)}\n")
        sys.stderr.flush()


class Objects(io.TextIOBase):
    """A stream that makes an object of whatever is written to it, when its line is complete."""

    def __init__(self, stream: IO[str], level: str) -> None:
        self.stream, self.level, self.begun, self.alone = stream, level, "", threading.Lock()

    def write(self, text: str) -> int:
        """Take any text. One that was written in several lines at once is one object."""
        with self.alone:
            self.begun += text
            if self.begun.endswith("\n"):
                said, self.begun = self.begun.strip(), ""
                if said:
                    self.stream.write(f"{as_object(said, self.level)}\n")
                    self.stream.flush()
        return len(text)

    def flush(self) -> None:
        """Nothing: what is complete was passed on."""

    def fileno(self) -> int:
        """The descriptor behind it."""
        return self.stream.fileno()


def speak() -> None:
    """Let this process say everything in the chosen form, also the sentence with which Python exits."""
    if as_json() and not isinstance(sys.stderr, Objects):
        sys.stdout, sys.stderr = Objects(sys.stdout, "INFO"), Objects(sys.stderr, "ERROR")


class Relay:
    """A pipe for other processes. What they write to it comes out on our stderr, every line an object.

    Without it, what a shell, the server's own language or a dying interpreter says would be a line of another form.
    """

    def __init__(self) -> None:
        readable, self.descriptor = os.pipe()
        self.thread = threading.Thread(target=self._pass_on, args=(readable,), name="relay", daemon=True)
        self.thread.start()

    def _pass_on(self, readable: int) -> None:
        with open(readable, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.strip():
                    say(line.rstrip("\n"))

    def close(self) -> None:
        """Pass on what is left. To be called when the processes have ended."""
        os.close(self.descriptor)
        self.thread.join(1)
