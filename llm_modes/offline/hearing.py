"""What the coach hears in the candidate's last message, given what it had asked and knew."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from llm_modes.language.text import clip, on_one_line, sentences, stems
from llm_modes.offline.cues import ASKED, DONT_KNOW, OFFER, YES, corrects, is_small_talk
from llm_modes.offline.facts import (
    NOT_SURE,
    WEAKNESS_WORDS,
    Facts,
    plain,
    plainly_stated,
    read_facts,
    read_motivation,
    says_no_weakness,
)
from llm_modes.offline.job_titles import looks_like_role, trim_role
from llm_modes.offline.minutes import daily_minutes, mentions_time
from llm_modes.offline.wishes import Wish, read_wishes
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, MIN_DAILY_MINUTES

_SAYS_I = re.compile(r"\W*i(?:'m)?\b", re.I)


@dataclass
class Heard:
    """What is known now, which of it is new, what has to be said about it, and which changes are wished for."""

    message: str
    now: Facts
    new: list[str]
    notes: list[str]
    wishes: list[Wish]
    asked: str

    @property
    def must_ask(self) -> bool:
        """True when one of the notes is a question, so that nothing else should be asked."""
        return any("?" in note for note in self.notes)


@dataclass
class _Turn:
    """The last message, the coach's words before it, and what was known."""

    message: str
    coach: str
    before: Facts
    notes: list[str] = field(default_factory=list)

    @property
    def asked(self) -> str:
        """What the coach's last question was about; what comes first when it asked nothing."""
        questions = [one for one in sentences(self.coach) if one.endswith("?")]
        for text in reversed(questions or ([self.coach] if self.coach else [])):
            for name, cue in ASKED.items():
                if cue.search(text) and not getattr(self.before, name):
                    return name
        return next(iter(self.before.missing()), "")


def hear(inputs: dict[str, Any]) -> Heard:
    """Read what the candidate said last in the conversation in the inputs of PlanChat."""
    turn = _turn_of(inputs)
    # Where a plan or proposal is open, the candidate's sentences are about it first of all.
    names = [topic["name"] for topic in inputs["proposal"] or inputs["plan"]]
    wishes = read_wishes(turn.message, names) if "suggest_changes" in inputs["allowed_actions"] else []
    found = read_facts(turn.message)
    if wishes and not any(wish.kind == "total" for wish in wishes):
        # "more time on SQL" is no statement about the candidate; "my motivation is low" is both.
        found = Facts(motivation=found.motivation)
    if turn.message:
        _read_answer(turn, found)
    found.daily_minutes = _possible(found.daily_minutes, turn.notes)
    found.weaknesses = _with_earlier(found.weaknesses, turn)
    now = replace(turn.before, **{name: value for name, value in vars(found).items() if value})
    _read_context(inputs["context"] or "", now, turn.notes)
    new = [name for name in vars(now) if getattr(now, name) != getattr(turn.before, name)]
    return Heard(turn.message, now, new, turn.notes, wishes, turn.asked)


def _turn_of(inputs: dict[str, Any]) -> _Turn:
    coach, said = "", list[str]()
    for line in inputs["messages"]:
        if line["author"] == "coach":
            coach, said = line["text"], []
        else:
            said.append(line["text"].strip())
    known = {name: inputs["known"].get(name) for name in ("role", "daily_minutes", "weaknesses", "motivation")}
    # Two messages before one answer are two sentences of one.
    message = " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in said[:-1] if text)
    message = f"{message} {said[-1]}".strip() if said else ""
    return _Turn(plain(message), on_one_line(coach), Facts(**known))


def _with_earlier(found: str | None, turn: _Turn) -> str | None:
    """New weak spots are added to the known ones, unless the candidate corrects them."""
    known = turn.before.weaknesses
    if not found or not known or known == NOT_SURE:
        return found
    if found.casefold() in known.casefold():
        return known
    return found if corrects(turn.message) else clip(f"{known}; {found}", WEAKNESS_WORDS)


def _possible(minutes: int | None, notes: list[str]) -> int | None:
    """Minutes a plan can have, or None with a note."""
    if minutes is None or MIN_DAILY_MINUTES <= minutes <= MAX_DAILY_MINUTES:
        return minutes
    if minutes < MIN_DAILY_MINUTES:
        least = f"{MIN_DAILY_MINUTES} minutes"
        notes.append(f"A plan needs at least {least} a day. Could you manage {least}?")
    else:
        notes.append(f"I can plan at most {MAX_DAILY_MINUTES // 60} hours a day. How much time shall I note?")
    return None


