"""What the candidate tells of a real interview: it is kept, read by the coach, and confirmed by the candidate."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format

from coach.caps import CapReached
from coach.encryption.unreadable import is_untouched
from coach.models import User
from coach.time_zone import day_start, local_day
from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import AskState
from llm_modes.asking.trying_again import hand_to_worker
from llm_modes.failures import DEBRIEF_BEYOND_RULES, LLMFailure
from llm_modes.read_debrief.schema import MODE as READ_DEBRIEF
from llm_modes.read_debrief.schema import ReadDebriefInputs
from llm_modes.suggest_plan.plan import key
from plans import caps, daily_review, gaps
from plans.countdown import Countdown
from plans.journey import brief_of, language_of, open_proposals, stage_beside_proposals
from plans.models import DailyReview, Debrief, PlanTopic
from plans.plan_in_force import lock, topics_in_force
from plans.proposals.asking import request

# For so long after the interview's day home asks how it went.
ASKED_FOR = timedelta(days=30)


def of(user: User) -> QuerySet[Debrief]:
    """All interviews of which the candidate has told, the last one first."""
    return Debrief.objects.filter(user=user).order_by("-held_on", "-pk")


def day_to_ask_about(user: User, countdown: Countdown, topics: Sequence[PlanTopic]) -> date | None:
    """The day of the candidate's interview, if it has come and they have not told of it; None after ASKED_FOR.

    What was told since is taken for it, be it under another day. `topics`: one or more, read `with_told()`.
    """
    day = countdown.interview_on
    if day is None or countdown.phase not in ("today", "over") or countdown.today - day > ASKED_FOR:
        return None
    told_at = topics[0].told_at
    return None if topics[0].is_told or (told_at and told_at >= day_start(user, day)) else day


def likely_day(user: User) -> date:
    """The day that a new account is probably about: that of the interview if it has come, else today."""
    day, today = brief_of(user).interview_on, local_day(user)
    return day if day and day <= today else today


def tell(user: User, *, held_on: date, outcome: str, text: str) -> Debrief:
    """Save what the candidate tells, which then waits to be read. The same words once more are not saved again.

    Raises CapReached.
    """
    with transaction.atomic():
        user = lock(user)
        same = (one for one in of(user).filter(held_on=held_on) if one.text == text)
        debrief = next(same, None)
        if debrief is None:
            caps.require_debrief(user)
            debrief = Debrief(user=user, held_on=held_on, text=text)
            _want_read(debrief)
        debrief.outcome = outcome
        debrief.save()
    return debrief


def change(debrief: Debrief, *, held_on: date, outcome: str, text: str) -> Debrief:
    """Save what the candidate changed. Another text is read anew; one whose lines they have kept stays as it is."""
    with transaction.atomic():
        locked = Debrief.objects.select_for_update(of=("self",)).select_related("user").get(pk=debrief.pk)
        locked.held_on = held_on
        # One that cannot be read looks as if it were not said.
        if outcome or not is_untouched(locked.outcome):
            locked.outcome = outcome
        if not locked.confirmed_at and (locked.text != text or locked.ask_state == AskState.NONE):
            locked.text, locked.asked, locked.gaps = text, [], []
            locked.version += 1
            _want_read(locked)
        locked.save()
    return locked


def _want_read(debrief: Debrief) -> None:
    """Let it wait to be read, if there is something to read and a plan to read it for; rules cannot read it."""
    if not debrief.text or not topics_in_force(debrief.user):
        debrief.ask_state, debrief.ask_failure = AskState.NONE, ""
        return
    debrief.mark_pending()
    if settings.OFFLINE_COACH:
        debrief.ask_state, debrief.ask_failure = AskState.FAILED, DEBRIEF_BEYOND_RULES


def read(debrief: Debrief) -> Debrief:
    """Have the coach read it. Never raises LLMFailure: what has failed can be read again."""
    return ask_and_apply(
        debrief,
        mode=READ_DEBRIEF,
        candidate=debrief.user,
        stage=lambda row: stage_beside_proposals(row.user),
        inputs=_asked_for,
        apply=_take_in,
    )


def _asked_for(debrief: Debrief) -> ReadDebriefInputs:
    """The inputs for the coach; rules could say nothing to them. Raises LLMFailure."""
    if settings.OFFLINE_COACH:
        raise LLMFailure(DEBRIEF_BEYOND_RULES)
    return prompt_inputs(debrief)


def prompt_inputs(debrief: Debrief) -> ReadDebriefInputs:
    """The inputs of ReadDebrief. Raises LLMFailure."""
    if is_untouched(debrief.text):
        raise LLMFailure("unreadable")
    user = debrief.user
    topics = [topic.name for topic in topics_in_force(user)]
    return ReadDebriefInputs(language=language_of(user), role=user.current_role, topics=topics, told=debrief.text)


def _take_in(debrief: Debrief, answer: Any) -> None:
    """Store what the coach has read, for the candidate to correct."""
    topics = {key(topic.called): topic.pk for topic in PlanTopic.objects.filter(user=debrief.user).in_force()}
    debrief.asked = [
        {"question": one.question, "topic": topics.get(key(one.topic or "")), "went": one.went or ""}
        for one in answer.reply.asked
    ]
    debrief.gaps = [one.model_dump() for one in answer.reply.gaps]
    debrief.version += 1


# --- what becomes of its gaps ----------------------------------------------------------------------------------------


def have_plan_looked_at(debrief: Debrief) -> None:
    """Have the plan looked at with the gaps of an interview, at once: by today's review, or by a proposal after it.

    While a proposal waits for the candidate's decision, or in the last days before the next interview, nothing is
    asked: the review after that is told of them.
    """
    user, countdown = debrief.user, Countdown.of(debrief.user)
    rehearses = countdown.is_for_rehearsal and not gaps.of_todays_interview(user, countdown)
    if not debrief.gaps or open_proposals(user).exists() or rehearses:
        return
    if _comes_today(daily_review.todays(user)):
        review = daily_review.start(user)
        if review and review.ask_state == AskState.PENDING:
            hand_to_worker(review)
    elif not settings.OFFLINE_COACH:
        day = date_format(debrief.held_on, "j F")
        wish = [f"My interview on {day} showed that I lack: {line['gap']}" for line in debrief.gaps]
        try:
            debrief.weighed_in = request(user, feedback=wish)
            debrief.save(update_fields=["weighed_in"])
        except CapReached:
            return  # tomorrow's review is told of them


def _comes_today(review: DailyReview | None) -> bool:
    """Whether today's review is still to be written, so that it can be told of what is new."""
    return review is None or review.is_quiet or not (review.is_answered or review.is_being_asked)
