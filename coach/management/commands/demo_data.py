"""manage.py demo_data: a demo candidate with two weeks of believable history, or a crowd with months of it."""

import secrets
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from coach.encryption import canary
from coach.erasure import erase
from coach.management.crowd import bounds
from coach.management.crowd.coaching import conversation
from coach.management.crowd.run import run
from coach.models import RawUserContext, User
from llm_modes.asking.rows import AskState
from llm_modes.suggest_plan.plan import Topic, total
from plans import progress
from plans.models import Debrief, PlanBrief, PlanProposal, PlanTopic
from plans.proposals.change import Change
from plans.turns import take_turn
from study import strength
from study.models import (
    Question,
    QuestionAttempt,
    QuestionRound,
    Reconciliation,
    Story,
    StudySession,
    SuggestedQuestion,
)
from study.review_schedule import schedule_next

HISTORY = Path(__file__).resolve().parents[2] / "demo_history.toml"
MODEL = "demo"


class Command(BaseCommand):
    help = (
        "Make (or make anew) a demo candidate with two weeks of history, and print the login. With --users: a crowd "
        "for measuring, candidate0001 and so on, of which the first practises ten times as much as the others."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """--users, --days, --seed."""
        parser.add_argument("--users", type=int, help=f"so many candidates, up to {bounds.MOST_USERS:,}")
        parser.add_argument("--days", type=int, help=f"of history for each of them (default: {bounds.DAYS})")
        parser.add_argument("--seed", type=int, help="the same number makes the same histories (default: 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        users, days, seed = (options[name] for name in ("users", "days", "seed"))
        if users is None and (days, seed) != (None, None):
            raise CommandError("--days and --seed are for a crowd: give --users, too.")
        days = bounds.DAYS if days is None else days
        if users is not None:
            bounds.check(users, days)
        history = tomllib.loads(HISTORY.read_text(encoding="utf-8"))
        call_command("migrate", interactive=False, verbosity=0)  # this may be the first command on this machine
        canary.verify()
        if users is not None:
            run(users, days, seed=1 if seed is None else seed, say=self.stdout.write)
            return
        password = secrets.token_urlsafe(9)
        with transaction.atomic():
            for earlier in User.objects.filter(username=history["username"]):
                erase(earlier)
            make_history(history, password=password)
        self.stdout.write(f"User name: {history['username']}\nPassword:  {password}")


def make_history(history: dict[str, Any], *, password: str) -> User:
    """Make the candidate with everything in `history` (see demo_history.toml); its days count back from today."""
    user = User.objects.create_user(history["username"], password, name=history["name"], current_role=history["role"])
    RawUserContext.objects.create(user=user, text=history["context"].strip())
    PlanBrief.objects.create(
        user=user,
        daily_minutes=history["daily_minutes"],
        weaknesses=history["weaknesses"],
        motivation=history["motivation"],
    )
    conversation(user, history["chat"], at=_days_ago(history["plans"][0]["day"]) - timedelta(minutes=20))
    _plans(user, history["plans"])
    topics = {topic.name: topic for topic in PlanTopic.objects.filter(user=user)}
    for session in history["sessions"]:
        _session(topics[session["topic"]], session)
    questions = {question.text: question for question in user.questions.all()}
    for story in history["stories"]:
        Story.objects.create(user=user, question=questions[story["question"]], text=story["text"].strip(), version=1)
    for told in history["debriefs"]:
        _debrief(user, topics, told)
    return user


def _debrief(user: User, topics: dict[str, PlanTopic], told: dict[str, Any]) -> None:
    """A real interview as the coach has read it: the candidate has not kept its lines yet."""
    at = _days_ago(told["day"])
    asked = [{**line, "topic": topics[line["topic"]].pk} for line in told["asked"]]
    Debrief.objects.create(
        user=user,
        held_on=at.date(),
        outcome=told["outcome"],
        text=told["text"].strip(),
        asked=asked,
        gaps=told["gaps"],
        version=1,
        ask_state=AskState.DONE,
        created_at=at,
    )


def _days_ago(days: int) -> datetime:
    """Seven in the morning (UTC), `days` days ago."""
    return (timezone.now() - timedelta(days=days)).replace(hour=7, minute=0, second=0, microsecond=0)


def _plans(user: User, plans: list[dict[str, Any]]) -> None:
    base: list[Topic] = []
    for version, plan in enumerate(plans, start=1):
        topics = _topics(plan["topics"])
        PlanProposal.objects.create(
            user=user,
            source=plan["source"],
            status=PlanProposal.Status.APPROVED,
            base_version=version - 1,
            version=version,
            overview={
                "target_role": user.current_role,
                "total_daily_minutes": total(topics),
                "time_horizon_weeks": plan["weeks"],
                "rationale": plan["rationale"],
            },
            base_topics=base,
            topics=topics,
            changes=[Change(**change) for change in plan.get("changes", [])],
            ask_state=AskState.DONE,
            created_at=_days_ago(plan["day"]),
            decided_at=_days_ago(plan["day"]) + timedelta(minutes=5),
        )
        base = topics
    for topic in base:
        PlanTopic.objects.create(user=user, created_at=_days_ago(plans[0]["day"]), **topic.as_json())


def _topics(told: list[dict[str, Any]]) -> list[Topic]:
    """The topics of a plan, the most important first."""
    return [
        Topic(
            name=topic["name"],
            description=topic["description"],
            priority=priority,
            daily_study_minutes=topic["minutes"],
            expected_outcome=topic["outcome"],
        )
        for priority, topic in enumerate(told, start=1)
    ]


def _session(topic: PlanTopic, told: dict[str, Any]) -> None:
    start = _days_ago(told["day"])
    end = start + timedelta(minutes=told["minutes"])
    session = StudySession.objects.create(
        user=topic.user,
        topic=topic,
        planned_duration=told["minutes"],
        suggested_topic=take_turn(topic.user, topic),
        start_time=start,
        last_interaction_time=end,
        end_time=end,
        ended_by=StudySession.EndedBy.CANDIDATE,
    )
    questions = QuestionRound.objects.create(session=session, ask_state=AskState.DONE, created_at=start)
    attempts = [
        _attempt(questions, position, attempt, started_at=start + timedelta(minutes=1))
        for position, attempt in enumerate(told["attempts"])
    ]
    progress.record_session(topic, seconds=told["minutes"] * 60, ended_at=end)
    _summed_up(session, told, attempts, at=end)


def _summed_up(session: StudySession, told: dict[str, Any], attempts: list[QuestionAttempt], *, at: datetime) -> None:
    """The session's reconciliation, with the strength, note and focus that came of it."""
    topic = session.topic
    strength.recompute(topic)
    progress.write_note(topic, told["note"], based_on=progress.progress_of(topic).note_version)
    progress.set_next_focus(topic, told["focus"])
    Reconciliation.objects.create(
        session=session,
        ask_state=AskState.DONE,
        created_at=at,
        done_at=at + timedelta(seconds=20),
        note=told["note"],
        next_focus=told["focus"],
        summary=[
            {
                "question": attempt.question.text,
                "attempts": 1,
                "best_score": attempt.score_rating,
                "best_anchors": attempt.anchors,
            }
            for attempt in attempts
        ],
    )


def _attempt(questions: QuestionRound, position: int, told: dict[str, Any], *, started_at: datetime) -> QuestionAttempt:
    session, question = questions.session, _suggested(questions, position, told, at=started_at)
    submitted_at = started_at + timedelta(seconds=told["seconds"])
    attempt = QuestionAttempt.objects.create(
        user=session.user,
        session=session,
        question=question,
        raw_answer=told["answer"].strip(),
        started_at=started_at,
        submitted_at=submitted_at,
        seconds_taken=told["seconds"],
        score_rating=told["score"],
        feedback={
            "positive_feedback": told["positive"],
            "improvement_areas": told["improve"],
            "quotes": told["quotes"],
        },
        anchors=told["anchors"],
        marked_at=submitted_at + timedelta(seconds=8),
        model=MODEL,
        ask_state=AskState.DONE,
    )
    question.answer_anchors = told["anchors"]
    schedule_next(question, score=told["score"], at=submitted_at)
    question.save()
    return attempt


def _suggested(questions: QuestionRound, position: int, told: dict[str, Any], *, at: datetime) -> Question:
    """The question of an attempt, which the round suggested; made when it comes for the first time."""
    session = questions.session
    question = next((known for known in session.user.questions.all() if known.text == told["question"]), None)
    if question is None:
        question = Question.objects.create(
            user=session.user,
            topic=session.topic,
            text=told["question"],
            difficulty=told["difficulty"],
            created_at=at,
        )
    again = told.get("status") == "redo"
    SuggestedQuestion.objects.create(
        round=questions,
        question=question,
        position=position,
        status="redo" if again else "new",
        redo_reason="weak_answer" if again else "",
        choice=SuggestedQuestion.Choice.CHOSEN,
    )
    return question
