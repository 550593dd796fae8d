"""The text of a file that a candidate brings: PDF, Word (.docx), plain text or Markdown. Nothing of it is kept.

PDF and Word are read by a process of its own (coach/files/child.py): whatever stands in a file, reading it has an end,
and no memory but that process's. What limits there are in the libraries hold there, too.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from coach.candidate_text import clean_text
from coach.files.refusal import MOST_BYTES, MOST_CHARACTERS, Refused

ROOT = Path(__file__).resolve().parent.parent.parent
PLAIN = (".txt", ".text", ".md", ".markdown")
# What files begin with: the packages of new and of old office programs.
_ZIP, _OLD_OFFICE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-"
# So many files are read at a time in one web process; who comes then waits this long for a place.
_places = threading.BoundedSemaphore(2)
SECONDS_FOR_A_PLACE = 15
# As the clock goes, on a busy machine: the process ends itself after some seconds of the processor.
WALL_SECONDS = 25


def text_of(file: IO[bytes], name: str) -> str:
    """The cleaned text of a file with this name, of at most MOST_CHARACTERS characters. Raises Refused."""
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Refused("too_large")
    if not content.strip():
        raise Refused("empty")
    kind = _kind_of(content, name.lower())
    text = clean_text(_plain(content) if kind == "plain" else _read_apart(kind, content))
    if not text:
        raise Refused("no_text")
    if len(text) > MOST_CHARACTERS:
        raise Refused("too_long")
    return text


def _kind_of(content: bytes, name: str) -> str:
    """What to read it as, by what it begins with and then by its name. Raises Refused."""
    if _PDF in content[:1024]:
        return "pdf"
    if content.startswith(_ZIP):
        return "word"
    if content.startswith(_OLD_OFFICE):
        # A new document with a password looks like an old one.
        raise Refused("old_word" if name.endswith(".doc") else "locked" if name.endswith(".docx") else "unknown")
    if name.endswith((".pdf", ".docx")):
        raise Refused("broken")
    if name.endswith(PLAIN):
        return "plain"
    raise Refused("unknown")


def _plain(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise Refused("not_utf8") from None


def _read_apart(kind: str, content: bytes) -> str:
    """The text by a process of its own, which knows none of our settings and keys. Raises Refused."""
    if not _places.acquire(timeout=SECONDS_FOR_A_PLACE):
        raise Refused("busy")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "coach.files.child", kind],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={},
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused("too_much") from None
    finally:
        _places.release()
    if done.returncode:
        raise Refused("too_much")  # it was ended at one of its limits
    said: dict[str, Any] = json.loads(done.stdout)
    if "refused" in said:
        raise Refused(said["refused"])
    return str(said["text"])
