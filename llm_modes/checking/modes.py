"""What the tries of the modes show, apart from their speed: which fail and why, and what will be missed."""

from collections.abc import Iterator, Sequence

from django.conf import settings

from llm_modes.checking.advice import advice
from llm_modes.checking.findings import Finding, joined
from llm_modes.checking.trial import Try


def findings(tries: Sequence[Try]) -> Iterator[Finding]:
    """A sentence for each kind of failure, with the modes that it is about; then what works, but not quite."""
    by_sentence: dict[str, list[Try]] = {}
    for tried in tries:
        if tried.failure:
            by_sentence.setdefault(_about(tried), []).append(tried)
    for says, failed in by_sentence.items():
        yield Finding(f"{_named(failed, tries)}: {says}")
    if twice := [tried for tried in tries if not tried.failure and len(tried.sent) > 1]:
        says = "the first try failed or was not usable, so the call costs twice."
        yield Finding(f"{_named(twice, tries)}: {says}", fails=False)
    if settings.OFFLINE_COACH:
        return
    if uncounted := [tried for tried in tries if not tried.counted]:
        which = " of a streamed reply" if not any(tried.whole for tried in uncounted) else ""
        says = f"The server counts no tokens{which}: the daily budget and these numbers rest on our estimates."
        yield Finding(says, fails=False)


def _named(some: Sequence[Try], tries: Sequence[Try]) -> str:
    """The modes of some tries, with the way of asking where the mode's other way went otherwise."""
    names = []
    for tried in some:
        mode = tried.mode.name
        is_both = sum(one.mode.name == mode for one in some) == sum(one.mode.name == mode for one in tries)
        names.append(mode if is_both else f"{mode} ({'whole' if tried.whole else 'streamed'})")
    return joined(dict.fromkeys(names))


def _about(tried: Try) -> str:
    if not tried.failure:
        return ""
    if settings.OFFLINE_COACH:
        return f"llm_modes/{tried.mode.name}/offline.py answers what schema.py does not accept."
    return advice(tried.failure)
