"""What a candidate wants changed in a plan: "more on X", "drop Y", "add Z (10 minutes)", "30 minutes in total"."""

import re
from dataclasses import dataclass, replace

from llm_modes.language.text import clip, on_one_line, stems, words
from llm_modes.offline import wish_cues as cues
from llm_modes.offline.bank import topic_called
from llm_modes.offline.cues import NO, is_small_talk
from llm_modes.offline.minutes import daily_minutes, with_digits
from llm_modes.suggest_plan.plan import NAME_WORDS

# What is longer than any wish is not read to its end.
MOST_CLAUSES, CLAUSE_CHARACTERS = 60, 400


@dataclass(frozen=True)
class Wish:
    """One wanted change. `topic` is a name of the plan or "", `subject` the wording for what is not in it.

    kind: more | less | drop | add | first | minutes | total | shorter | rename | fewer_topics | more_topics |
    topic_count (in `minutes`). `delta` says that the minutes are to be added or taken away.
    """

    kind: str
    topic: str = ""
    subject: str = ""
    minutes: int | None = None
    delta: bool = False


def read_wishes(feedback: str, names: list[str]) -> list[Wish]:
    """The changes that a line of feedback asks for, in its order; [] when none is understood."""
    said = on_one_line(feedback.partition(cues.COACH_SAID)[0]).replace("’", "'")
    line = cues.MORE_MINUTES.sub(r"\1 minutes \2", with_digits(said))
    if cues.NO_WISH.search(line):
        return []
    if cues.LOW_MOTIVATION.search(line):
        return [Wish("shorter")]
    wishes: list[Wish] = []
    kind = ""
    for clause in (one[:CLAUSE_CHARACTERS] for one in cues.SPLIT.split(line)[:MOST_CLAUSES] if one):
        if _only_minutes(clause) and wishes and wishes[-1].minutes is None and wishes[-1].kind != "drop":
            # "add ethics, 10 minutes"
            wishes[-1] = replace(wishes[-1], minutes=daily_minutes(clause))
        else:
            found, kind = _read_clause(clause, names, kind)
            wishes += found
    return list(dict.fromkeys(wishes))


def is_wish(message: str) -> bool:
    """Whether it asks for something of a plan, whatever its topics are called."""
    line = on_one_line(message).replace("’", "'")
    if cues.NO_WISH.search(line) or is_small_talk(NO.sub("", line)):
        return False
    return bool(read_wishes(line, []) or (_kind_of(line) and subject_of(line)))


def _only_minutes(clause: str) -> bool:
    return (
        bool(daily_minutes(clause))
        and not cues.TOTAL.search(clause)
        and not subject_of(clause)
        and len(clause.split()) <= 3
    )


def _read_clause(clause: str, names: list[str], before: str) -> tuple[list[Wish], str]:
    """The wishes of a clause, and the kind that a following bare topic name would continue ("more on X, Y")."""
    special = _read_special(clause, names)
    if special:
        return special, "add" if special[-1].kind == "add" else ""
    wanted, *instead = cues.INSTEAD_OF.split(clause, maxsplit=1)
    kind = _kind_of(wanted)
    minutes = _minutes_in(wanted, names)
    topics = find_topics(wanted, names, loosely=kind != "add")
    if not topics:
        return _read_topicless(wanted, kind, minutes, before)
    kind = kind or ("minutes" if minutes else before)
    if not kind:
        return [], ""
    wishes = [_on_topic(kind, topic, minutes, wanted) for topic in topics]
    if kind == "add":
        wishes += _added_beside(wanted, topics)
    wishes += [Wish("less", topic) for text in instead for topic in find_topics(text, names)]
    return wishes, kind


def _on_topic(kind: str, topic: str, minutes: int | None, clause: str) -> Wish:
    """A wish on a topic that the plan has: adding it means more of it."""
    if kind == "add":
        kind = "minutes" if minutes else "more"
    delta = bool(minutes) and bool(re.search(r"\b(?:more|less|extra|by \d)", clause, re.I))
    return Wish(kind, topic, minutes=minutes, delta=delta)


def _added_beside(clause: str, topics: list[str]) -> list[Wish]:
    """ "include teamwork and time management": what is to be added beside a topic that the plan has."""
    others = [part for part in re.split(r"\s+and\s+|,", clause) if not find_topics(part, topics)]
    return [Wish("add", subject=subject) for part in others if (subject := subject_of(part))]


