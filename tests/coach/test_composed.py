"""Queries that are composed once answer as Django's own do."""

from datetime import timedelta

import pytest
from django.db.models import Exists, OuterRef
from django.utils import timezone

from coach.composed import composed_once
from coach.time_zone import local_day
from plans.models import PlanTopic, PracticeDay
from tests.factories import make_plan, make_practice_day, make_progress, make_user

pytestmark = pytest.mark.django_db


@composed_once
def practised(user, since):
    days = PracticeDay.objects.filter(topic=OuterRef("pk"), local_day__gte=since)
    topics = PlanTopic.objects.filter(user=user).in_force().select_related("progress").defer("created_at")
    return topics.annotate(is_practised=Exists(days))


@composed_once
def made_before(moment, user):
    return PlanTopic.objects.filter(user=user, created_at__lt=moment).values_list("daily_study_minutes", flat=True)


def test_each_call_has_its_own_values():
    alice, bob = make_user(), make_user()
    first, *_ = make_plan(owner=alice)
    (theirs, *_), today = make_plan(owner=bob), local_day(bob)
    make_practice_day(theirs, local_day=today)
    make_progress(first, sessions=7)
    assert [topic.is_practised for topic in practised(alice.pk, today)] == [False, False, False]
    assert [topic.is_practised for topic in practised(bob.pk, today)] == [True, False, False]
    assert not any(topic.is_practised for topic in practised(bob.pk, today + timedelta(days=1)))
    assert practised(bob.pk + 1, today) == []
    now = timezone.now()
    assert made_before(now, alice.pk) == [20, 15, 10]
    assert made_before(now - timedelta(days=1), alice.pk) == []


def test_rows_are_whole_and_what_was_deferred_is_read_when_it_is_wanted(django_assert_num_queries):
    alice = make_user()
    first, *_ = make_plan(owner=alice)
    make_progress(first, sessions=7)
    with django_assert_num_queries(1):
        topic, second, _third = practised(alice.pk, local_day(alice))
        assert (topic.name, topic.progress.sessions, topic.user_id) == (first.name, 7, alice.pk)
        assert getattr(second, "progress", None) is None
    with django_assert_num_queries(1):
        assert topic.created_at == first.created_at


def test_what_could_not_be_put_in_later_is_refused():
    @composed_once
    def reckons(user, day):
        return PracticeDay.objects.filter(topic__user=user, local_day__gte=day - timedelta(days=3))

    @composed_once
    def asks_for_nothing(user):
        return PlanTopic.objects.filter(user=user).none()

    for query, values in ((reckons, (1, local_day(make_user()))), (asks_for_nothing, (1,)), (practised, (1, None))):
        with pytest.raises(TypeError):
            query(*values)
