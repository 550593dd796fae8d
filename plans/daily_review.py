"""The coach's look at the whole plan, at most once per candidate and local day."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from coach.counted import counted
from coach.models import User
from coach.time_zone import local_day, zone_of
from llm_modes.asking.rows import UNANSWERED, AskState
from llm_modes.asking.trying_again import (
    FIRST_LOOK_AFTER,
    MOST_TRIES,
    ask_and_come_back,
    due,
    hand_all_to_worker,
    hand_to_worker,
)
from llm_modes.suggest_plan.plan import Topic, key, total
from llm_modes.suggest_plan_changes.schema import MODE as SUGGEST_PLAN_CHANGES
from llm_modes.suggest_plan_changes.schema import SuggestPlanChangesInputs
from plans import gaps
from plans.countdown import Countdown
from plans.journey import open_proposals, plan_version, stage_of
from plans.models import DailyReview, PlanProposal, PlanTopic, TopicProgress
from plans.noticed import review_inputs
from plans.plan_in_force import topics_in_force
from plans.progress import ENOUGH_MARKS, progress_seen, strength_said
from plans.proposals.writing import changes_inputs, lessons, own_words, put_before_candidate, take_in


def todays(user: User) -> DailyReview | None:
    """The review of the candidate's local day, if there is one.

    A review of a later day counts too: when a clock or a time zone goes back, the day gets no second review.
    """
    return DailyReview.objects.filter(user=user, local_day__gte=local_day(user)).order_by("-local_day").first()


# What is said of a review whose changes went too far.
WENT_TOO_FAR = (
    "What I had in mind was more than I change at a time, or something that you have decided lately. So the plan stays "
    "as it is."
)

MOVED_ON = "Your plan changed while I looked at it, so I leave it as you have it now."


def why_quiet(user: User, waiting: PlanProposal | None) -> str:
    """Why a review could bring nothing now, in a sentence; "" if it is worth a call. `waiting`: the open proposal."""
    if waiting:
        return (
            f"A proposal of {_day(user, waiting.created_at)} waits for your word. I propose nothing else before that."
        )
    countdown = Countdown.of(user)
    if countdown.is_for_rehearsal and not gaps.of_todays_interview(user, countdown):
        return f"Your interview is {countdown.when}, so I propose nothing new: rehearse what you know."
    if gaps.that_count(user):
        return ""
    practised = TopicProgress.objects.filter(topic__user=user, sessions__gt=0)
    # The last review that asked the coach: the quiet ones did not look at the practice before them.
    last = _last_asked(user)
    if last is None or last.asked_at is None:
        return "" if practised.exists() else "You have not practised yet, so there is nothing to look at so far."
    if practised.filter(last_practised_at__gt=last.asked_at).exists():
        return ""
    on = _day(user, last.asked_at)
    return f"You have not practised since the last review, on {on}, so there is nothing new to look at."


def _last_asked(user: User) -> DailyReview | None:
    looked = DailyReview.objects.filter(user=user, ask_state=AskState.DONE).exclude(asked_at=None)
    return looked.order_by("-asked_at").first()


def _day(user: User, at: datetime) -> str:
    return date_format(at.astimezone(zone_of(user)), "j F")


def _kept_quiet(review: DailyReview) -> bool:
    """Answer the review with that sentence, and without a call, if a call could bring nothing."""
    with transaction.atomic():
        waiting = DailyReview.objects.select_for_update(of=("self",)).filter(pk=review.pk, ask_state__in=UNANSWERED)
        row = waiting.first()
        if row is None or row.is_being_asked:
            return False
        sentence = why_quiet(review.user, open_proposals(review.user).first())
        if not sentence:
            return False
        row.rationale, row.ask_state, row.ask_failure, row.next_try_at = sentence, AskState.DONE, "", None
        row.asked_at = None
        row.save()
    review.refresh_from_db()
    return True


def start(user: User) -> DailyReview | None:
    """Today's review. If there is none, one is saved, which waits to be written; None without a plan.

    A failed review waits again, and so does one that had nothing to look at: neither uses up the day.
    """
    if not topics_in_force(user):
        return None
    review = (
        todays(user)
        or DailyReview.objects.get_or_create(
            user=user, local_day=local_day(user), defaults={"ask_state": AskState.PENDING, **_looked_at_soon()}
        )[0]
    )
    # Conditional, so that a review that somebody is writing is not changed.
    again = Q(ask_state=AskState.FAILED)
    if can_look_again(review):
        again |= Q(ask_state=AskState.DONE, asked_at=None)
    DailyReview.objects.filter(again, pk=review.pk).update(
        ask_state=AskState.PENDING, ask_failure="", **_looked_at_soon()
    )
    review.refresh_from_db()
    _kept_quiet(review)
    return review


def can_look_again(review: DailyReview) -> bool:
    """Whether today's review was quiet, and there is something to look at now."""
    return review.is_quiet and not why_quiet(review.user, open_proposals(review.user).first())


def _looked_at_soon() -> dict[str, Any]:
    """Fields of a review that its page will ask for: the sweep enqueues it if the page does not, as in a closed tab."""
    return {"next_try_at": timezone.now() + FIRST_LOOK_AFTER}


