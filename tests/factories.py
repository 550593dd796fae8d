"""Rows for tests. Plain functions with keyword arguments; each returns what it made."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from coach.models import RawUserContext, User
from coach.time_zone import local_day
from llm_modes.asking.rows import AskState
from llm_modes.models import LLMCall, StartedCall
from llm_modes.suggest_plan.plan import Topic, total
from plans.models import (
    ChatMessage,
    ContextReading,
    DailyReview,
    Debrief,
    PlanBrief,
    PlanProposal,
    PlanTopic,
    PracticeDay,
    TopicProgress,
)
from plans.session_marks import SessionMarks
from study.models import (
    Question,
    QuestionAttempt,
    QuestionPaste,
    QuestionRound,
    Reconciliation,
    Story,
    StudySession,
    SuggestedQuestion,
)
from study.pasted_lines import PastedLine

PASSWORD = "correct horse battery"
_number = count(1)

ANSWER = (
    "At Acme I owned the payment service. Requests timed out at noon, so I measured it, found one slow query, added "
    "an index and cut the 95th percentile from two seconds to eighty milliseconds within a week."
)


def make_user(username: str = "", *, password: str | None = PASSWORD, context: str = "", **fields: Any) -> User:
    """A candidate who can sign in with PASSWORD."""
    user = User.objects.create_user(username or f"candidate{next(_number)}", password, **fields)
    if context:
        RawUserContext.objects.create(user=user, text=context)
    return user


def make_brief(owner: User, **fields: Any) -> PlanBrief:
    """All that a plan needs, the role included."""
    if not owner.current_role:
        owner.current_role = "Backend engineer"
        owner.save()
    known = {"daily_minutes": 45, "weaknesses": "system design", "motivation": "medium", **fields}
    return PlanBrief.objects.update_or_create(user=owner, defaults=known)[0]


def topic_data(name: str = "System design", *, priority: int = 1, minutes: int = 20, **fields: Any) -> Topic:
    """A topic as a proposal has it."""
    values = {
        "description": "Designing services that grow.",
        "expected_outcome": "Can lead a design interview.",
        **fields,
    }
    return Topic(name=name, priority=priority, daily_study_minutes=minutes, **values)


def plan_data(*names: str) -> list[Topic]:
    """Topics of a plan: these names in order of priority, 20, 15, 10, 5, 5 … minutes."""
    chosen = names or ("System design", "Conflict stories", "Algorithms")
    return [
        topic_data(name, priority=place, minutes=max(5, 25 - 5 * place)) for place, name in enumerate(chosen, start=1)
    ]


def make_proposal(owner: User, *, topics: list[Topic] | None = None, **fields: Any) -> PlanProposal:
    """A proposal that waits for the candidate's decision."""
    chosen = plan_data() if topics is None else topics
    overview = {
        "target_role": owner.current_role or "Backend engineer",
        "total_daily_minutes": total(chosen),
        "time_horizon_weeks": 6,
        "rationale": "Design is where you feel weak, so it gets the most time.",
    }
    values = {
        "source": PlanProposal.Source.CHAT,
        "status": PlanProposal.Status.OPEN,
        "ask_state": AskState.DONE,
        "overview": overview,
        "topics": chosen,
        **fields,
    }
    return PlanProposal.objects.create(user=owner, **values)


def make_plan(owner: User, *, topics: list[Topic] | None = None, version: int = 1) -> list[PlanTopic]:
    """A plan in force, approved as `version`: its topics, most important first. The brief is filled in as well."""
    make_brief(owner)
    chosen = plan_data() if topics is None else topics
    make_proposal(
        owner,
        topics=chosen,
        status=PlanProposal.Status.APPROVED,
        version=version,
        base_version=version - 1,
        decided_at=timezone.now(),
    )
    return [PlanTopic.objects.create(user=owner, **topic.as_json()) for topic in chosen]


def make_topic(owner: User, name: str = "System design", **fields: Any) -> PlanTopic:
    """One topic in force, without an approved proposal behind it."""
    return PlanTopic.objects.create(user=owner, **{**topic_data(name).as_json(), **fields})


