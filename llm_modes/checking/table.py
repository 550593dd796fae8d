"""The table of tries, at most 120 columns wide."""

from textwrap import wrap

from django.conf import settings

from llm_modes.checking.trial import Try

_WIDTH = 118
_ROW = "{:<21} {:<9} {:<14} {:>8} {:>8} {:>8} {:>9} {:>7} {:>7} {:>7}"
_TITLES = ("mode", "reply", "result", "requests", "first s", "all s", "tokens/s", "in", "out", "mended")


def head() -> str:
    """The titles."""
    return _ROW.format(*_TITLES)


def row(tried: Try) -> str:
    """How one try went: seconds to the first token and in all, tokens a second, tokens in and out."""
    how = "by rules" if settings.OFFLINE_COACH else "whole" if tried.whole else "streamed"
    return _ROW.format(
        tried.mode.name,
        how,
        tried.failure.code if tried.failure else "works",
        len(tried.calls),
        _number(tried.first_token),
        _number(tried.seconds),
        _number(tried.tokens_a_second),
        tried.total("input_tokens") or "–",
        tried.total("output_tokens") or "–",
        tried.total("mended"),
    ).rstrip()


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def wrapped(says: str, *, mark: str = "- ") -> str:
    """A sentence as an item of a list, with this mark before it."""
    lines = wrap(says, _WIDTH - len(mark), break_on_hyphens=False, break_long_words=False)
    return mark + ("\n" + " " * len(mark)).join(lines)
