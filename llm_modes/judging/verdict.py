"""What the marks of the sample answers say about a model, in numbers and in a sentence."""

from dataclasses import dataclass
from enum import StrEnum
from statistics import mean

from llm_modes.judging.marking import SetMarked, all_answers

# By the prompt's own bands: generalities are at most vague, and who gives all that is asked is at least structured.
WEAK_AT_MOST, STRONG_AT_LEAST = 4, 7
# A candidate takes a point up or down for progress or its opposite. Two points are another band.
GOOD_SPREAD, BEARABLE_SPREAD = 1, 2
# Of the sets, and of the calls.
BEARABLE_ORDER, BEARABLE_FAILURES = 0.8, 0.05


class Verdict(StrEnum):
    """How far the marks can be believed."""

    GOOD = "good enough for marks"
    CARE = "usable with care"
    NO = "do not use for marks"


THRESHOLDS = (
    f"{Verdict.GOOD}: the order right in every set, no answer's marks more than {GOOD_SPREAD} apart, weak answers "
    f"{WEAK_AT_MOST} or less and strong ones {STRONG_AT_LEAST} or more on average.",
    f"{Verdict.CARE}: the order right in {BEARABLE_ORDER:.0%} of the sets, marks at most {BEARABLE_SPREAD} apart.",
    f"{Verdict.NO}: all else. For both, at most {BEARABLE_FAILURES:.0%} of the calls may fail.",
)


@dataclass(frozen=True)
class Summary:
    """All sets together. Means are None where there is no mark."""

    sets: int
    in_order: int
    calls: int
    failures: int
    mean_spread: float
    largest_spread: int
    weak: float | None
    middling: float | None
    strong: float | None
    cited: int
    kept: int

    @property
    def verdict(self) -> Verdict:
        """By the thresholds."""
        order = self.in_order / self.sets
        if (
            self.failures > BEARABLE_FAILURES * self.calls
            or order < BEARABLE_ORDER
            or self.largest_spread > BEARABLE_SPREAD
        ):
            return Verdict.NO
        return Verdict.GOOD if order == 1 and self.largest_spread <= GOOD_SPREAD and self.in_bands else Verdict.CARE

    @property
    def in_bands(self) -> bool:
        """Whether weak answers are told that they are weak, and strong ones that they are strong."""
        return (
            self.weak is not None
            and self.strong is not None
            and self.weak <= WEAK_AT_MOST
            and self.strong >= STRONG_AT_LEAST
        )

    def reasons(self) -> list[str]:
        """What keeps the model from the best verdict, a sentence each."""
        said = []
        if self.failures:
            said.append(f"{self.failures} of {self.calls} calls gave no mark.")
        if self.in_order < self.sets:
            said.append(f"In {self.sets - self.in_order} of {self.sets} sets the better answer got no better mark.")
        if self.largest_spread > GOOD_SPREAD:
            said.append(f"The same answer got marks up to {self.largest_spread} points apart.")
        if self.weak is not None and self.weak > WEAK_AT_MOST:
            said.append(f"It flatters: weak answers get {self.weak:.1f} on average.")
        if self.strong is not None and self.strong < STRONG_AT_LEAST:
            said.append(f"It is harsh: strong answers get {self.strong:.1f} on average.")
        return said


def summary(sets: list[SetMarked]) -> Summary:
    """Sum up one set or more."""
    answers = list(all_answers(sets))
    spreads = [answer.spread for answer in answers]
    marks = sum(len(answer.marks) for answer in answers)
    failures = sum(len(answer.failures) for answer in answers)
    return Summary(
        sets=len(sets),
        in_order=sum(one.in_order for one in sets),
        calls=marks + failures,
        failures=failures,
        mean_spread=mean(spreads),
        largest_spread=max(spreads),
        weak=_mean_mark(sets, "weak"),
        middling=_mean_mark(sets, "middling"),
        strong=_mean_mark(sets, "strong"),
        cited=sum(answer.cited for answer in answers),
        kept=sum(answer.kept for answer in answers),
    )


def _mean_mark(sets: list[SetMarked], quality: str) -> float | None:
    marks = [mark for one in sets for mark in one.answers[quality].marks]
    return mean(marks) if marks else None
