"""Ending a session: once, by the candidate or by itself."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from plans.models import PracticeDay
from study import sessions, tasks
from study.models import Reconciliation, StudySession
from tests.factories import make_attempt, make_session
from tests.reading import only_reading

pytestmark = pytest.mark.django_db


def end(client, session):
    return client.post(reverse("study:session_end", args=[session.pk]))


def test_ending_hands_the_reconciliation_to_the_worker_with_its_id_only(client, alice):
    session = make_session(alice)
    response = end(client, session)
    assert response.url == reverse("study:session_detail", args=[session.pk])
    task = OrmQ.objects.get().task
    assert task["func"] == "study.tasks.reconcile"
    assert task["args"] == (Reconciliation.objects.get().pk,)
    assert "Writing the summary" in client.get(response.url).content.decode()


def test_ending_twice_changes_nothing(client, alice):
    session = make_session(alice)
    make_attempt(alice, session=session, state="marked")
    end(client, session)
    session.refresh_from_db()
    first = session.end_time
    assert end(client, session).status_code == 302
    session.refresh_from_db()
    assert session.end_time == first
    assert OrmQ.objects.count() == 1
    assert PracticeDay.objects.get().sessions == 1


def test_the_time_spent_is_noted_for_the_topic_and_the_day(alice):
    session = make_session(alice, start_time=timezone.now() - timedelta(minutes=12))
    make_attempt(alice, session=session, draft_saved_at=timezone.now())
    sessions.end(session)
    assert session.topic.progress.total_time_spent == pytest.approx(720, abs=2)
    assert PracticeDay.objects.get().seconds == pytest.approx(720, abs=2)


def test_someone_elses_session_is_not_found_and_goes_on(client, alice, bob):
    session = make_session(bob)
    assert end(client, session).status_code == 404
    session.refresh_from_db()
    assert session.is_running


def test_it_has_to_be_posted_by_someone_who_is_signed_in(client, alice):
    session = make_session(alice)
    assert client.get(reverse("study:session_end", args=[session.pk])).status_code == 302
    client.logout()
    assert end(client, session).url.startswith(reverse("login"))
    session.refresh_from_db()
    assert session.is_running


def left_alone(alice, *, started: int, acted: int, minutes: int = 20) -> StudySession:
    now = timezone.now()
    return make_session(
        alice,
        minutes=minutes,
        start_time=now - timedelta(minutes=started),
        last_interaction_time=now - timedelta(minutes=acted),
    )


def test_the_sweep_ends_a_session_left_alone_at_its_last_action_and_the_page_says_so(client, alice):
    session = left_alone(alice, started=51, acted=45)
    tasks.sweep()
    session.refresh_from_db()
    assert session.ended_by == "abandoned"
    assert session.end_time == session.last_interaction_time
    assert OrmQ.objects.count() == 1
    page = client.get(reverse("study:session_detail", args=[session.pk])).content.decode()
    assert "ended by itself after a long pause" in page


def test_pages_show_a_session_left_alone_as_over_and_change_nothing_until_something_is_posted(client, alice):
    session = left_alone(alice, started=51, acted=45)
    attempt = make_attempt(alice, session=session, state="marked")
    detail = reverse("study:session_detail", args=[session.pk])
    with only_reading():
        page = client.get(detail).text
        assert "ended by itself after a long pause" in page
        assert "Writing the summary" in page
        others = [reverse(name) for name in ("home", "plans:plan", "study:sessions")]
        others += [
            reverse(name, args=[attempt.question_id]) for name in ("study:question_attempts", "study:question_story")
        ]
        assert not any("Continue the session" in client.get(path).text for path in others)
    client.post(reverse("study:session_summary", args=[session.pk]))
    session.refresh_from_db()
    assert (session.ended_by, session.end_time) == ("abandoned", session.last_interaction_time)
    assert OrmQ.objects.count() == 1
    assert "Writing the summary" in client.get(detail).text


@pytest.mark.parametrize(
    ("started", "acted"), [(49, 45), (90, 29), (19, 19)], ids=["in the grace", "acted late", "early"]
)
def test_the_sweep_leaves_alone_who_may_still_be_there(alice, started, acted):
    session = left_alone(alice, started=started, acted=acted)
    tasks.sweep()
    session.refresh_from_db()
    assert session.is_running


def test_the_worker_sweeps_every_minute():
    # By hand, as a test with real transactions may have emptied the table before this one.
    import_module("study.migrations.0002_schedule_the_sweep").schedule(apps, None)
    schedule = Schedule.objects.get(func="study.tasks.sweep")
    assert (schedule.schedule_type, schedule.minutes, schedule.repeats) == (Schedule.MINUTES, 1, -1)