def _read_special(clause: str, names: list[str]) -> list[Wish]:
    """Renaming, replacing, moving minutes, and the number of topics."""
    if (match := cues.RENAME.search(clause)) and (topic := find_topic(match[1], names)):
        return [Wish("rename", topic, clip(match[2].strip(" .'\""), NAME_WORDS))]
    if (match := cues.REPLACE.search(clause)) and (topic := find_topic(match[1], names)):
        return [Wish("drop", topic), Wish("add", subject=subject_of(match[2]))]
    if match := cues.TRANSFER.search(clause):
        giver, taker = find_topic(match[2], names), find_topic(match[3], names)
        if giver and taker and giver != taker:
            minutes = daily_minutes(match[1], bare=True)
            return [Wish("less", giver, minutes=minutes, delta=True), Wish("more", taker, minutes=minutes, delta=True)]
    if cues.FEWER_TOPICS.search(clause):
        return [Wish("fewer_topics")]
    if match := cues.TOPIC_COUNT.search(clause):
        return [Wish("topic_count", minutes=int(match[1]))]
    return [Wish("more_topics")] if cues.MORE_TOPICS.search(clause) else []


def _kind_of(clause: str) -> str:
    return next((kind for kind, pattern in cues.KINDS if pattern.search(clause)), "")


def _minutes_in(clause: str, names: list[str]) -> int | None:
    """The minutes in a clause; for a topic of the plan a bare number will do ("SQL 15")."""
    match = cues.BARE_MINUTES.match(clause.strip())
    if match and find_topics(match[1], names) and int(match[2]) >= 5:
        return int(match[2])
    return daily_minutes(clause)


def _read_topicless(clause: str, kind: str, minutes: int | None, before: str) -> tuple[list[Wish], str]:
    """A clause that names no topic of the plan: a total, a new topic, or the next item of an "add" list."""
    subject = subject_of(clause)
    if minutes and (not kind or cues.TOTAL.search(clause) or not subject) and kind != "add":
        return [Wish("total", minutes=minutes)], ""
    if cues.SHORTER.search(clause) and not stems(subject) - stems("everything long much"):
        return [Wish("shorter")], ""
    if kind in ("add", "more", "first") and subject:
        subjects = [one for part in re.split(r"\s+and\s+", clause) if (one := subject_of(part))]
        return [Wish("add", subject=one, minutes=minutes) for one in subjects[:4]], "add"
    if not kind and before == "add" and subject and len(clause.split()) <= 4:
        return [Wish("add", subject=subject, minutes=minutes)], "add"
    return [], kind or before


def find_topics(text: str, names: list[str], *, loosely: bool = True) -> list[str]:
    """The plan's topics that the text names; `loosely`, also one whose field it speaks of ("sepsis")."""
    said = stems(text)
    exact = [name for name in names if name and on_one_line(name).lower() in text.lower()]
    if exact:
        return exact
    scores = {name: len(said & stems(name)) / (len(stems(name)) or 1) for name in names}
    full = [name for name in names if scores[name] >= 0.99]
    if full:
        return full
    best = max(names, key=lambda name: scores[name], default="")
    if best and scores[best] >= 0.5:
        return [best]
    subject = stems(subject_of(text))
    if not loosely or not subject:
        return []
    fields = {name: len(subject & topic.tag_stems) for name in names if (topic := topic_called(name))}
    near = max(fields, key=lambda name: fields[name], default="")
    return [near] if near and fields[near] >= max(1, len(subject) / 2) else []


def find_topic(text: str, names: list[str]) -> str:
    """The one topic of the plan that the text names best, or ""."""
    return next(iter(find_topics(text, names)), "")


def subject_of(clause: str) -> str:
    """What a clause is about, without the words that say what to do with it; at most three words."""
    rest = clause
    for _kind, pattern in cues.KINDS[:5]:
        rest = pattern.sub(" ", rest)
    kept = [word for word in cues.FILLERS.sub(" ", rest).split() if words(word) and word.lower() not in cues.NO_SUBJECT]
    return clip(" ".join(kept[:NAME_WORDS]), NAME_WORDS)
