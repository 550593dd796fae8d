"""The note on a topic: written anew each time from what code counted over all sessions, one whole sentence a line."""

import re
from collections.abc import Iterator, Sequence, Set
from itertools import groupby
from typing import NamedTuple

from llm_modes.evaluate_answer.craft import BY_NAME, CRAFTS
from llm_modes.language.text import clean, listed, lower_first, on_one_line, upper_first
from llm_modes.language.words import count_words
from llm_modes.reconcile_session.counts import LAST, Counts, CraftCount
from llm_modes.reconcile_session.old_reports import without_reports
from llm_modes.reconcile_session.questions_named import named

WORDS, KEPT_WORDS, QUESTION_WORDS = 120, 55, 30
# Whatever the candidate's lines take of the room, the coach may say so much; and two sentences in any case.
LEAST_WORDS, LEAST = 40, 2
# A smaller change of the mean mark is chance, and so is any before the fourth session.
MOVED, SESSIONS = 1.0, 4
# From such a mean on it is good news that nothing changes.
FAIR = 5
# What had been good is missing again when so many of the last LAST answers lack it.
BACK = 3
_HARDER = {1: ", on harder questions by now", -1: ", on easier questions by now", 0: ""}

# How our own lines begin: they are written anew, and what they said does not hold any longer.
_LACKING = "|".join(re.escape(said) for craft in CRAFTS for said in (craft.lacking, craft.lacked))
_GOOD = "|".join(re.escape(craft.good) for craft in CRAFTS)
COURSE_SAID = re.compile(
    r"""(?:Your\ first\ (?:session|answer\ here),\ on\ .*\ of\ 10
      |In\ \d+\ answers\ since\ .*\ your\ marks\ |Your\ best\ answer\ so\ far\ is
      |(?:From\ )?(?:your\ answer|both\ answers|(?:all\ \d+|\d+\ of(?:\ the)?\ \d+)\ answers)\ (?:I\ could|had\ too)\b
    )""",
    re.I | re.X,
)
CRAFT_SAID = re.compile(
    rf"""(?:(?:From\ the\ start|Since\ [\w ]+)\ (?:{_GOOD})
      |(?:This\ has\ come\ back:\ )?(?:{_LACKING})\ in\ )""",
    re.I | re.X,
)
_NEXT = re.compile(r"Next, ", re.I)


def note(before: str, counts: Counts, *, to_do: str, about: str = "", own: Sequence[str] = ()) -> str:
    """What others wrote into the note so far, then ours: at most 120 words, with the candidate's `own` lines beside it.

    Those are not repeated, since the program puts them in front; where they leave no room, the course of the marks
    and what to do are told all the same.

    `to_do` is a sentence, the one thing to do; `about` the craft that it is about, which is told as missing, too.
    What matters least is left out where there is no room: what was mended is told before a second thing is missing.
    """
    room = max(LEAST_WORDS, WORDS - sum(map(count_words, own)))
    kept = _kept(before, {on_one_line(line) for line in own}, min(KEPT_WORDS, room - KEPT_WORDS))
    room -= sum(map(count_words, kept))
    found = list(_sentences(counts, to_do, about))
    while len(found) > LEAST and sum(count_words(one.sentence) for one in found) > room:
        found.remove(max(found, key=lambda one: one.rank))
    return "\n".join([*kept, *(one.sentence for one in found)])


def _kept(before: str, own: Set[str], room: int) -> list[str]:
    """The lines that another coach wrote, the first ones that fit into so many words."""
    kept: list[str] = []
    for line in clean(before).splitlines():
        said = without_reports(on_one_line(line))
        if said and said not in own and not _is_ours(said) and len(said) <= 16 * room and count_words(said) <= room:
            kept.append(said)
            room -= count_words(said)
    return kept


def _is_ours(line: str) -> bool:
    return any(ours.match(line) for ours in (_NEXT, COURSE_SAID, CRAFT_SAID))


class Said(NamedTuple):
    """A sentence, its rank (0 is the last to be left out), and what it is about: crafts, or the course of all."""

    rank: int
    about: Set[str]
    sentence: str


COURSE, UNREAD = "course", "unread"


def counted(counts: Counts) -> list[Said]:
    """What is counted, the most important first, without what only a coach who cannot read everything says."""
    return sorted(one for one in _sentences(counts, "", "") if one.rank and UNREAD not in one.about)


def _sentences(counts: Counts, to_do: str, about: str) -> Iterator[Said]:
    """The sentences in their order."""
    if counts.answers:
        yield Said(1, {COURSE}, course(counts))
    for place, (since, ones) in enumerate(groupby(counts.good[:2], key=lambda one: one.since)):
        names = [one.craft for one in ones]
        good = listed([BY_NAME[name].good for name in names])
        yield Said(
            5 + 4 * place, set(names), f"{'From the start' if since == counts.since else f'Since {since}'} {good}."
        )
    for rank, one in zip((3, 4, 7), counts.mended, strict=False):
        yield Said(rank, {one.craft}, _mended(one))
    lacking = counts.still_missing
    lacking = lacking[:1] + sorted(lacking[1:], key=lambda one: one.craft != about)
    for rank, one in zip((2, 6), lacking, strict=False):
        back = "This has come back: " if one.is_back and one.recent >= BACK else ""
        yield Said(rank, {one.craft}, upper_first(f"{back}{missing(one, counts.read)}."))
    if 5 * (counts.answers - counts.read) >= counts.answers > 0:
        yield Said(2, {UNREAD}, unread_said(counts))
    if counts.answers > LAST and (best := counts.best):
        asked = named(best.question, QUESTION_WORDS)
        yield Said(8, {COURSE}, f"Your best answer so far is the one to “{asked}” ({best.score} of 10).")
    yield Said(0, set(), f"Next, {lower_first(to_do)}")


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
    how = _HARDER[counts.harder] if counts.sessions >= SESSIONS and abs(moved) >= MOVED else ""
    good = {"": "", counts.since: ", good from the start"}.get(counts.good_since, f", good since {counts.good_since}")
    return f"In {counts.answers} answers since {counts.since} your marks {went}{how}{good}."


def unread_said(counts: Counts) -> str:
    """From how many answers nothing could be learned, and why. A sentence."""
    unread = counts.answers - counts.read
    which = {1: "your answer", 2: "both answers"}.get(counts.answers, f"all {counts.answers} answers")
    which = which if unread == counts.answers else f"{unread} of {counts.answers} answers"
    if 2 * counts.silent >= unread:
        return f"{upper_first(which)} had too few full sentences to learn from."
    return f"From {which} I could learn nothing: I read English sentences only."


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
