"""Counts how many values were decrypted, without anything put in the place of the code that decrypts."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from coach.encryption import key_ring


@dataclass
class Opened:
    """How many values were decrypted so far, in this thread."""

    number: int = 0


@contextmanager
def decryptions() -> Iterator[Opened]:
    """Count the values that are decrypted within this block, by what Python tells of each call."""
    opened, codes = Opened(), {key_ring.unseal.__code__, key_ring.unseal_old.__code__}

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        opened.number += event == "call" and frame.f_code in codes

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield opened
    finally:
        sys.setprofile(before)
