"""What would help a mode that failed: it is asked once more, under the setting that would have to be changed."""

from collections.abc import Sequence

from django.conf import settings

from llm_modes.checking.advice import SENTENCES
from llm_modes.checking.findings import Finding
from llm_modes.checking.speed import about_patience
from llm_modes.checking.trial import Try, patiently, try_out, under

# Tokens for thoughts: what most thinking models do with.
THOUGHTS = 4000
_CUT_OFF = ("cut off", "cut off while it was thinking")


def look_again(tries: Sequence[Try], patience: float) -> tuple[list[Finding], list[Try]]:
    """For the first try that was too slow, and the first that was cut off: what helps. Also the tries made for it."""
    found: list[Finding] = []
    made: list[Try] = []
    slow = next((tried for tried in tries if tried.failure and tried.failure.code == "timeout"), None)
    if slow:
        with patiently(patience):
            made.append(try_out(slow.mode, slow.inputs))
        found.append(about_patience(made[-1], patience))
    cut = next((tried for tried in tries if tried.detail in _CUT_OFF), None)
    if cut:
        tokens = max(THOUGHTS, 2 * settings.COACH_EXTRA_OUTPUT_TOKENS)
        with under(COACH_EXTRA_OUTPUT_TOKENS=tokens), patiently(patience):
            made.append(try_out(cut.mode, cut.inputs))
        found.append(_about_room(made[-1], tokens))
    return found, made


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
