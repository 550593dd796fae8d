"""Stores what a made-up candidate told and agreed on: plan, proposals, chat, reviews, interviews, and the ledger."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from coach.management.crowd.days import Life, demo_history, minutes_of, topics_of_plan
from coach.management.crowd.practice import DIGEST, MODEL
from coach.models import RawUserContext, User
from llm_modes.asking.rows import AskState
from llm_modes.models import LLMCall
from llm_modes.read_context.example import EXAMPLE
from llm_modes.suggest_plan.plan import Topic, total
from plans.models import ChatMessage, ContextReading, DailyReview, Debrief, PlanBrief, PlanProposal, PlanTopic
from plans.proposals.change import Change
from study.models import Question

# A review brings a change of the plan every so many days; every third of them is refused.
CHANGE_EVERY, REFUSED_EVERY = 14, 3
CHAT_EVERY = 15
EARLIER_INTERVIEW = 30  # days ago
ADVERT = "You own services under load. You explain trade-offs to product managers. You help others to grow."
REASON = "Its marks are high by now, so the minutes help more elsewhere."
# Of one call each: tokens in and out, and milliseconds.
COST = {
    "evaluate_answer": (1900, 320, 4200),
    "generate_questions": (2600, 450, 5100),
    "reconcile_session": (3100, 280, 4700),
    "suggest_plan_changes": (2900, 300, 5600),
}


def tell(user: User, today: datetime, *, days: int) -> None:
    """Experience and advert with what was read in them, the brief, and the chat."""
    context = demo_history()["context"].strip()
    RawUserContext.objects.create(user=user, text=context, job_advert=ADVERT)
    read = {key: EXAMPLE.reply[key] for key in ("profile", "competencies")}
    ContextReading.objects.create(
        user=user,
        found=read,
        confirmed=read,
        confirmed_at=today - timedelta(days=days),
        ask_state=AskState.DONE,
        ask_attempt=1,
        asked_at=today - timedelta(days=days),
    )
    PlanBrief.objects.create(
        user=user,
        daily_minutes=_minutes_a_day(),
        weaknesses=demo_history()["weaknesses"],
        motivation=demo_history()["motivation"],
        language="en",
    )
    lines = demo_history()["chat"]
    for ago in range(days, 0, -CHAT_EVERY):
        conversation(user, lines if ago == days else lines[-2:], at=today - timedelta(days=ago))


def _minutes_a_day() -> int:
    return sum(minutes_of(place) for place in range(len(topics_of_plan())))


def conversation(user: User, lines: list[dict[str, str]], *, at: datetime) -> None:
    """Lines of the plan chat, a minute apart; each line of the coach answers the candidate's before it."""
    asked = None
    for number, line in enumerate(lines):
        is_candidate = line["author"] == ChatMessage.Author.CANDIDATE
        message = ChatMessage.objects.create(
            user=user,
            author=line["author"],
            text=line["text"],
            created_at=at + timedelta(minutes=number),
            in_reply_to=None if is_candidate else asked,
            ask_state=AskState.DONE if is_candidate else AskState.NONE,
            ask_attempt=int(is_candidate),
        )
        asked = message if is_candidate else None


def agree(user: User, today: datetime, *, days: int) -> list[PlanTopic]:
    """The plan and its topics, each proposal that changed it or was refused, the one that waits, and every review."""
    start = _morning(today, days)
    topics = [
        Topic(
            name=topic.name,
            description=topic.description,
            expected_outcome=topic.outcome,
            priority=place + 1,
            daily_study_minutes=minutes_of(place),
        )
        for place, topic in enumerate(topics_of_plan())
    ]
    rows = [PlanTopic.objects.create(user=user, created_at=start, **topic.as_json()) for topic in topics]
    plan = [replace(topic, id=row.pk) for topic, row in zip(topics, rows, strict=True)]
    first = _proposal(user, [], plan, start, source=PlanProposal.Source.CHAT)
    _settle(first, PlanProposal.Status.APPROVED, version=1)
    version = 1
    for number, ago in enumerate(range(days - 1, 0, -1), start=1):
        at = _morning(today, ago)
        changed = None
        if ago == 1 or number % CHANGE_EVERY == 0:
            proposed = _moved(plan, number)
            changed = _proposal(user, plan, proposed, at, version=version)
            if ago > 1 and number // CHANGE_EVERY % REFUSED_EVERY == 0:
                _settle(changed, PlanProposal.Status.REJECTED, reason="I want to keep this for now.")
            elif ago > 1:
                version, plan = version + 1, proposed
                _settle(changed, PlanProposal.Status.APPROVED, version=version)
        _review(user, at, changed)
    for row, topic in zip(rows, plan, strict=True):
        row.daily_study_minutes = topic.daily_study_minutes
    PlanTopic.objects.bulk_update(rows, ["daily_study_minutes"])
    return rows


