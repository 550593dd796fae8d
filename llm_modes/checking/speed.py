"""How fast a model reads and writes, whether that is fast enough for the limits, and which limits would do."""

from collections.abc import Iterator, Sequence

from django.conf import settings

from llm_modes.catalogue import MODES
from llm_modes.checking.findings import Finding
from llm_modes.checking.first_word import NEAR_THE_LIMIT, roomy
from llm_modes.checking.trial import Try

# The most that COACH_LLM_TOTAL_SECONDS takes.
MOST_SECONDS = 900
# A busy machine is slower than one that is being checked.
RESERVE = 1.25


def longest_reply() -> int:
    """Tokens of the longest reply of a mode, thoughts included."""
    return max(mode.max_output_tokens for mode in MODES.values()) + settings.COACH_EXTRA_OUTPUT_TOKENS


def writing_speed(tries: Sequence[Try]) -> float | None:
    """Tokens a second of all streamed replies together; of whole ones where none was streamed. None: not measurable."""
    for whole in (False, True):
        written = [tried.written for tried in tries if tried.whole is whole]
        tokens, seconds = sum(one for one, _ in written), sum(one for _, one in written)
        if tokens:
            return tokens / seconds
    return None


def findings(tries: Sequence[Try], long_prompt: Try | None) -> list[Finding]:
    """What has to be set for the longest prompt and the longest reply; nothing where the limits do."""
    first = max((tried.first_token or 0.0 for tried in [*tries, *([long_prompt] if long_prompt else [])]), default=0.0)
    speed = writing_speed(tries)
    return [*_about_first_token(first), *(_about_total(first, speed) if speed else [])]


def _about_first_token(first: float) -> list[Finding]:
    if first < NEAR_THE_LIMIT * settings.LLM_FIRST_TOKEN_SECONDS:
        return []
    return [
        Finding(
            f"The first token of a long prompt came after {first:.1f} s; COACH_LLM_FIRST_TOKEN_SECONDS is "
            f"{settings.LLM_FIRST_TOKEN_SECONDS:g}.",
            fails=False,
            lines=(f"COACH_LLM_FIRST_TOKEN_SECONDS={roomy(2 * first)}",),
        )
    ]


def _about_total(first: float, speed: float) -> list[Finding]:
    tokens = longest_reply()
    seconds = first + tokens / speed
    if seconds <= settings.LLM_TOTAL_SECONDS:
        return []
    says = (
        f"The model writes {speed:.1f} tokens a second: the longest reply, {tokens:,} tokens, takes {seconds:,.0f} s, "
        f"and COACH_LLM_TOTAL_SECONDS is {settings.LLM_TOTAL_SECONDS:g}."
    )
    if seconds > MOST_SECONDS:
        says += f" Not even {MOST_SECONDS}, the most it takes, would do for that one: choose a smaller or faster model."
    return [Finding(says, fails=False, lines=(f"COACH_LLM_TOTAL_SECONDS={roomy(RESERVE * seconds)}",))]


def about_patience(failed: Try, tried: Try) -> Finding:
    """What came of asking a mode that was too slow once more, with all the time that it may need."""
    name = tried.mode.name
    if tried.failure and tried.failure.code == "timeout":
        how_fast = f", at {tried.tokens_a_second:.1f} tokens a second" if tried.tokens_a_second else ""
        return Finding(f"{name} is too slow: {tried.detail}{how_fast}. Choose a smaller or faster model.")
    if tried.failure:
        return Finding(f"{name}, asked once more with more time, fails otherwise: {tried.detail or 'no valid reply'}.")
    first = "" if tried.first_token is None else f" (the first token after {tried.first_token:.1f} s)"
    lines = tuple(_lines_that_do(failed, tried))
    return Finding(f"{name} works when it is given {tried.seconds:.1f} s{first}.", fails=False, lines=lines)


def _lines_that_do(failed: Try, tried: Try) -> Iterator[str]:
    """More than the limit that was too short, and enough for what it took then."""
    if failed.detail.startswith("no further token"):
        yield f"COACH_LLM_BETWEEN_TOKENS_SECONDS={roomy(3 * settings.LLM_BETWEEN_TOKENS_SECONDS)}"
    if failed.detail.startswith("no first token"):
        seconds = max(tried.first_token or 0.0, settings.LLM_FIRST_TOKEN_SECONDS)
        yield f"COACH_LLM_FIRST_TOKEN_SECONDS={roomy(2 * seconds)}"
    if failed.detail.startswith("not finished") or tried.seconds > settings.LLM_TOTAL_SECONDS:
        yield f"COACH_LLM_TOTAL_SECONDS={roomy(RESERVE * max(tried.seconds, settings.LLM_TOTAL_SECONDS))}"
