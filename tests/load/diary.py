"""What the candidates of a run did and were told: one line of JSON each, in the order in which it happened.

kind      what else is in the line
request   route, ms, status (0: no reply), queries and processor (ms; null where the reply does not say), at
wait      what, began, ended, status, call (the last one of the model), marker, who
told      what (saved, unsure, marked, begun, ended, said, answered), who, and what it is about
"""

import json
import time
from pathlib import Path
from typing import Any, TextIO

_file: TextIO | None = None


def begin(path: Path) -> None:
    """Write to this file from now on."""
    global _file
    _file = path.open("w")


def write(kind: str, **line: Any) -> None:
    """Add a line. Times are time.monotonic()."""
    assert _file is not None
    _file.write(json.dumps({"kind": kind, "at": time.monotonic(), **line}, ensure_ascii=False) + "\n")


def told(what: str, who: str, **about: Any) -> None:
    """Note what the program said to a candidate."""
    write("told", what=what, who=who, **about)


def end() -> None:
    """Write what is not yet written."""
    if _file is not None:
        _file.close()


def read(path: Path) -> list[dict[str, Any]]:
    """All lines of a finished diary."""
    return [json.loads(line) for line in path.read_text().splitlines()]
