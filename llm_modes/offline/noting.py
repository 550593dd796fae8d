"""The note on a topic: written anew each time from what code counted over all sessions, one whole sentence a line."""

import re
from collections.abc import Iterator
from itertools import groupby

from llm_modes.craft import BY_NAME, CRAFTS
from llm_modes.offline.old_reports import without_reports
from llm_modes.offline.questions_named import named
from llm_modes.offline.text import clean, folded, listed, lower_first, upper_first
from llm_modes.reconcile_session.counts import LAST, Counts, CraftCount
from llm_modes.words import count_words

WORDS, KEPT_WORDS, QUESTION_WORDS = 120, 55, 30
# A smaller change of the mean mark is chance, and so is any before the fourth session.
MOVED, SESSIONS = 1.0, 4
# From such a mean on it is good news that nothing changes.
FAIR = 5
# So often among the last ten answers, and what had been good has come back.
BACK = 3

# How our own lines begin: they are written anew, and what they said does not hold any longer.
_LACKING = "|".join(re.escape(said) for craft in CRAFTS for said in (craft.lacking, craft.lacked))
_GOOD = "|".join(re.escape(craft.good) for craft in CRAFTS)
_OURS = re.compile(
    rf"""(?:Your\ first\ (?:session|answer\ here),\ on\ .*\ of\ 10
      |In\ \d+\ answers\ since\ .*\ your\ marks\ |Next,\ |Your\ best\ answer\ so\ far\ is
      |From\ \d+\ of\ the\ \d+\ answers\ I\ could|(?:From\ the\ start|Since\ [\w ]+)\ (?:{_GOOD})
      |(?:This\ has\ come\ back:\ )?(?:{_LACKING})\ in\ )""",
    re.I | re.X,
)


def note(before: str, counts: Counts, *, to_do: str, about: str = "") -> str:
    """What others wrote into the note so far, then ours: at most 120 words.

    `to_do` is a sentence, the one thing to do; `about` the craft that it is about, which is told as missing, too.
    What matters least is left out where there is no room: what was mended is told before a second thing is missing.
    """
    kept = _kept(before)
    room = WORDS - sum(map(count_words, kept))
    found = list(_sentences(counts, to_do, about))
    while sum(count_words(sentence) for _rank, sentence in found) > room:
        found.remove(max(found, key=lambda one: one[0]))
    return "\n".join([*kept, *(sentence for _rank, sentence in found)])


def _kept(before: str) -> list[str]:
    """The lines that the candidate or another coach wrote, the first ones that fit.

    A line of the candidate's stays in any case, once and as it was: the program sees to it.
    """
    kept: list[str] = []
    room = KEPT_WORDS
    for line in clean(before).splitlines():
        said = without_reports(folded(line))
        if said and not _OURS.match(said) and len(said) <= 16 * room and count_words(said) <= room:
            kept.append(said)
            room -= count_words(said)
    return kept


def _sentences(counts: Counts, to_do: str, about: str) -> Iterator[tuple[int, str]]:
    """The sentences in their order, each with its rank: 0 is the last to be left out."""
    if counts.answers:
        yield 1, course(counts)
    for place, (since, ones) in enumerate(groupby(counts.good[:2], key=lambda one: one.since)):
        good = listed([BY_NAME[one.craft].good for one in ones])
        yield 5 + 4 * place, f"{'From the start' if since == counts.since else f'Since {since}'} {good}."
    for rank, one in zip((3, 4, 7), counts.mended, strict=False):
        yield rank, _mended(one)
    lacking = counts.still_missing
    lacking = lacking[:1] + sorted(lacking[1:], key=lambda one: one.craft != about)
    for rank, one in zip((2, 6), lacking, strict=False):
        back = "This has come back: " if one.is_back and one.recent >= BACK else ""
        yield rank, upper_first(f"{back}{missing(one, counts.read)}.")
    unread = counts.answers - counts.read
    if 5 * unread >= counts.answers > 0:
        yield 2, f"From {unread} of the {counts.answers} answers I could learn nothing: I read English sentences only."
    if counts.answers > LAST and (best := counts.best):
        yield 8, f"Your best answer so far is the one to “{named(best.question, QUESTION_WORDS)}” ({best.score} of 10)."
    yield 0, f"Next, {lower_first(to_do)}"


def course(counts: Counts) -> str:
    """How the marks went from the first sessions to the last."""
    first, last = f"{counts.first_mean:g}", f"{counts.last_mean:g}"
    if counts.answers == 1:
        return f"Your first answer here, on {counts.since}, was marked {last} of 10."
    if counts.sessions == 1:
        return f"Your first session, on {counts.since}, had {counts.answers} answers, with {last} of 10 on average."
    moved = counts.last_mean - counts.first_mean
    if counts.sessions < SESSIONS:
        went = f"are {last} of 10 on average"
    elif abs(moved) >= MOVED:
        went = f"{'rose' if moved > 0 else 'fell'} from {first} to {last} of 10 on average"
    else:
        went = f"{'hold at' if counts.last_mean >= FAIR else 'stay near'} {last} of 10"
    good = {"": "", counts.since: ", good from the start"}.get(counts.good_since, f", good since {counts.good_since}")
    return f"In {counts.answers} answers since {counts.since} your marks {went}{good}."


def missing(one: CraftCount, read: int) -> str:
    """What is missing in how many of how many answers, lately and in all. A clause."""
    in_all = "" if read <= LAST else f" ({one.missing} of all {read})"
    return f"{BY_NAME[one.craft].lacking} in {lately(one, read)}{in_all}"


def lately(one: CraftCount, read: int) -> str:
    """In how many of the last answers it is missing: "3 of the last 10 answers"; while there are few, of all."""
    if read > LAST:
        return f"{'all' if one.recent == LAST else one.recent} of the last {LAST} answers"
    if read == 1:
        return "your answer"
    if one.missing == read:
        return "both answers" if read == 2 else f"all {read} answers"
    return f"{one.missing} of {read} answers"


def _mended(one: CraftCount) -> str:
    lacked, often = upper_first(BY_NAME[one.craft].lacked), "all" if one.missing == one.until else one.missing
    return f"{lacked} in {often} of the first {one.until} answers, but not since {one.since}."
