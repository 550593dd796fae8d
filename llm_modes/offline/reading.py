"""What there is in an answer: its sentences, what they show, and whole clauses of them to quote."""

import re
from collections.abc import Callable
from itertools import combinations, islice

from llm_modes.evaluate_answer.craft import RUBRIC
from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import STOP_WORDS, breaths, clean, is_copied, normal, sentences, stems, words
from llm_modes.offline.sayings import pattern

# The longest answer that COACH_ANSWER_CHARACTERS allows by default has some 150 sentences. Of more and shorter ones the
# last are not read.
MOST_SENTENCES = 200
QUOTE_WORDS, LEAST_QUOTE, MANY_THINGS = 16, 3, 7

LISTS = {"number": RUBRIC["figures"]["words"]}
# By name: those of [cues], "outcome" for the cues of that check, "fit strong" for its strong ones, and so on.
CUES = {name: pattern(said, LISTS) for name, said in RUBRIC["cues"].items()}
for _row in RUBRIC["checks"]:
    _parts = {"cues": "", "strong": " strong", "asked_for": " asked for"}
    CUES |= {_row["name"] + end: pattern(_row[part], LISTS) for part, end in _parts.items() if part in _row}


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


_STEPS, _CLAUSES = RUBRIC["steps"], RUBRIC["clauses"]
_ADVERBS, _DEED = rf"(?:{_any(_STEPS['adverbs'])}\s+)*", rf"([a-z]+ed|{_any(_STEPS['irregular'])})\b"
# Small "i" too: dictation and hurry write it so. Notes leave it out, and some write the part of the story in front.
_STEP = re.compile(rf"\bi(?:'(?:ve|d))?\s+{_ADVERBS}{_DEED}", re.I)
_BARE_STEP = re.compile(rf"(?:{_any(_STEPS['labels'])}\s*[:–-]\s*)?(?:then |also |first )?{_DEED}", re.I)
_NEXT_STEP = re.compile(rf"(?:\b(?:and|then|but)|,)\s+{_ADVERBS}{_DEED}", re.I)
_NO_STEP, VAGUE_STEPS = frozenset(_STEPS["none"].split()), frozenset(_STEPS["vague"].split())
# Where a clause ends: behind a sign, or before a joint with a subject behind it.
_JOINT, _SUBJECT = _any(_CLAUSES["joints"]), _any(_CLAUSES["subjects"])
_PAUSE = re.compile(
    rf"(?<=[;:)])\s+|\s+[–—-]\s+|(?<=,)\s+(?=(?:{_JOINT}|{_SUBJECT})\b)|\s+(?={_JOINT} {_SUBJECT}\b)", re.I
)
_LEADING, _LEANING = re.compile(r"(?:and|but|so|then)\s+(?=\w)", re.I), tuple(_CLAUSES["leaning"].split())
# Words that would fit any answer, and the share of them from which a sentence gives no figure and no step.
HOLLOW, HOLLOW_SHARE = frozenset(stems(RUBRIC["hollow"]["words"])), RUBRIC["hollow"]["of_sentence"]
_TO_THE_MARKER = tuple(RUBRIC["cues"]["marker_start"])
# A line break of a text that was wrapped, within a sentence.
_WRAPPED = re.compile(r"(?<=[^\n]{50}[\w,])\n(?=[a-z(])")


