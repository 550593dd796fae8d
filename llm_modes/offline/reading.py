"""What there is in an answer: its sentences, what they show, and whole clauses of them to quote."""

import re
from collections.abc import Callable, Iterable
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
_LABEL = rf"(?:(?:{'|'.join(_STEPS['labels'].split())})\s*[:–-]\s*)?"
# Small "i" too: dictation and hurry write it so. Notes leave it out, and some write the part of the story in front.
_STEP = re.compile(rf"\bi(?:'(?:ve|d))?\s+{_ADVERBS}{_DEED}", re.I)
_BARE_STEP = re.compile(rf"{_LABEL}(?:then |also |first )?{_DEED}", re.I)
_NEXT_STEP = re.compile(rf"(?:\b(?:and|then|but)|,)\s+{_ADVERBS}{_DEED}", re.I)
_SHARED_STEP = re.compile(rf"\b(?:we|the team|our team)\s+{_ADVERBS}{_DEED}", re.I)
_NO_STEP, VAGUE_STEPS = frozenset(_STEPS["none"].split()), frozenset(_STEPS["vague"].split())
_FIGURE = re.compile(rf"(?<![\w.])[£$€]?{_NUMBER}(?:[ -]{_NUMBER})*(?:\s?%|[km]\b)?(?!\w)", re.I)
_ROUGH, _SMALL = phrases(_FIGURES["rough"]), ("1", "2", "one", "two")
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
_LEANING = tuple("that because which who that while although until before after since if when".split())
# A line break of a text that was wrapped, within a sentence.
_WRAPPED = re.compile(r"(?<=[^\n]{50}[\w,])\n(?=[a-z(])")


class Reading:
    """An answer, read for one question.

    `sentences` are those that count: in English, said once, neither code nor the question again nor addressed to the
    marker. `steps`, `figures` and so on are those of them that show it, `general` those that would be true of anyone.
    """

    def __init__(self, answer: str, question: str) -> None:
        self.answer, self.sentences, self.to_the_marker = answer, list[str](), list[str]()
        self.repeated = self.copied = unread = 0
        seen: set[str] = set()
        said_aloud = (breath for one in sentences(_WRAPPED.sub(" ", clean(answer))) for breath in breaths(one))
        for sentence in islice(said_aloud, MOST_SENTENCES):
            form = normal(sentence)
            if is_found(CUES["marker"], sentence) or sentence.lower().startswith(_TO_THE_MARKER):
                self.to_the_marker.append(sentence)
            elif form in seen or _is_copied(form, question):
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
        # A figure makes a sentence particular, unless it is one cliché after the other ("I always give 110 percent").
        telling = [one for one in self.sentences if steps_in(one) or is_found(_EXAMPLE, one)]
        cliches = {one: len(CUES["general"].findall(_plain(one))) for one in self.sentences if one not in telling}
        self.general = [one for one, many in cliches.items() if many > (2 if has_figure(one) else 0)]
        self.figures = [one for one in self.sentences if has_figure(one) and one not in self.general]
        vague = [one for one in self.having("vague") if not has_figure(one) and one not in self.general]
        self.vague_claims = [one for one in vague if is_found(CUES["itself"], one)]
        # Real deeds before "I talked" and "I did".
        self.steps = [one for one in self.sentences if steps_in(one)]
        self.steps.sort(key=lambda one: (set(steps_in(one)) <= VAGUE_STEPS, one not in self.figures))
        self.shared_steps = [one for one in self.sentences if _SHARED_STEP.search(one) and not steps_in(one)]
        # Different own steps; vague ones ("I talked") count half, those of "we" a third.
        verbs = {verb for one in self.sentences for verb in steps_in(one)}
        shared = {verb.lower() for one in self.sentences for verb in _SHARED_STEP.findall(one)}
        self.step_count = len(verbs) - 0.5 * len(verbs & VAGUE_STEPS) + min(1.5, 0.3 * len(shared))
        # Different figures; the bare numbers one and two, and rough ones, count less.
        lines = [one for one in self.sentences if len(one.split()) > 2 and one not in self.general]
        exact = {one[0].lower() for line in lines for one in _FIGURE.finditer(line)}
        rough = {one[0].lower() for line in lines for one in _ROUGH.finditer(line)}
        self.figure_count = len(exact) - 0.7 * len(exact.intersection(_SMALL)) + 0.5 * len(rough)
        # Names and terms: words with a capital inside a sentence, abbreviations, words with digits.
        names = {name for one in self.sentences if not one.isupper() for name in _NAME.findall(one)}
        self.particulars = len(names - {"I", "I'm", "I've", "I'd", "I'll"})

    def having(self, cue: str | Pattern[str]) -> list[str]:
        """The sentences that show this cue (a name of [cues], or a pattern), in order."""
        pattern = CUES[cue] if isinstance(cue, str) else cue
        return [one for one in self.sentences if is_found(pattern, one)]

    def wordings(self, cue: str | Pattern[str]) -> list[str]:
        """The different wordings of a cue, in small letters."""
        pattern = CUES[cue] if isinstance(cue, str) else cue
        return list(dict.fromkeys(one[0].lower() for said in self.sentences for one in pattern.finditer(_plain(said))))


def _is_copied(form: str, question: str) -> bool:
    """True for a sentence copied from the question, or made of little but its words."""
    if len(form.split()) >= 4 and form in normal(question):
        return True
    said = stems(form)
    return len(said) >= 4 and len(said & stems(question)) >= 0.85 * len(said)


def _plain(sentence: str) -> str:
    return sentence.replace("’", "'")


def is_found(pattern: Pattern[str], sentence: str) -> bool:
    """Whether a phrase of the pattern stands in the sentence."""
    return bool(pattern.search(_plain(sentence)))


def has_figure(sentence: str) -> bool:
    """True for a figure other than a bare one or two, also a rough one."""
    return any(one[0].lower() not in _SMALL for one in _FIGURE.finditer(sentence)) or bool(_ROUGH.search(sentence))


def steps_in(sentence: str) -> list[str]:
    """The verbs of the speaker's own steps: "I moved my desk and wrote …" gives moved and wrote."""
    line = _plain(sentence)
    first = _STEP.search(line) or _BARE_STEP.match(line)
    if not first:
        return []
    found = _STEP.findall(line) or [first[1]]
    more = _NEXT_STEP.findall(line[first.end() :])
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
