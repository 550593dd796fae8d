"""What the tries of the modes show, apart from their speed: which fail and why, and what will be missed."""

from collections.abc import Iterator, Sequence

from django.conf import settings

from llm_modes.checking.advice import advice
from llm_modes.checking.findings import Finding, joined
from llm_modes.checking.trial import Try


def findings(tries: Sequence[Try]) -> Iterator[Finding]:
    """A sentence for each kind of failure, with the modes that it is about; then what works, but not quite."""
    by_sentence: dict[str, list[str]] = {}
    for tried in tries:
        if tried.failure:
            by_sentence.setdefault(_about(tried), []).append(_named(tried))
    for says, names in by_sentence.items():
        yield Finding(f"{joined(dict.fromkeys(names))}: {says}")
    twice = [_named(tried) for tried in tries if not tried.failure and len(tried.sent) > 1]
    if twice:
        yield Finding(
            f"{joined(dict.fromkeys(twice))}: the first try failed or was not usable, so the call costs twice.",
            fails=False,
        )
    if any(not tried.counted for tried in tries) and not settings.OFFLINE_COACH:
        yield Finding(
            "The server counts no tokens: the daily budget and these numbers rest on our estimates.", fails=False
        )


def _named(tried: Try) -> str:
    return f"{tried.mode.name} (whole)" if tried.whole and not settings.OFFLINE_COACH else tried.mode.name


def _about(tried: Try) -> str:
    if not tried.failure:
        return ""
    if settings.OFFLINE_COACH:
        return f"llm_modes/{tried.mode.name}/offline.py answers what schema.py does not accept."
    says = advice(tried.failure)
    return f"{says} First complaint: {tried.complaint}." if tried.complaint and not tried.detail else says
