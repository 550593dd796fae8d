"""Lists that grow show the latest rows, and lead to those before them without scripts."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from coach.paging import part_of
from study.models import StudySession
from tests.factories import (
    make_attempt,
    make_debrief,
    make_plan,
    make_progress,
    make_question,
    make_session,
    make_story,
    make_topic,
    make_user,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def sessions(owner):
    return [make_session(owner, ended=NOW - timedelta(days=30 - day)) for day in range(25)]


def answers(owner):
    question, session = make_question(owner), make_session(owner, ended=True)
    return [
        make_attempt(owner, question=question, session=session, state="marked", submitted_at=NOW - timedelta(days=day))
        for day in range(25, 0, -1)
    ]


def interviews(owner):
    return [make_debrief(owner, held_on=NOW.date() - timedelta(days=25 - day)) for day in range(25)]


def notes(owner):
    return [make_story(owner, version=0, ask_state="failed", notes="night shift") for _number in range(25)]


def topics(owner):
    gone = [make_topic(owner, f"Left {day:02}", archived_at=NOW - timedelta(days=25 - day)) for day in range(25)]
    for topic in gone:
        make_progress(topic)
    return gone


LISTS = {
    "sessions": (sessions, lambda _row: reverse("study:sessions"), lambda row: f"/sessions/{row.pk}/", 10),
    "answers": (
        answers,
        lambda row: reverse("study:question_attempts", args=[row.question_id]),
        lambda row: f"/attempts/{row.pk}/",
        20,
    ),
    "interviews": (interviews, lambda _row: reverse("study:debriefs"), lambda row: f"/debriefs/{row.pk}/", 20),
    "notes": (notes, lambda _row: reverse("study:stories"), lambda row: f"/questions/{row.question_id}/story/", 20),
    "topics": (topics, lambda _row: reverse("plans:notes"), lambda row: f'id="note-{row.pk}"', 8),
}


@pytest.fixture
def owner(client):
    alice = make_user("alice")
    make_plan(alice)
    client.force_login(alice)
    return alice


@pytest.mark.parametrize("what", LISTS)
def test_a_list_shows_the_latest_and_leads_to_all_others_and_back(client, owner, what):
    make, address, link, most = LISTS[what]
    rows, other = make(owner), make(make_user("bob"))[0]
    url, left, place = address(rows[0]), rows[::-1], ""
    while left:
        page = client.get(url + place).content.decode()
        assert [row for row in rows[::-1] if link(row) in page] == left[:most]
        assert ("Latest " + what in page) is bool(place)
        left = left[most:]
        found = re.search(rf'href="(\?before=\d+)#[-\w]+">Earlier {what}<', page)
        assert bool(found) is bool(left)
        place = found[1] if found else ""
    latest = [link(row) for row in rows[::-1][:most]]
    for odd in ("", "x", "²", "-1", "0", "9" * 30, "\x00", other.pk):
        page = client.get(url, {"before": odd}).content.decode()
        assert all(one in page for one in latest), odd


def test_rows_of_the_same_moment_are_neither_lost_nor_shown_twice(owner):
    made = [make_session(owner, ended=NOW).pk for _number in range(7)]
    found, before = [], None
    for _page in range(4):
        part = part_of(StudySession.objects.filter(user=owner), before, 2, by="end_time")
        found += [session.pk for session in part.rows]
        before = str(part.earlier)
    assert found == made[::-1] and part.earlier is None


@pytest.mark.parametrize("odd", ["x", "²", "007", "9" * 30, "\x00"])
def test_two_answers_that_are_not_there_are_compared_as_the_last_two(client, owner, odd):
    made = answers(owner)
    url = reverse("study:question_attempts", args=[made[0].question_id])
    for asked in ({"earlier": odd, "later": made[3].pk}, {"earlier": made[3].pk, "later": made[3].pk}):
        assert f'value="{made[-2].pk}" selected' in client.get(url, asked).content.decode()
    far = client.get(url, {"earlier": f"0{made[0].pk}", "later": made[1].pk}).content.decode()
    assert all(f'value="{one.pk}" selected' in far for one in made[:2])
