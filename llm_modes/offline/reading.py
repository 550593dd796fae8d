"""What there is in an answer: its sentences, what they show, and whole clauses of them to quote."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, islice
from re import Pattern

from llm_modes.evaluate_answer.craft import RUBRIC
from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import STOP_WORDS, breaths, clean, normal, sentences, stems, words

# The longest answer that COACH_ANSWER_CHARACTERS allows by default has some 150 sentences. Of more and shorter ones the
# last are not read.
MOST_SENTENCES = 200
QUOTE_WORDS, LEAST_QUOTE = 16, 3

_STEPS, _FIGURES = RUBRIC["steps"], RUBRIC["figures"]
_NUMBER = rf"(?:\d[\d.,:]*|{'|'.join(_FIGURES['words'].split())}|one)"
_WILD = {"*": r"\S+(?:\s\S+){0,4}?", "_": r"[\w'-]+", "#": _NUMBER}


def phrases(said: Iterable[str]) -> Pattern[str]:
    """A pattern for any of these phrases, whose wildcards rubric.toml explains. It wants ' for every apostrophe."""
    return re.compile("|".join(_phrase(one) for one in sorted(said, key=len, reverse=True)), re.I)


def _phrase(said: str) -> str:
    parts = [
        _WILD.get(part)
        or (_WILD["_"] * part.startswith("_") + re.escape(part.removeprefix("_"))).replace(r"\*", r"\w*")
        for part in said.split()
    ]
    before, after = (sign.isalnum() or sign in "*_#" for sign in (said[0], said[-1]))
    return r"(?<!\w)" * before + r"\s".join(parts) + r"(?!\w)" * after


CUES = {name: phrases(said) for name, said in RUBRIC["cues"].items() if name != "marker_start"}
_TO_THE_MARKER = tuple(RUBRIC["cues"]["marker_start"])
_EXAMPLE = next(phrases(row["cues"]) for row in RUBRIC["checks"] if row["name"] == "example")
_ADVERBS = rf"(?:(?:{'|'.join(_STEPS['adverbs'].split())})\s+)*"
_DEED = rf"([a-z]+ed|{'|'.join(_STEPS['irregular'].split())})\b"
# Small "i" too: dictation and hurry write it so. Notes leave it out, and some write the part of the story in front.
_STEP = re.compile(rf"\bi(?:'(?:ve|d))?\s+{_ADVERBS}{_DEED}", re.I)
_BARE_STEP = re.compile(
    rf"(?:(?:{'|'.join(_STEPS['labels'].split())})\s*[:–-]\s*)?(?:then |also |first )?{_DEED}", re.I
)
_NEXT_STEP = re.compile(rf"(?:\b(?:and|then|but)|,)\s+{_ADVERBS}{_DEED}", re.I)
_SHARED_STEP = re.compile(rf"\b(?:we|the team|our team)\s+{_ADVERBS}{_DEED}", re.I)
_NO_STEP, VAGUE_STEPS = frozenset(_STEPS["none"].split()), frozenset(_STEPS["vague"].split())
_FIGURE = re.compile(rf"(?<![\w.])[£$€]?{_NUMBER}(?:[ -]{_NUMBER})*(?:\s?%|[km]\b)?(?!\w)", re.I)
_ROUGH = phrases(_FIGURES["rough"])
_NAME = re.compile(r"(?<=\s)[\"“(]?([A-Z][\w'/-]*|[^\W\d_]+\d\w*)")
# Where a clause ends: behind a sign, or before a joint with a subject behind it.
_SUBJECT = (
    r"(?:i|we|you|they|he|she|it|the|this|that|there|these|my|our|his|her|their|if|when|then|nobody|everyone|one)"
)
_JOINT = r"(?:and|but|so|because|while|although|until|before|after|which|who|since)"
_PAUSE = re.compile(
    rf"(?<=[;:)])\s+|\s+[–—-]\s+|(?<=,)\s+(?=(?:{_JOINT}|{_SUBJECT})\b)|\s+(?={_JOINT} {_SUBJECT}\b)", re.I
)
_LEADING = re.compile(r"(?:and|but|so|then)\s+(?=\w)", re.I)
_LEANING = (
    "because",
    "which",
    "who",
    "that",
    "while",
    "although",
    "until",
    "before",
    "after",
    "since",
    "if",
    "when",
    "to ",
)
# A line break of a text that was wrapped, within a sentence.
_WRAPPED = re.compile(r"(?<=[^\n]{50}[\w,])\n(?=[a-z(])")


