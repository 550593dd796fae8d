"""What the candidate keeps of a real interview: its questions join their own, and come first."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from coach.models import User
from llm_modes.language.repetition import normalised
from plans import debriefs
from plans.models import Debrief, PlanTopic
from plans.plan_in_force import lock
from study import asked_for_real, caps
from study.models import Question
from study.same_words import by_words

Line = dict[str, Any]


class StaleLines(Exception):
    """The coach has read it anew since the candidate's page was made, or they have kept its lines already."""


def keep(debrief: Debrief, *, questions: Iterable[Line], gaps: Iterable[Line], version: int) -> Debrief:
    """Store the lines as the candidate corrected them, and let the plan be looked at with the gaps.

    A question with a topic joins the candidate's own, as asked for real; one that they know already is due now.
    `version`: that of the lines that they saw. Raises StaleLines, CapReached; then nothing is stored.
    """
    with transaction.atomic():
        user = lock(debrief.user)
        locked = _as_seen(debrief, version)
        if locked.confirmed_at or not locked.is_answered:
            raise StaleLines
        known = _Known(user)
        locked.asked = [{**line, "question_id": known.asked(line, locked.held_on)} for line in questions]
        locked.gaps, locked.confirmed_at = list(gaps), timezone.now()
        locked.save()
        debriefs.have_plan_looked_at(locked)
    return locked


def correct_gaps(debrief: Debrief, gaps: Iterable[Line], *, version: int) -> None:
    """Store the gaps as the candidate corrected them after they had kept them. Raises StaleLines."""
    with transaction.atomic():
        locked = _as_seen(debrief, version)
        locked.gaps = list(gaps)
        locked.save()


def _as_seen(debrief: Debrief, version: int) -> Debrief:
    """The row, locked, for its next version. Raises StaleLines if the candidate saw another one than this."""
    locked = Debrief.objects.select_for_update(of=("self",)).select_related("user").get(pk=debrief.pk)
    if locked.version != version:
        raise StaleLines
    locked.version += 1
    return locked


class _Known:
    """The candidate's questions in the topics of their plan, by what they say."""

    def __init__(self, user: User) -> None:
        self._topics = {topic.pk: topic for topic in PlanTopic.objects.filter(user=user).in_force()}
        self._said = by_words(self._topics.values())

    def asked(self, line: Line, day: date) -> int | None:
        """The id of the question of this line, noted as asked for real on that day; None if it has no topic.

        It is the one that says the same, of the line's topic rather than of another one; else a new one.
        """
        topic = self._topics.get(line["topic"])
        if topic is None:
            return None
        said = self._said.setdefault(normalised(line["question"]), [])
        question = min(said, key=lambda one: one.topic_id != topic.pk, default=None)
        if question is None:
            caps.require_own_question(topic)
            question = Question(user=topic.user, topic=topic, text=line["question"], origin=Question.Origin.CANDIDATE)
            said.append(question)
        asked_for_real.note(question, day)
        # A mark that came since it was read here stays.
        question.save(update_fields=asked_for_real.NOTED if question.pk else None)
        return question.pk


def change(debrief: Debrief, *, held_on: date, outcome: str, text: str) -> Debrief:
    """As `plans.debriefs.change`; questions that were asked on another day than was said say so, too."""
    with transaction.atomic():
        kept = [line["question_id"] for line in debrief.asked if line.get("question_id")]
        changed = debriefs.change(debrief, held_on=held_on, outcome=outcome, text=text)
        of_that_day = Question.objects.filter(pk__in=kept, asked_for_real_on=debrief.held_on)
        of_that_day.update(asked_for_real_on=held_on)
    return changed
