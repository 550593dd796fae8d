"""The sample sets: questions, each with a weak, a middling and a strong answer."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from llm_modes.evaluate_answer.schema import EvaluateAnswerInputs
from llm_modes.language.words import count_words

FILE = Path(__file__).parent / "samples.toml"
# Worst first: a fair model's marks rise in this order.
QUALITIES = ("weak", "middling", "strong")
WORDS_A_MINUTE, SECONDS_ALLOWED = 150, 180


@dataclass(frozen=True)
class SampleSet:
    """One question, and an answer of each quality."""

    name: str
    question: str
    answers: dict[str, str]

    def inputs(self, quality: str) -> EvaluateAnswerInputs:
        """What the model is asked about, as if a candidate had spoken it just now, for the first time."""
        answer = self.answers[quality]
        seconds = min(SECONDS_ALLOWED, round(60 * count_words(answer) / WORDS_A_MINUTE))
        return EvaluateAnswerInputs(
            question=self.question, anchors=[], answer=answer, seconds_used=seconds, seconds_allowed=SECONDS_ALLOWED
        )


def sample_sets(names: Iterable[str] = ()) -> list[SampleSet]:
    """The sets with these names, else all, in the order of the file."""
    wanted = set(names)
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return [_read(name, said) for name, said in found.items() if not wanted or name in wanted]


def _read(name: str, said: dict[str, str]) -> SampleSet:
    # In the file a line ends where the editor is full, which is no part of the answer.
    answers = {quality: " ".join(said[quality].split()) for quality in QUALITIES}
    return SampleSet(name, said["question"], answers)