def _morning(today: datetime, ago: int) -> datetime:
    """When reviews are written: before the first session of that day, and before `HOURS` and what copies subtract."""
    return datetime.combine(today.date() - timedelta(days=ago), time(17, 30), tzinfo=UTC)


def _moved(plan: list[Topic], number: int) -> list[Topic]:
    """The plan with five minutes moved from one topic that has them to another."""
    giving = [place for place, topic in enumerate(plan) if topic.daily_study_minutes > 5]
    giver = giving[number % len(giving)]
    taker = (giver + 1 + number % (len(plan) - 1)) % len(plan)
    step = {giver: -5, taker: 5}
    return [
        replace(topic, daily_study_minutes=topic.daily_study_minutes + step.get(place, 0))
        for place, topic in enumerate(plan)
    ]


def _proposal(
    user: User,
    base: list[Topic],
    topics: list[Topic],
    at: datetime,
    *,
    version: int = 0,
    source: str = PlanProposal.Source.REVIEW,
) -> PlanProposal:
    """A proposal that waits for a decision."""
    before = {topic.name: topic.daily_study_minutes for topic in base}
    return PlanProposal.objects.create(
        user=user,
        source=source,
        status=PlanProposal.Status.OPEN,
        base_version=version,
        overview={
            "target_role": user.current_role,
            "total_daily_minutes": total(topics),
            "time_horizon_weeks": 12,
            "rationale": demo_history()["plans"][1 if base else 0]["rationale"],
        },
        base_topics=base,
        topics=topics,
        changes=[
            Change(
                topic=topic.name,
                change="more_time" if topic.daily_study_minutes > before[topic.name] else "less_time",
                reason=REASON,
                topic_id=topic.id,
            )
            for topic in topics
            if before.get(topic.name, topic.daily_study_minutes) != topic.daily_study_minutes
        ],
        ask_state=AskState.DONE,
        ask_attempt=1,
        asked_at=at,
        created_at=at,
    )


def _settle(proposal: PlanProposal, status: str, *, version: int | None = None, reason: str = "") -> None:
    proposal.status, proposal.version, proposal.rejection_reason = status, version, reason
    proposal.decided_at = proposal.created_at + timedelta(minutes=5)
    proposal.save()


def _review(user: User, at: datetime, changed: PlanProposal | None) -> None:
    DailyReview.objects.create(
        user=user,
        local_day=at.date(),
        rationale=changed.overview["rationale"] if changed else "Your plan fits what you practise. It stays as it is.",
        proposal=changed,
        created_at=at,
        asked_at=at,
        ask_state=AskState.DONE,
        ask_attempt=1,
    )


def interview(user: User, topics: list[PlanTopic], today: datetime, *, days: int) -> None:
    """An interview of yesterday that was read and waits to be kept, and an earlier one that was kept."""
    told = demo_history()["debriefs"][0]
    for ago in {1, min(days, EARLIER_INTERVIEW)}:
        day = (today - timedelta(days=ago)).date()
        asked: list[dict[str, Any]] = [
            {"question": line["question"], "topic": topics[place].pk, "went": line["went"]}
            for place, line in enumerate(told["asked"])
        ]
        if is_kept := ago > 1:
            questions = Question.objects.bulk_create(
                Question(
                    user=user,
                    topic_id=line["topic"],
                    text=line["question"],
                    origin=Question.Origin.CANDIDATE,
                    asked_for_real_on=day,
                    created_at=_morning(today, ago),
                )
                for line in asked
            )
            asked = [{**line, "question_id": one.pk} for line, one in zip(asked, questions, strict=True)]
        Debrief.objects.create(
            user=user,
            held_on=day,
            outcome=told["outcome"],
            text=told["text"].strip(),
            asked=asked,
            gaps=told["gaps"],
            version=2 if is_kept else 1,
            confirmed_at=_morning(today, ago) if is_kept else None,
            weighed_at=_morning(today, ago) if is_kept else None,
            created_at=_morning(today, ago),
            ask_state=AskState.DONE,
            ask_attempt=1,
        )


def pay(user: User, life: Life, today: datetime, *, days: int) -> None:
    """The ledger: a call for each answer, for each session's questions and summary, and for each review."""
    calls = [("evaluate_answer", given.at + timedelta(minutes=5)) for given in life.given]
    for sitting in life.sittings:
        calls += [("generate_questions", sitting.at), ("reconcile_session", sitting.at + timedelta(minutes=26))]
    calls += [("suggest_plan_changes", _morning(today, ago)) for ago in range(days - 1, 0, -1)]
    LLMCall.objects.bulk_create(
        (
            LLMCall(
                user=user,
                mode=mode,
                model=MODEL,
                prompt_digest=DIGEST,
                input_tokens=COST[mode][0],
                cached_tokens=1024,
                output_tokens=COST[mode][1],
                milliseconds=COST[mode][2],
                first_token_milliseconds=COST[mode][2] // 5,
                outcome="ok",
                at=at,
            )
            for mode, at in sorted(calls, key=lambda call: call[1])
        ),
        batch_size=2000,
    )
