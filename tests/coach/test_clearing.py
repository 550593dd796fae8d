"""Once a day the worker clears away what has ended."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone
from django_q.models import Failure, Schedule, Success

from coach.models import LoginSession
from coach.tasks import clear_away

pytestmark = pytest.mark.django_db


def test_ended_sessions_and_old_tasks_go_and_others_stay():
    now = timezone.now()
    for key, days in (("ended", -1), ("runs", 1)):
        LoginSession.objects.create(session_key=key, session_data="", expire_date=now + timedelta(days=days))
    for model, success in ((Success, True), (Failure, False)):
        for age in (40, 1):
            then = now - timedelta(days=age)
            name = f"{success}-{age}"
            model.objects.create(id=name, name=name, func="f", started=then, stopped=then, success=success)
    clear_away()
    assert [one.session_key for one in LoginSession.objects.all()] == ["runs"]
    assert [one.id for one in Success.objects.all()] == ["True-1"]
    assert [one.id for one in Failure.objects.all()] == ["False-1"]


def test_it_is_scheduled_daily():
    schedule_it = importlib.import_module("coach.migrations.0008_schedule_the_clearing").schedule
    schedule_it(apps, None)  # the migration's own row may have gone with a test that emptied the database
    assert Schedule.objects.get(func="coach.tasks.clear_away").schedule_type == Schedule.DAILY