def make_progress(topic: PlanTopic, **fields: Any) -> TopicProgress:
    """How far the candidate has come in this topic."""
    practised = {"total_time_spent": 1800, "sessions": 2, "offers": 2}
    values = {"strength_rating": "5.5", "marked_attempts": 4, **practised, **fields}
    return TopicProgress.objects.update_or_create(topic=topic, defaults=values)[0]


def make_session_marks(*sessions: Sequence[int], difficulty: str = "medium", rung: int = 0) -> list[SessionMarks]:
    """The marks of one topic's sessions as plans/ folds them: a list for each session, all of one difficulty."""
    begun = timezone.now()
    return [
        SessionMarks(number, begun + timedelta(days=number), tuple((difficulty, mark) for mark in marks), rung=rung)
        for number, marks in enumerate(sessions, start=1)
    ]


def make_practice_day(topic: PlanTopic, *, minutes: int = 10, **fields: Any) -> PracticeDay:
    """Time spent on this topic today."""
    values = {"local_day": local_day(topic.user), "seconds": minutes * 60, "sessions": 1, **fields}
    return PracticeDay.objects.create(topic=topic, **values)


def make_message(owner: User, text: str = "I want to become a backend engineer.", **fields: Any) -> ChatMessage:
    """A line of the plan chat: the candidate's and answered, unless told otherwise."""
    values = {"author": ChatMessage.Author.CANDIDATE, "ask_state": AskState.DONE, **fields}
    if values["author"] == ChatMessage.Author.COACH:
        values["ask_state"] = AskState.NONE
    return ChatMessage.objects.create(user=owner, text=text, **values)


def make_review(owner: User, **fields: Any) -> DailyReview:
    """Today's review, waiting to be asked."""
    return DailyReview.objects.create(
        user=owner, **{"local_day": local_day(owner), "ask_state": AskState.PENDING, **fields}
    )


def make_reading(owner: User, **fields: Any) -> ContextReading:
    """What the coach takes from the candidate's texts: read, and confirmed if fields say so."""
    found = {"profile": "A backend engineer of six years.", "competencies": []}
    values = {"found": found, "ask_state": AskState.DONE, **fields}
    return ContextReading.objects.update_or_create(user=owner, defaults=values)[0]


def make_debrief(owner: User, text: str = "", *, state: str = "read", **fields: Any) -> Debrief:
    """What was told of an interview. `state`: "pending" (to be read), "failed", "read" or "kept" (confirmed)."""
    values: dict[str, Any] = {"held_on": local_day(owner), "ask_state": AskState.PENDING}
    if state == "failed":
        values |= {"ask_state": AskState.FAILED, "ask_failure": "unreachable", "ask_attempt": 1}
    if state in ("read", "kept"):
        topic = PlanTopic.objects.filter(user=owner).in_force().first()
        asked = {"question": "How would you design a queue?", "topic": topic.pk if topic else None, "went": "badly"}
        gap = {"gap": "Figures for sizes", "quote": "I had no numbers"}
        values |= {"ask_state": AskState.DONE, "asked": [asked], "gaps": [gap], "version": 1}
    if state == "kept":
        values["confirmed_at"] = timezone.now()
    told = text or "They asked how I would design a queue. I had no numbers."
    return Debrief.objects.create(user=owner, text=told, **{**values, **fields})


def make_session(
    owner: User, *, topic: PlanTopic | None = None, minutes: int = 20, ended: datetime | bool = False, **fields: Any
) -> StudySession:
    """A session: running, or `ended` now or at a given time."""
    topic = topic or PlanTopic.objects.filter(user=owner).in_force().first() or make_topic(owner)
    if ended:
        end = ended if isinstance(ended, datetime) else timezone.now()
        fields = {"end_time": end, "ended_by": StudySession.EndedBy.CANDIDATE, **fields}
        fields.setdefault("start_time", end - timedelta(minutes=minutes))
    return StudySession.objects.create(user=owner, topic=topic, planned_duration=minutes, **fields)


def make_question(
    owner: User, text: str = "How would you design a rate limiter?", *, topic: PlanTopic | None = None, **fields: Any
) -> Question:
    """A question of the first topic of the owner's plan, unless another topic is given."""
    topic = topic or PlanTopic.objects.filter(user=owner).in_force().first() or make_topic(owner)
    return Question.objects.create(user=owner, topic=topic, text=text, **fields)