@dataclass
class Reading:
    """An answer, read for one question.

    `sentences` are those that count: in English, said once, neither code nor the question again nor addressed to the
    marker. `skipped` are words in another language or in code.
    """

    answer: str
    question: str
    sentences: list[str] = field(default_factory=list)
    to_the_marker: list[str] = field(default_factory=list)
    repeated: int = 0
    copied: int = 0
    skipped: int = 0

    def __post_init__(self) -> None:
        text = _WRAPPED.sub(" ", clean(self.answer))
        seen: set[str] = set()
        said_aloud = (breath for sentence in sentences(text) for breath in breaths(sentence))
        for sentence in islice(said_aloud, MOST_SENTENCES):
            form = normal(sentence)
            if is_found(CUES["marker"], sentence) or sentence.lower().startswith(_TO_THE_MARKER):
                self.to_the_marker.append(sentence)
            elif form in seen:
                self.repeated += 1
            elif self._is_the_question(sentence, form):
                self.copied += 1
            elif looks_foreign(sentence):
                self.skipped += len(words(sentence))
            else:
                self.sentences.append(sentence)
            seen.add(form)
        self.is_beyond_rules = looks_foreign(self.answer) and self._english() < max(15, 0.4 * self.skipped)

    def _english(self) -> int:
        """How many words stand in sentences that are English beyond doubt."""
        said = [words(sentence) for sentence in self.sentences]
        return sum(len(one) for one in said if sum(word in STOP_WORDS for word in one) >= 0.25 * len(one))

    def _is_the_question(self, sentence: str, form: str) -> bool:
        """True for a sentence copied from the question, or made of little but its words."""
        if len(form.split()) >= 4 and form in normal(self.question):
            return True
        said = stems(sentence)
        return len(said) >= 4 and len(said & stems(self.question)) >= 0.85 * len(said)

    @cached_property
    def words(self) -> list[str]:
        return words(" ".join(self.sentences))

    @cached_property
    def stems(self) -> set[str]:
        return stems(" ".join(self.sentences))

    def having(self, cue: str | Pattern[str]) -> list[str]:
        """The sentences that show this cue (a name of [cues], or a pattern), in order."""
        pattern = CUES[cue] if isinstance(cue, str) else cue
        return [sentence for sentence in self.sentences if is_found(pattern, sentence)]

    def wordings(self, cue: str | Pattern[str]) -> list[str]:
        """The different wordings of a cue, in small letters."""
        pattern = CUES[cue] if isinstance(cue, str) else cue
        return list(dict.fromkeys(one[0].lower() for said in self.sentences for one in pattern.finditer(_plain(said))))

    @cached_property
    def steps(self) -> list[str]:
        """The sentences in which the candidate does something, the most telling first: "I wrote" before "I talked"."""
        found = [one for one in self.sentences if steps_in(one)]
        return sorted(found, key=lambda one: (set(steps_in(one)) <= VAGUE_STEPS, one not in self.figures))

    @cached_property
    def step_count(self) -> float:
        """Different own steps; vague ones ("I talked") count half, those of "we" a third."""
        verbs = {verb for sentence in self.sentences for verb in steps_in(sentence)}
        shared = {verb.lower() for sentence in self.sentences for verb in _SHARED_STEP.findall(sentence)}
        return sum(0.5 if verb in VAGUE_STEPS else 1.0 for verb in verbs) + min(1.5, 0.3 * len(shared))

    @cached_property
    def shared_steps(self) -> list[str]:
        """Sentences in which only "we" acts: "we ran both systems"."""
        return [one for one in self.sentences if _SHARED_STEP.search(one) and not steps_in(one)]

    @cached_property
    def figures(self) -> list[str]:
        """The sentences with a figure in digits or in words, or a rough one ("twice")."""
        return [one for one in self.sentences if has_figure(one)]

    @cached_property
    def figure_count(self) -> float:
        """Different figures; the bare numbers one and two, and rough ones, count less."""
        lines = [one for one in self.sentences if len(words(one)) >= LEAST_QUOTE]
        exact = {one[0].lower() for line in lines for one in _FIGURE.finditer(line)}
        rough = {one[0].lower() for line in lines for one in _ROUGH.finditer(line)}
        return sum(0.3 if figure in ("1", "2", "one", "two") else 1.0 for figure in exact) + 0.5 * len(rough)

    @cached_property
    def general(self) -> list[str]:
        """The sentences that would be true of anyone: general words, and nothing particular beside them."""
        found = [one for one in self.having("general") if not has_figure(one) and not steps_in(one)]
        return [one for one in found if not is_found(_EXAMPLE, one)]

    @cached_property
    def vague_claims(self) -> list[str]:
        """Sentences on what happened that claim an amount without a figure."""
        found = [one for one in self.having("vague") if not has_figure(one) and one not in self.general]
        return [one for one in found if is_found(CUES["itself"], one)]

    @cached_property
    def particulars(self) -> int:
        """Names and terms: words with a capital inside a sentence, abbreviations, words with digits."""
        names = {name for one in self.sentences if not one.isupper() for name in _NAME.findall(one)}
        return len(names - {"I", "I'm", "I've", "I'd", "I'll"})

    @cached_property
    def small_words(self) -> float:
        """The share of English function words: some 0.4 to 0.6 in real sentences."""
        return sum(word in STOP_WORDS for word in self.words) / (len(self.words) or 1)


