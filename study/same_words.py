"""Questions by what they say: whether the candidate has one in these words already."""

from collections.abc import Iterable

from llm_modes.language.repetition import normalised
from plans.models import PlanTopic
from study.models import Question


def by_words(topics: Iterable[PlanTopic]) -> dict[str, list[Question]]:
    """The questions of these topics by their `normalised` words, the oldest first.

    Without those that were taken out, and those that cannot be read.
    """
    found: dict[str, list[Question]] = {}
    for question in Question.objects.filter(topic__in=topics, voided_at=None).order_by("pk"):
        if question.text:
            found.setdefault(normalised(question.text), []).append(question)
    return found