def make_paste(owner: User, *texts: str, **fields: Any) -> QuestionPaste:
    """Questions that were pasted together, not decided on yet: two, unless given; the coach has no answer for them."""
    lines = [PastedLine(question=text) for text in texts or ("Why do you want to work here?", "What is a deadlock?")]
    return QuestionPaste.objects.create(user=owner, **{"lines": lines, **fields})


def make_round(session: StudySession, *, questions: list[Question] | None = None, **fields: Any) -> QuestionRound:
    """Questions as they were suggested in this session: three new ones, unless given; the round is answered."""
    texts = ("How would you design a rate limiter?", "What is a deadlock?", "When is a cache wrong?")
    if questions is None:
        questions = [make_question(session.user, text, topic=session.topic) for text in texts]
    made = QuestionRound.objects.create(session=session, **{"ask_state": AskState.DONE, **fields})
    for position, question in enumerate(questions):
        SuggestedQuestion.objects.create(round=made, question=question, position=position, status="new")
    return made


def make_attempt(
    owner: User,
    *,
    session: StudySession | None = None,
    question: Question | None = None,
    state: str = "draft",
    answer: str = ANSWER,
    score: int = 6,
    **fields: Any,
) -> QuestionAttempt:
    """An answer. `state`: "draft", "submitted" (waiting to be marked), "failed" (to be retried) or "marked"."""
    session = session or StudySession.objects.filter(user=owner, end_time=None).first() or make_session(owner)
    question = question or make_question(owner, topic=session.topic)
    values: dict[str, Any] = {"raw_answer": answer}
    if state != "draft":
        values |= {"submitted_at": timezone.now(), "seconds_taken": 90, "ask_state": AskState.PENDING}
    if state == "failed":
        values |= {"ask_state": AskState.FAILED, "ask_failure": "unreachable", "ask_attempt": 1}
    if state == "marked":
        values |= {
            "ask_state": AskState.DONE,
            "ask_attempt": 1,
            "score_rating": score,
            "marked_at": timezone.now(),
            "model": "fake-model-1",
            "prompt_digest": "0123456789abcdef",
            "feedback": {
                "positive_feedback": ["You named a concrete project."],
                "improvement_areas": ["Say what the result was, in numbers."],
                "quotes": ["I owned the payment service"],
            },
            "anchors": [{"name": "Own part", "anchor": "Say what you did yourself."}],
        }
    return QuestionAttempt.objects.create(user=owner, session=session, question=question, **{**values, **fields})


def make_story(owner: User, *, question: Question | None = None, text: str = "", **fields: Any) -> Story:
    """A story structure for a question."""
    question = question or make_question(owner)
    text = text or "### Situation\n\n- Our job queue grew faster than it drained.\n"
    return Story.objects.create(user=owner, question=question, text=text, **{"version": 1, **fields})


def make_reconciliation(session: StudySession, **fields: Any) -> Reconciliation:
    """What is written down after a session: waiting to be asked, unless told otherwise."""
    return Reconciliation.objects.create(session=session, **{"ask_state": AskState.PENDING, **fields})


def make_call(owner: User, mode: str = "evaluate_answer", **fields: Any) -> LLMCall:
    """A row of the ledger."""
    values = {
        "model": "fake-model-1",
        "prompt_digest": "0123456789abcdef",
        "input_tokens": 900,
        "output_tokens": 200,
        "milliseconds": 1500,
        "outcome": "ok",
        **fields,
    }
    return LLMCall.objects.create(user=owner, mode=mode, **values)


def make_started_call(owner: User, *, seconds_ago: float = 0, ended: bool = False, **fields: Any) -> StartedCall:
    """An action that asks the LLM: running, unless it has `ended`."""
    started = timezone.now() - timedelta(seconds=seconds_ago)
    values = {
        "mode": "evaluate_answer",
        "model": "fake-model-1",
        "started_at": started,
        "lease_until": started + timedelta(seconds=60),
        "ended_at": started if ended else None,
        **fields,
    }
    return StartedCall.objects.create(user=owner, **values)
