"""Choose a session and start it."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from plans.agenda import set_minutes_today
from study import sessions
from study.models import StudySession
from tests.factories import make_attempt, make_practice_day, make_progress, make_question, make_session

pytestmark = pytest.mark.django_db
URL = reverse("study:sessions")


def start(client, topic, minutes="15"):
    return client.post(URL, {"topic_id": topic.pk, "planned_study_time": minutes})


def test_the_suggested_session_stands_on_top_with_the_reason_and_the_others_below(client, alice):
    page = client.get(URL).content.decode()
    assert page.index("System design") < page.index("Conflict stories") < page.index("Algorithms")
    assert "Not practised yet" in page
    assert page.count('name="planned_study_time"') == 3


def test_the_others_stand_in_the_order_of_their_turns_each_as_long_as_it_would_be_now(client, alice):
    design, conflicts, algorithms = alice.plan_topics.in_force()
    make_progress(design, unpractised=1, waited=1, lag=-0.4)
    make_progress(conflicts, unpractised=0, lag=-0.9)
    make_progress(algorithms, unpractised=5, waited=5, lag=0.8)
    set_minutes_today(alice, 12)
    page = BeautifulSoup(client.get(URL).content, "lxml")
    topics = [int(field["value"]) for field in page.select("main input[name=topic_id]")]
    assert topics == [algorithms.pk, design.pk, conflicts.pk]
    assert [field["value"] for field in page.select("main input[name=planned_study_time]")] == ["12", "12", "12"]
    assert [why.get_text().split(";")[0] for why in page.select(".why")] == [
        "Its turn: not practised for 5 sessions",
        "One session since its last",
        "Practised last",
    ]
    assert client.get(reverse("home")).content.decode().count("Its turn: not practised for 5 sessions") == 1


def test_another_topic_can_be_chosen_with_other_minutes(client, alice):
    other = alice.plan_topics.in_force()[2]
    start(client, other, "7")
    session = StudySession.objects.get()
    assert (session.topic, session.planned_duration) == (other, 7)
    assert session.rounds.get().ask_state == "pending"


def test_a_second_start_leads_to_the_running_session_and_says_so(client, alice):
    topic, other, _third = alice.plan_topics.in_force()
    start(client, topic)
    response = client.post(URL, {"topic_id": other.pk, "planned_study_time": "15"}, follow=True)
    assert StudySession.objects.get().topic == topic
    assert "running already" in response.content.decode()


@pytest.mark.parametrize(
    ("minutes", "message"), [("0", "at least 1"), ("481", "at most 480"), ("", "How many"), ("x", "whole")]
)
def test_minutes_out_of_range_are_refused_in_words(client, alice, minutes, message):
    response = start(client, alice.plan_topics.in_force()[0], minutes)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not StudySession.objects.exists()


def test_a_topic_of_someone_else_is_not_found_and_one_that_left_the_plan_is_said_to_have(client, alice, bob):
    assert start(client, bob.plan_topics.in_force()[0]).status_code == 404
    topic = alice.plan_topics.in_force()[0]
    topic.archived_at = timezone.now()
    topic.save()
    response = client.post(URL, {"topic_id": topic.pk, "planned_study_time": 20}, follow=True)
    assert "That topic has left your plan since the page was opened." in response.content.decode()
    assert response.redirect_chain == [(URL, 302)] and not StudySession.objects.exists()


def test_an_anonymous_visitor_is_sent_to_the_login(client):
    assert client.get(URL).url.startswith(reverse("login"))
    assert client.post(URL).url.startswith(reverse("login"))


def test_other_methods_are_refused(client, alice):
    assert client.put(URL).status_code == 405


def test_the_time_practised_today_is_taken_off_the_suggestion(client, alice):
    topic = alice.plan_topics.in_force()[0]
    make_practice_day(topic, minutes=25)
    assert "Algorithms" in client.get(URL).content.decode()


def test_a_session_left_alone_is_ended_before_the_next_one_starts(client, alice):
    long_ago = timezone.now() - timedelta(minutes=51)
    old = make_session(alice, minutes=20, start_time=long_ago, last_interaction_time=long_ago + timedelta(minutes=3))
    start(client, alice.plan_topics.in_force()[1])
    old.refresh_from_db()
    assert old.ended_by == "abandoned"
    assert old.seconds_spent == 180
    assert sessions.running_session(alice).pk != old.pk


def test_earlier_sessions_say_their_answers_and_marks_with_as_many_queries_as_one(
    client, alice, django_assert_num_queries
):
    topic = alice.plan_topics.in_force()[0]
    assert client.get(URL).status_code == 200
    with CaptureQueriesContext(connection) as without:
        client.get(URL)
    marks = [[], [7], [4, 6, 9], [3, 4, 5, 6, 7, 8, 9]]
    for scores in marks:
        session = make_session(alice, topic=topic, ended=True)
        for score in scores:
            make_attempt(alice, session=session, state="marked", score=score)
    waiting = make_session(alice, topic=topic, ended=True)
    make_attempt(alice, session=waiting, state="marked", score=8)
    make_attempt(alice, session=waiting, state="failed")
    make_attempt(alice, session=waiting, state="draft")
    left = make_session(alice, topic=topic, ended=True)
    make_attempt(alice, session=left, state="marked", score=2)
    make_attempt(alice, session=left, state="draft", draft_saved_at=timezone.now())
    unmarked = make_session(alice, topic=topic, ended=True)
    make_attempt(alice, session=unmarked, state="submitted")
    begun = make_session(alice, topic=topic, ended=True)
    make_attempt(alice, session=begun, state="draft", draft_saved_at=timezone.now())
    voided = make_question(alice, topic=topic, voided_at=timezone.now())
    make_attempt(alice, session=unmarked, question=voided, state="marked", score=1)
    with django_assert_num_queries(len(without)):
        page = client.get(URL).content.decode()
    for words in (
        "no answer",
        "1 answer not submitted",
        "1 answer, mark 7<",
        "3 answers, marks 4, 6 and 9<",
        "7 answers, marks 3 to 9<",
        "2 answers, mark 8, 1 without a mark yet",
        "1 answer, no mark yet",
        "1 answer, mark 2; 1 not submitted",
    ):
        assert page.count(f": {words}") == 1, words