class Reading:
    """An answer, read for one question.

    `sentences` are those that count: in English, said once, neither code nor the question again nor addressed to the
    marker. `steps`, `figures` and so on are those of them that show it, `general` those that would be true of anyone.
    """

    def __init__(self, answer: str, question: str) -> None:
        self.answer, self.asked = answer, stems(question)
        self.sentences, self.to_the_marker = list[str](), list[str]()
        self.repeated = self.copied = unread = 0
        seen: set[str] = set()
        said_aloud = (breath for one in sentences(_WRAPPED.sub(" ", clean(answer))) for breath in breaths(one))
        for sentence in islice(said_aloud, MOST_SENTENCES):
            form = normal(sentence)
            if found("marker", sentence) or sentence.lower().startswith(_TO_THE_MARKER):
                self.to_the_marker.append(sentence)
            elif form in seen or is_copied(form, question):
                self.repeated += form in seen
                self.copied += form not in seen
            elif looks_foreign(sentence):
                unread += len(form.split())
            else:
                self.sentences.append(sentence)
            seen.add(form)
        english = [one for one in map(words, self.sentences) if 4 * len(STOP_WORDS.intersection(one)) >= len(one)]
        self.is_beyond_rules = looks_foreign(answer) and sum(map(len, english)) < max(15, 0.4 * unread)
        self._look()

    def _look(self) -> None:
        text = " ".join(self.sentences)
        self.words, self.stems = words(text), stems(text)
        # The share of English function words: some 0.4 to 0.6 in real sentences.
        self.small_words = sum(word in STOP_WORDS for word in self.words) / (len(self.words) or 1)
        # A figure or many things make a sentence particular, but for several clichés ("I always give 110 percent").
        telling = [one for one in self.sentences if steps_in(one) or found("example", one)]
        cliches = {one: len(found("general", one)) for one in self.sentences if one not in telling}
        own = {one: stems(one) - self.asked for one in self.sentences}
        full = [one for one in self.sentences if has_figure(one) or len(own[one] - HOLLOW) >= MANY_THINGS]
        self.general = [one for one, many in cliches.items() if many > (one in full)]
        # "I always improve results by 100 percent" is no figure.
        hollow = {one for one, said in own.items() if len(said & HOLLOW) >= max(2, HOLLOW_SHARE * len(said))}
        self.figures = [one for one in self.sentences if has_figure(one) and one not in hollow]
        self.figures.sort(key=lambda one: not found("outcome", one))  # those of a result weigh most
        # Real deeds before "I talked" and "I did", and several before one: that may be the mistake a story is about.
        self.steps = sorted(filter(steps_in, self.sentences), key=lambda one: -len(steps_in(one)))
        self.steps.sort(key=lambda one: (set(steps_in(one)) <= VAGUE_STEPS, one not in self.figures))
        # What somebody is told, or thought, is not what the speaker says now.
        self.blame = [one for one in self.having("blame") if not found("reported", one)]
        # Different own steps; vague ones ("I talked") count half.
        verbs = {verb for one in self.steps for verb in steps_in(one)}
        self.step_count = len(verbs) - 0.5 * len(verbs & VAGUE_STEPS)

    def having(self, cue: str) -> list[str]:
        """The sentences that show this cue, in order."""
        return [one for one in self.sentences if found(cue, one)]

    def wordings(self, cue: str) -> list[str]:
        """The different wordings of a cue, in small letters."""
        return list(dict.fromkeys(wording for one in self.sentences for wording in found(cue, one)))


def found(cue: str, sentence: str) -> list[str]:
    """The phrases of a cue that stand in the sentence, in small letters."""
    return [one[0].lower() for one in CUES[cue].finditer(sentence.replace("’", "'"))]


def has_figure(sentence: str) -> bool:
    """True for a figure other than a bare one or two, also a rough one."""
    return bool(set(found("figure", sentence)) - {"1", "2", "one", "two"})


def steps_in(sentence: str) -> list[str]:
    """The verbs of the speaker's own steps: "I moved my desk and wrote …" gives moved and wrote."""
    line = sentence.replace("’", "'")
    first = _STEP.search(line) or _BARE_STEP.match(line)
    if not first:
        return []
    own = _STEP.findall(line) or [first[1]]
    more = _NEXT_STEP.findall(line[first.end() :])
    return [verb.lower() for verb in [*own, *more] if verb.lower() not in _NO_STEP]


def clause(sentence: str, shows: Callable[[str], object] = bool, most: int = QUOTE_WORDS) -> str:
    """Whole clauses of a sentence, `most` words at most, that show what they are quoted for; "" if none does.

    The longest such passage, and one that does not lean on words before it where there is one.
    """
    cuts = [0, *(at.end() for at in _PAUSE.finditer(sentence)), len(sentence)]
    fitting: list[tuple[bool, int, str]] = []
    for one, other in islice(combinations(cuts, 2), 400):
        piece = sentence[one:other].strip(" ,;:.!?–—-(")
        lead = _LEADING.match(piece) if one else None
        piece = piece[lead.end() :] if lead else piece
        fits = LEAST_QUOTE <= len(piece.split()) <= most and len(piece) <= 12 * most and not set(piece) & set('“”"')
        if fits and shows(piece):
            fitting.append((not one or not piece.lower().startswith(_LEANING), len(piece), piece))
    return max(fitting, default=(True, 0, ""))[2]
