"""Has a model mark the sample answers, the way a candidate's answer is marked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from llm_modes.evaluate_answer.schema import MODE, EvaluateAnswerInputs
from llm_modes.failures import LLMFailure
from llm_modes.judging.samples import QUALITIES, SampleSet
from llm_modes.models import LLMCall
from llm_modes.provider.client import converse
from llm_modes.provider.exchange import Exchange

# Somebody has to set something right first: the key, the address, the account.
NOBODY_TO_ASK = ("misconfigured", "quota", "unreachable")
# So often a model may fail at first; a slow one takes minutes for each try.
FIRST_TRIES = 3


@dataclass
class AnswerMarked:
    """All runs of one answer. `cited`: quotes that the model gave, of which `kept` are in the answer."""

    marks: list[int] = field(default_factory=list)
    failures: list[LLMFailure] = field(default_factory=list)
    calls: list[LLMCall] = field(default_factory=list)
    cited: int = 0
    kept: int = 0

    @property
    def spread(self) -> int:
        """The best mark less the worst one; 0 when there are fewer than two."""
        return max(self.marks) - min(self.marks) if self.marks else 0


@dataclass(frozen=True)
class SetMarked:
    """The three answers to one question, by quality."""

    name: str
    answers: dict[str, AnswerMarked]

    @property
    def in_order(self) -> bool:
        """Whether strong > middling > weak, by the middle one of each answer's marks; an answer without one is not."""
        if not all(answer.marks for answer in self.answers.values()):
            return False
        weak, middling, strong = (median(self.answers[quality].marks) for quality in QUALITIES)
        return strong > middling > weak


class Judge:
    """Has one model mark sets, each answer `runs` times."""

    def __init__(self, model: str, runs: int) -> None:
        self.model = model
        self.runs = runs
        self._has_marked = False
        self._failures = 0

    def mark_set(self, sample: SampleSet) -> SetMarked:
        """Mark the answers of a set. Raises LLMFailure when the model cannot be asked, or gives no mark at first."""
        answers = {quality: AnswerMarked() for quality in QUALITIES}
        # One run after the other, so that the runs of an answer are apart, as those of candidates are.
        for quality in QUALITIES * self.runs:
            self._mark(answers[quality], sample.inputs(quality))
        return SetMarked(sample.name, answers)

    def _mark(self, marked: AnswerMarked, inputs: EvaluateAnswerInputs) -> None:
        exchange = Exchange(mode=MODE, model=self.model)
        try:
            reply = converse(exchange, inputs).reply
        except LLMFailure as failure:
            self._failures += 1
            if not self._has_marked and (failure.code in NOBODY_TO_ASK or self._failures >= FIRST_TRIES):
                raise
            marked.failures.append(failure)
        else:
            self._has_marked = True
            marked.marks.append(reply.score)
            marked.kept += len(reply.quotes)
            marked.cited += len(reply.quotes) + reply.invented_quotes
        finally:
            marked.calls += exchange.calls


def all_answers(sets: list[SetMarked]) -> Iterator[AnswerMarked]:
    """The answers of all sets."""
    for one in sets:
        yield from one.answers.values()
