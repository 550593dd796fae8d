"""Reads one file in a process of its own: `python -m coach.files.child pdf`, the file on standard input.

It answers with JSON, {"text": …} or {"refused": a key of coach.files.refusal.REFUSALS}, and is ended where it takes
more time or memory than reading a text should.
"""

import json
import resource
import sys
from contextlib import suppress
from importlib import import_module

from coach.files.refusal import Refused

# Of the processor; and bytes of address space: Python with a reader takes 200 MB.
CPU_SECONDS, MEMORY = 10, 700_000_000


def bound(what: int, most: int) -> None:
    """Limit a resource of this process, for good, where the system knows such a limit."""
    _soft, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(ValueError):  # macOS has none for the address space
        resource.setrlimit(what, (most, most))


def answer(kind: str, content: bytes) -> dict[str, str]:
    """The text of a file of this kind ("pdf" or "word"), or why there is none."""
    try:
        return {"text": import_module(f"coach.files.{kind}").read(content)}
    except Refused as refused:
        return {"refused": refused.code}
    except (MemoryError, RecursionError):
        return {"refused": "too_much"}
    except Exception:  # whatever a library makes of bytes that are no such file
        return {"refused": "broken"}


if __name__ == "__main__":
    bound(resource.RLIMIT_CPU, CPU_SECONDS)
    bound(resource.RLIMIT_AS, MEMORY)
    bound(resource.RLIMIT_FSIZE, 0)
    bound(resource.RLIMIT_CORE, 0)
    sys.stdout.write(json.dumps(answer(sys.argv[1], sys.stdin.buffer.read())))
