"""A candidate who sees all that home can show."""

from datetime import timedelta

from django.utils import timezone

from coach.models import User
from coach.time_zone import local_day
from plans.models import PlanBrief, PlanTopic, TopicProgress
from tests.factories import make_attempt, make_call, make_practice_day, make_proposal, make_session, make_started_call


def add_all_of_home(user: User) -> None:
    """Give a candidate with a plan: a running session, a proposal, a draft, an interview, a day that is used up."""
    now = timezone.now()
    PlanBrief.objects.filter(user=user).update(interview_on=local_day(user) - timedelta(days=1), language="de")
    topics = list(PlanTopic.objects.filter(user=user).in_force())
    for days, topic in enumerate(topics, start=1):
        make_practice_day(topic, local_day=local_day(user) - timedelta(days=days + 1))
    TopicProgress.objects.filter(topic=topics[0]).update(
        signal="neglected", signal_since=now, signal_evidence={"unpractised": 9, "bound": 5}
    )
    left = make_session(user, topic=topics[0], ended=now - timedelta(hours=5))
    make_attempt(user, session=left, draft_saved_at=now - timedelta(hours=5))
    make_session(user, topic=topics[0])
    make_proposal(user, base_version=1, source="review")
    for _ in range(30):
        make_call(user, input_tokens=9_000)
    make_started_call(user, ended=True, reserved_tokens=900)