def start_for(user: User) -> DailyReview | None:
    """Have the worker write today's review if there is practice to review. It does not wait for it.

    Called at login and at the first request of a day, since a login lasts for weeks.

    The row and its task are stored in one transaction, so there is never one without the other. A login enqueues a
    failed review again, but not more often than the sweep: a program may log in every minute.
    """
    practised = PlanTopic.objects.filter(user=user, progress__sessions__gt=0).in_force()
    if not practised.exists():
        return None
    with transaction.atomic():
        review = todays(user)
        if review is None or (review.failure and not review.is_stopped and review.ask_attempt < MOST_TRIES):
            review = start(user)
            if review and review.ask_state == AskState.PENDING:
                hand_to_worker(review)
    return review


def is_missing(user: User) -> bool:
    """Whether today's review has not been started. One query."""
    practised = PlanTopic.objects.filter(user=user, progress__sessions__gt=0).in_force()
    return practised.exclude(user__daily_reviews__local_day__gte=local_day(user)).exists()


def hand_due_to_worker() -> int:
    """Enqueue the due reviews that wait, failed or were interrupted, as long as their day lasts. Returns how many.

    The sweep calls it.
    """
    # No time zone is more than twelve hours behind UTC.
    lasting = due(DailyReview).filter(local_day__gte=(timezone.now() - timedelta(hours=12)).date())
    return hand_all_to_worker(
        review for review in lasting.select_related("user")[:500] if review.local_day >= local_day(review.user)
    )


def write(review: DailyReview) -> DailyReview:
    """Have the coach write the review. Never raises LLMFailure: a failed review can be written again."""
    user = review.user
    base, version = topics_in_force(user), plan_version(user)
    if not base:
        DailyReview.objects.filter(pk=review.pk).update(next_try_at=None)
        return review
    if _kept_quiet(review):
        return review

    def inputs(_row: DailyReview) -> SuggestPlanChangesInputs:
        topics = list(PlanTopic.objects.filter(user=user).in_force().select_related("progress"))
        feedback, seen, last = own_words(user) + lessons(user), review_inputs(user, topics), _last_asked(user)
        said_last = last.rationale if last else ""
        return changes_inputs(user, base=base, feedback=feedback, trigger="review", said_last=said_last, **seen)

    return ask_and_come_back(
        review,
        mode=SUGGEST_PLAN_CHANGES,
        candidate=user,
        stage=lambda row: stage_of(row.user),
        inputs=inputs,
        apply=lambda row, answer: _take_in(row, answer, base=base, version=version),
    )


def _take_in(review: DailyReview, answer: Any, *, base: list[Topic], version: int) -> None:
    """Store the coach's words. Changes become a proposal; without changes nothing has to be decided.

    The plan stays if the changes go too far for a review, or if another proposal waits.
    """
    review.next_try_at = None
    reply, told = answer.reply, answer.inputs
    if plan_version(review.user) != version:
        review.rationale = MOVED_ON
        return
    if told.broken_rules(reply.topics):
        review.rationale = WENT_TOO_FAR
        return
    proposal = PlanProposal(
        user=review.user,
        source=PlanProposal.Source.REVIEW,
        base_version=version,
        base_topics=base,
        ask_state=AskState.DONE,
    )
    take_in(proposal, reply)
    add_evidence(proposal)
    if told.week:
        _mark_size(proposal, told.week.signal)
    review.rationale = proposal.overview["rationale"]
    if proposal.status != PlanProposal.Status.OPEN:
        gaps.weigh(review.user, told_at=review.asked_at)
        return
    if put_before_candidate(proposal, gives_way=True):
        review.proposal = proposal
        gaps.weigh(review.user, told_at=review.asked_at, proposal=proposal)
    else:
        review.rationale = why_quiet(review.user, open_proposals(review.user).first())


def _mark_size(proposal: PlanProposal, signal: str) -> None:
    """Mark the changes that bring the plan to the size that is done: to refuse them is to refuse that one idea."""
    sizing = {"more planned than done": "less_time", "more done than planned": "more_time"}.get(signal)
    grows = total(proposal.topics) - total(proposal.base_topics)
    if grows < 0 if sizing == "less_time" else grows > 0:
        proposal.changes = [replace(change, sizes_plan=change.change == sizing) for change in proposal.changes]


def add_evidence(proposal: PlanProposal) -> None:
    """Add the evidence to the reason of each change. It is counted from rows, and not taken from the reply."""
    topics = PlanTopic.objects.filter(user=proposal.user).in_force().select_related("progress")
    known = {key(topic.called): topic for topic in topics}
    proposal.changes = [
        replace(change, topic_id=topic.pk, evidence=_evidence(topic))
        if (topic := known.get(key(change.topic)))
        else change
        for change in proposal.changes
    ]


def _evidence(topic: PlanTopic) -> str:
    """The counts of a topic, in the words of the review's page."""
    known = progress_seen(topic)
    said = strength_said(topic)
    parts = [
        said if known.strength_rating is None else f"strength {said}",
        counted(known.marked_attempts, "mark") if known.marked_attempts >= ENOUGH_MARKS else "",
        f"{counted(known.sessions, 'session')}, {counted(known.minutes_spent, 'minute')}"
        if known.sessions
        else "no finished session yet",
    ]
    return ", ".join(part for part in parts if part)
