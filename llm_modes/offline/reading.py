"""What there is in an answer: its sentences, sorted by what they show."""

import re
from collections.abc import Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import STOP_WORDS, breaths, normal, on_one_line, sentences, stem, stems, words
from llm_modes.offline.evidence import (
    ABOUT_ITSELF,
    BLAME,
    CUES,
    FIGURE,
    GENERAL,
    HEDGE,
    OWN_EXPERIENCE,
    ROUGH_FIGURE,
    SHARED_STEP,
    TO_THE_MARKER,
    VAGUE_AMOUNT,
    VAGUE_STEP,
    has_figure,
    matches,
    steps_in,
)
from llm_modes.offline.minutes import with_digits

# The longest answer that COACH_ANSWER_CHARACTERS allows by default has some 150 sentences. Of more and shorter ones the
# last are not read.
MOST_SENTENCES = 200
_REAL_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass
class Reading:
    """An answer, read for one question.

    `sentences` are those that count: in English, said once, neither the question again nor addressed to the marker.
    """

    answer: str
    question: str
    sentences: list[str] = field(init=False, default_factory=list)
    to_the_marker: list[str] = field(init=False, default_factory=list)
    repeated: int = field(init=False, default=0)
    copied: int = field(init=False, default=0)
    _having: dict[str, list[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        seen: set[str] = set()
        said_aloud = (breath for sentence in sentences(self.answer) for breath in breaths(sentence))
        for sentence in islice(said_aloud, MOST_SENTENCES):
            form = normal(sentence)
            if TO_THE_MARKER.search(sentence):
                self.to_the_marker.append(sentence)
            elif form in seen:
                self.repeated += 1
            elif self._is_the_question(sentence, form):
                self.copied += 1
            elif not looks_foreign(sentence):
                self.sentences.append(sentence)
            seen.add(form)

    def _is_the_question(self, sentence: str, form: str) -> bool:
        """True for a sentence copied from the question, or made of little but its words."""
        if len(form.split()) >= 4 and form in normal(self.question):
            return True
        said = stems(sentence)
        return len(said) >= 4 and len(said & stems(self.question)) >= 0.85 * len(said)

    @cached_property
    def text(self) -> str:
        return " ".join(self.sentences)

    @cached_property
    def words(self) -> list[str]:
        return words(self.text)

    @cached_property
    def stems(self) -> set[str]:
        return stems(self.text)

    @cached_property
    def with_digits(self) -> list[str]:
        return [with_digits(sentence) for sentence in self.sentences]

    def having(self, cue: str) -> list[str]:
        """The sentences that show this cue, in order."""
        if cue not in self._having:
            self._having[cue] = [sentence for sentence in self.sentences if CUES[cue].search(sentence)]
        return self._having[cue]

    def distinct(self, cue: str) -> int:
        """How many different wordings of a cue there are."""
        return len({match.lower() for sentence in self.sentences for match in matches(CUES[cue], sentence)})

    @cached_property
    def steps(self) -> list[str]:
        """The sentences in which the candidate does something: "I wrote", "I moved"."""
        return [sentence for sentence in self.sentences if steps_in(sentence)]

    @cached_property
    def best_steps(self) -> list[str]:
        """The sentences with own steps, the most telling first: real deeds before "I talked" and "I did"."""
        weak = VAGUE_STEP | {"did", "made", "had"}
        return sorted(self.steps, key=lambda one: (set(steps_in(one)) <= weak, one not in self.figures))

    @cached_property
    def step_count(self) -> float:
        """Different own steps; vague ones ("I talked") count half, those of "we" a third."""
        verbs = {verb for sentence in self.sentences for verb in steps_in(sentence)}
        shared = {verb.lower() for sentence in self.sentences for verb in SHARED_STEP.findall(sentence)}
        return sum(0.5 if verb in VAGUE_STEP else 1.0 for verb in verbs) + min(1.5, 0.3 * len(shared))

    @cached_property
    def figures(self) -> list[str]:
        """The sentences with a figure in digits, in words, or a rough one ("twice")."""
        return [said for said, line in zip(self.sentences, self.with_digits, strict=True) if has_figure(line)]

    @cached_property
    def best_figures(self) -> list[str]:
        """The sentences with figures, those that state an outcome first, and digits before words."""
        return sorted(self.figures, key=lambda one: (not CUES["outcome"].search(one), not FIGURE.search(one)))

    @cached_property
    def figure_count(self) -> float:
        """Different figures; the bare numbers one and two, and rough ones, count half."""
        lines = [line for line in self.with_digits if len(_REAL_WORD.findall(line)) >= 3]
        exact = {match for line in lines for match in matches(FIGURE, line)}
        rough = {match.lower() for line in lines for match in matches(ROUGH_FIGURE, line)}
        return sum(0.3 if figure in ("1", "2") else 1.0 for figure in exact) + 0.5 * len(rough)

    @cached_property
    def own_experience(self) -> list[str]:
        """Sentences that show something the speaker has seen or done: "our table", "I drop", "last year we"."""
        return [one for one in self.sentences if OWN_EXPERIENCE.search(one)]

    @cached_property
    def general(self) -> list[str]:
        """The sentences that would be true of anyone: general words, and nothing particular beside them."""
        return [
            said
            for said, line in zip(self.sentences, self.with_digits, strict=True)
            if GENERAL.search(said) and not has_figure(line) and not steps_in(said) and not CUES["example"].search(said)
        ]

    @cached_property
    def hedges(self) -> list[str]:
        return [match for sentence in self.sentences for match in matches(HEDGE, sentence)]

    @cached_property
    def blaming(self) -> list[str]:
        return [sentence for sentence in self.sentences if BLAME.search(sentence)]

    @cached_property
    def we_sentences(self) -> list[str]:
        """Sentences with steps in which only "we" acts: "we ran both systems"."""
        return [one for one in self.sentences if SHARED_STEP.search(one) and not re.search(r"\bI\b", one)]

    @cached_property
    def vague_claims(self) -> list[str]:
        """Sentences that claim an amount without a figure, those about the outcome first."""
        claims = [
            said
            for said, line in zip(self.sentences, self.with_digits, strict=True)
            if VAGUE_AMOUNT.search(said)
            and not has_figure(line)
            and ABOUT_ITSELF.search(said)
            and said not in self.general
        ]
        return sorted(claims, key=lambda claim: not CUES["outcome"].search(claim))

    @cached_property
    def particulars(self) -> int:
        """Names and terms: words with a capital inside a sentence, abbreviations, words with digits."""
        found = set()
        for sentence in self.sentences:
            for word in re.findall(r"[^\W_][\w'’/-]*", sentence)[1:]:
                if word[0].isupper() and word not in ("I", "I'm", "I've", "I'd", "I’m", "I’ve"):
                    found.add(word)
        return len(found)

    @cached_property
    def function_word_share(self) -> float:
        """The share of English function words: some 0.4 to 0.6 in real sentences."""
        return sum(word in STOP_WORDS for word in self.words) / (len(self.words) or 1)

    @cached_property
    def variety(self) -> float:
        """The share of different words among the first 200."""
        first = self.words[:200]
        return len(set(first)) / (len(first) or 1)

    def mentions(self, wanted: Set[str]) -> int:
        """How many of these stems the answer uses."""
        return sum(stem in self.stems or (len(stem) >= 5 and stem in self._run_together) for stem in wanted)

    @cached_property
    def _run_together(self) -> str:
        """All words as one string, in which "trust" is found within "distrust"."""
        return " ".join(self.words)


def question_stems(question: str) -> set[str]:
    """The words a question is about, without the interviewer's phrases around them."""
    phrases = frozenset(
        map(stem, "describe walk explain example question answer talk question situation happened".split())
    )
    return stems(on_one_line(question)) - phrases
