"""Many questions of the candidate's own at once: saved, sorted into topics by the coach, and kept as they decide."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from coach.encryption.unreadable import is_untouched
from coach.models import User
from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import AskState
from llm_modes.assign_topics.schema import MODE as ASSIGN_TOPICS
from llm_modes.assign_topics.schema import AssignTopicsInputs, TopicToFit
from llm_modes.failures import LLMFailure
from llm_modes.language.repetition import normalised, repeats
from llm_modes.offline.bank import find_question
from plans.journey import language_of
from plans.models import PlanTopic
from plans.plan_in_force import lock
from study import asked_for_real, caps
from study.models import Question, QuestionPaste
from study.pasted_lines import PastedLine, once_each
from study.same_words import by_words
from study.sessions import running_session, stage_of


class NoTopics(Exception):
    """No plan is in force, so there is no topic for a question."""


class PasteWaits(Exception):
    """Other questions wait for the candidate's decision: `paste`."""

    def __init__(self, paste: QuestionPaste) -> None:
        self.paste = paste
        super().__init__(f"paste {paste.pk} waits")


@dataclass(frozen=True)
class Chosen:
    """What the candidate decided on a line. `topic`: None for a question that they have already."""

    line: PastedLine
    question: str
    topic: PlanTopic | None
    asked_on: date | None


@dataclass(frozen=True)
class Kept:
    """How many questions are new now, and of how many it is new that they were asked for real."""

    new: int
    asked: int


def undecided(user: User) -> QuestionPaste | None:
    """The questions that wait for the candidate's decision, or None."""
    return QuestionPaste.objects.filter(user=user, decided_at=None).first()


def save(user: User, lines: Iterable[PastedLine]) -> QuestionPaste:
    """Save these lines, each question once; the new ones wait for their topics. Without a model nobody is asked.

    Raises NoTopics, and PasteWaits when earlier ones wait for a decision.
    """
    if not PlanTopic.objects.filter(user=user).in_force().exists():
        raise NoTopics
    known = _known(user)
    paste = QuestionPaste(user=user, lines=[_first_look(line, known) for line in once_each(lines)])
    if not settings.OFFLINE_COACH and any(line.known_id is None for line in paste.lines):
        paste.mark_pending()
    try:
        with transaction.atomic():
            paste.save()
    except IntegrityError:
        waiting = undecided(user)
        if waiting is None:
            raise
        raise PasteWaits(waiting) from None
    return paste


def _known(user: User) -> dict[str, Question]:
    """The candidate's questions in topics of the plan, by what they say; of several the oldest."""
    said = by_words(PlanTopic.objects.filter(user=user).in_force())
    return {words: questions[0] for words, questions in said.items()}


def _first_look(line: PastedLine, known: dict[str, Question]) -> PastedLine:
    """The line, with the question that it is already; else with what the question bank says of it, if it is there."""
    if question := known.get(normalised(line.question)):
        return replace(line, known_id=question.pk)
    found = find_question(line.question)
    return replace(line, kind=found[1].kind, looks_for=list(found[1].looks_for)) if found else line


def ask_for(paste: QuestionPaste) -> QuestionPaste:
    """Ask the coach for topics, kinds and what to look for, and store them. Returns the row as it is then."""
    return ask_and_apply(
        paste,
        mode=ASSIGN_TOPICS,
        candidate=paste.user,
        stage=lambda row: stage_of(running_session(row.user)),
        inputs=prompt_inputs,
        apply=_apply,
    )


def prompt_inputs(paste: QuestionPaste) -> AssignTopicsInputs:
    """The inputs of AssignTopics: the new questions, and the topics of the plan."""
    topics = PlanTopic.objects.filter(user=paste.user).in_force()
    if is_untouched(paste.lines):
        raise LLMFailure("unreadable")
    if not topics or not _new(paste):
        raise LLMFailure("not_now")
    return AssignTopicsInputs(
        questions=[paste.lines[place].question for place in _new(paste)],
        topics=[TopicToFit(name=topic.called, description=topic.description) for topic in topics],
        role=paste.user.current_role,
        language=language_of(paste.user),
    )


def _new(paste: QuestionPaste) -> list[int]:
    """The places of the lines that the candidate does not have yet."""
    return [place for place, line in enumerate(paste.lines) if line.known_id is None]


def _apply(paste: QuestionPaste, answer: Any) -> None:
    topics = {topic.called: topic.pk for topic in PlanTopic.objects.filter(user=paste.user).in_force()}
    places, lines = _new(paste), list(paste.lines)
    for one in answer.reply.questions:
        place = places[one.number - 1]
        lines[place] = replace(
            lines[place], topic_id=topics.get(one.topic), kind=one.kind, looks_for=list(one.looks_for)
        )
    paste.lines = lines


def keep(paste: QuestionPaste, chosen: Iterable[Chosen]) -> Kept | None:
    """Put the chosen lines into the bank, all or none. None if this paste was decided on before: nothing changes.

    What the candidate has by now, also because two lines say the same after their edits, is not kept twice. Raises
    CapReached.
    """
    with transaction.atomic():
        # The candidate's row first: what they keep of a real interview at this moment may be the same question.
        user = lock(paste.user)
        locked = QuestionPaste.objects.select_for_update(of=("self",)).get(pk=paste.pk)
        if locked.decided_at is not None:
            return None
        known, new, asked = _known(user), dict[str, Question](), set[str]()
        for one in chosen:
            key = normalised(one.question)
            question = known.get(key) or new.get(key)
            if question is None and one.topic is not None:
                question = new[key] = _question(one, one.topic)
            if question is not None and _is_noted(question, one.asked_on):
                asked.add(key)
        for topic, many in Counter(question.topic for question in new.values()).items():
            caps.require_own_questions(topic, many)
        for question in new.values():
            question.save()
        for key in asked - new.keys():
            known[key].save(update_fields=asked_for_real.NOTED)  # a mark that came since it was read here stays
        _decide(locked)
    return Kept(len(new), len(asked))


def _question(one: Chosen, topic: PlanTopic) -> Question:
    """The chosen line as an unsaved question that is due now. What another wording looks for is not known."""
    as_sorted = repeats(one.question, [one.line.question])
    return Question(
        user=topic.user,
        topic=topic,
        text=one.question,
        origin=Question.Origin.CANDIDATE,
        kind=one.line.kind if as_sorted else "",
        looks_for=one.line.looks_for if as_sorted else [],
        due_at=timezone.now(),
    )


def _is_noted(question: Question, day: date | None) -> bool:
    """Whether it is new that the question was asked for real on this day; then it is noted on it."""
    before = question.asked_for_real_on
    if day is not None:
        asked_for_real.note(question, day)
    return question.asked_for_real_on != before


def leave_out(paste: QuestionPaste) -> None:
    """Keep none of the lines. A second call changes nothing."""
    with transaction.atomic():
        locked = QuestionPaste.objects.select_for_update(of=("self",)).get(pk=paste.pk)
        if locked.decided_at is None:
            _decide(locked)


def _decide(paste: QuestionPaste) -> None:
    """Its lines are questions now, or go. A reply that comes late finds nobody who waits for it."""
    paste.lines, paste.decided_at, paste.ask_state = [], timezone.now(), AskState.NONE
    paste.save()