def _read_answer(turn: _Turn, found: Facts) -> None:
    """Complete what was found by the short answer to the question just asked."""
    offered = daily_minutes(turn.coach) if OFFER.search(turn.coach) else None
    if offered and not found.daily_minutes and YES.match(turn.message):
        found.daily_minutes = offered
        return
    rest = _unclaimed(turn.message)
    match turn.asked:
        case "role":
            _read_role_answer(turn, found, rest)
        case "daily_minutes":
            _read_time_answer(turn, found, rest)
        case "weaknesses":
            _read_weakness_answer(turn, found, rest)
        case "motivation":
            found.role = found.role or _plain_role(turn, rest)
            unsure = "medium" if DONT_KNOW.search(turn.message) else None
            found.motivation = found.motivation or read_motivation(turn.message, asked=True) or unsure


def _read_role_answer(turn: _Turn, found: Facts, rest: list[str]) -> None:
    if not found.role and DONT_KNOW.search(turn.message):
        turn.notes.append("That is fine. Which job would come closest? Any will do to begin with.")
        return
    if not found.role and not is_small_talk(turn.message):
        found.role = _role_in(turn, rest)
    _read_bare_list(found, rest)


def _read_time_answer(turn: _Turn, found: Facts, rest: list[str]) -> None:
    found.role = found.role or _plain_role(turn, rest)
    found.daily_minutes = found.daily_minutes or daily_minutes(turn.message, bare=True)
    if not found.daily_minutes and DONT_KNOW.search(turn.message):
        turn.notes.append("Twenty minutes a day is a good start for most people. Shall I note 20 minutes?")


def _read_weakness_answer(turn: _Turn, found: Facts, rest: list[str]) -> None:
    if found.weaknesses or is_small_talk(turn.message):
        return
    if says_no_weakness(turn.message) or DONT_KNOW.search(turn.message):
        found.weaknesses = NOT_SURE
        turn.notes.append("That is fine: I note weak spots as not sure yet, and the first marks will tell us.")
    elif rest and not turn.message.endswith("?"):
        found.weaknesses = clip(", ".join(rest), WEAKNESS_WORDS)


def _unclaimed(message: str) -> list[str]:
    """The clauses of the message that state neither time nor motivation nor plain consent."""
    clauses = (clause.strip() for clause in re.split(r"[,;.!\n]+\s*(?:and\s+|but\s+)?|\s+[-–—]\s+", message))
    return [
        clause
        for clause in clauses
        if stems(clause)
        and not mentions_time(clause)
        and not read_motivation(clause)
        and not (YES.match(clause) and len(clause.split()) < 3)
    ]


def _role_in(turn: _Turn, rest: list[str]) -> str | None:
    """The role in a bare answer such as "nurse" or "a junior analyst at a bank"."""
    if turn.message.endswith("?"):
        return None
    for place, clause in enumerate(rest[:3]):
        title = trim_role(clause)
        if title and looks_like_role(title):
            return title
        # Unknown jobs exist, so a short first answer is believed when it can be a word at all.
        if title and place == 0 and len(clause.split()) <= 4 and _pronounceable(title):
            return title
    return None


def _plain_role(turn: _Turn, rest: list[str]) -> str | None:
    """A role said instead of an answer, to correct one that was misread: only when nothing else was said."""
    title = trim_role(rest[0]) if len(rest) == 1 and len(rest[0].split()) <= 4 else None
    return title if title and looks_like_role(title) and not is_small_talk(turn.message) else None


def _read_bare_list(found: Facts, rest: list[str]) -> None:
    """ "nurse, 30 minutes, drug calculations, high": what a bare list holds besides the role.

    "I am a nurse, back after ten years" is a sentence, and what follows in it need not be weak.
    """
    if not found.role or len(rest) < 2 or any(len(clause.split()) > 4 for clause in rest):
        return
    others = [clause for clause in rest if trim_role(clause) != found.role]
    if others and not found.motivation and len(others[-1].split()) <= 2:
        found.motivation = read_motivation(others[-1], asked=True)
        others = others[:-1] if found.motivation else others
    is_list = bool(found.motivation) or not _SAYS_I.match(rest[0])
    if is_list and others and not found.weaknesses:
        found.weaknesses = clip(", ".join(others), WEAKNESS_WORDS)


def _read_context(context: str, now: Facts, notes: list[str]) -> None:
    """Role and weak spots that the raw user context states plainly need not be asked for."""
    if not context or (now.role and now.weaknesses):
        return
    stated = plainly_stated(context)
    if stated.role and not now.role:
        now.role = stated.role
        notes.append(f"From what you wrote about yourself I take the role: {stated.role}.")
    if stated.weaknesses and not now.weaknesses:
        now.weaknesses = stated.weaknesses
        notes.append(f"From what you wrote about yourself I take as weak spots: {clip(stated.weaknesses, 20)}.")


def _pronounceable(title: str) -> bool:
    """False for keys hit at random, which would else become someone's role."""
    letters = [letter for letter in title.lower() if letter.isalpha()]
    vowels = sum(letter in "aeiouyäöüáéíóúàèåøæ" for letter in letters)
    return title.isupper() or not title.isascii() or vowels >= 0.25 * len(letters) > 0