def _plain(sentence: str) -> str:
    return sentence.replace("’", "'")


def is_found(pattern: Pattern[str], sentence: str) -> bool:
    """Whether a phrase of the pattern stands in the sentence."""
    return bool(pattern.search(_plain(sentence)))


def has_figure(sentence: str) -> bool:
    """True for a figure other than a bare one or two, also a rough one."""
    exact = (one[0].lower() for one in _FIGURE.finditer(sentence))
    return any(figure not in ("1", "2", "one", "two") for figure in exact) or bool(_ROUGH.search(sentence))


def steps_in(sentence: str) -> list[str]:
    """The verbs of the speaker's own steps: "I moved my desk and wrote …" gives moved and wrote."""
    line = _plain(sentence)
    first, bare = _STEP.search(line), _BARE_STEP.match(line)
    found = _STEP.findall(line) if first else [bare[1]] if bare else []
    after = first or bare
    more = _NEXT_STEP.findall(line[after.end() :]) if after else []
    return [verb.lower() for verb in [*found, *more] if verb.lower() not in _NO_STEP]


def clause(sentence: str, shows: Callable[[str], object] = bool, most: int = QUOTE_WORDS) -> str:
    """Whole clauses of a sentence, `most` words at most, that show what they are quoted for; "" if none does.

    The longest such passage, and one that does not lean on words before it where there is one.
    """
    cuts = [0, *(at.end() for at in _PAUSE.finditer(sentence)), len(sentence)]
    found: list[tuple[bool, int, str]] = []
    for one, other in islice(combinations(cuts, 2), 400):
        piece = sentence[one:other].strip(" ,;:.!?–—-(")
        lead = _LEADING.match(piece) if one else None
        piece = piece[lead.end() :] if lead else piece
        fits = LEAST_QUOTE <= len(piece.split()) <= most and len(piece) <= 12 * most and not set(piece) & set('“”"')
        if fits and shows(piece):
            found.append((not one or not piece.lower().startswith(_LEANING), len(piece), piece))
    return max(found, default=(True, 0, ""))[2]
