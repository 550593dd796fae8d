"""What would help a mode that failed: it is asked once more, under the setting that would have to be changed."""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings

from llm_modes.checking.advice import SENTENCES
from llm_modes.checking.findings import Finding
from llm_modes.checking.speed import about_patience
from llm_modes.checking.trial import Try, patiently, try_out, under

# Tokens for thoughts: what most thinking models do with.
THOUGHTS = 4000
_CUT_OFF = ("cut off", "cut off while it was thinking")


class Look(NamedTuple):
    """A try to be made once more, with more time or with more tokens (`room`) for the reply; 0: with more time."""

    failed: Try
    room: int

    @property
    def says(self) -> str:
        """What is done, for whoever waits."""
        return f"Asking {self.failed.mode.name} once more, with more {'room' if self.room else 'time'} …"


def worth_a_look(tries: Sequence[Try]) -> list[Look]:
    """The first try that was too slow, and the first that was cut off."""
    slow = [Look(tried, 0) for tried in tries if tried.failure and tried.failure.code == "timeout"]
    room = max(THOUGHTS, 2 * settings.COACH_EXTRA_OUTPUT_TOKENS)
    return slow[:1] + [Look(tried, room) for tried in tries if tried.detail in _CUT_OFF][:1]


def look_again(look: Look, patience: float) -> tuple[Finding, Try]:
    """Ask once more, for up to `patience` seconds: what helps, and the try."""
    extra = {"COACH_EXTRA_OUTPUT_TOKENS": look.room} if look.room else {}
    with under(**extra), patiently(patience):
        tried = try_out(look.failed.mode, look.failed.inputs)
    return (_about_room(tried, look.room) if look.room else about_patience(look.failed, tried)), tried


def _about_room(tried: Try, tokens: int) -> Finding:
    line = f"COACH_EXTRA_OUTPUT_TOKENS={tokens}"
    if not tried.failure:
        return Finding(f"{tried.mode.name} works with {line}.", fails=False, lines=(line,))
    if tried.detail in _CUT_OFF:
        return Finding(
            f"{tried.mode.name} is cut off even with {line}: switch thinking off at the server, or change the model."
        )
    why = SENTENCES.get(tried.detail, tried.failure.code)
    return Finding(f"{tried.mode.name}, with {line}, fails otherwise: {why}")
