"""Home: the one thing to do now."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from coach.time_zone import local_day
from tests.factories import (
    make_attempt,
    make_call,
    make_plan,
    make_progress,
    make_proposal,
    make_reconciliation,
    make_session,
    make_user,
    plan_data,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    user = make_user("alice", name="Alice")
    client.force_login(user)
    return user


def page(client) -> str:
    response = client.get(reverse("home"))
    assert response.status_code == 200
    return response.content.decode()


def test_a_newcomer_is_led_to_the_conversation(client, alice):
    content = page(client)
    assert "Hello, Alice" in content
    assert reverse("plans:chat") in content


def test_the_next_session_can_be_started_from_here(client, alice):
    topics = make_plan(owner=alice)
    content = page(client)
    assert topics[0].name in content
    assert f'name="topic_id" value="{topics[0].pk}"' in content


def test_a_topic_without_marks_says_so_and_draws_no_scale(client, alice):
    make_plan(owner=alice)
    content = page(client)
    assert "No marks yet" in content
    assert "Strength" not in content


def test_a_running_session_comes_first(client, alice):
    session = make_session(alice, topic=make_plan(owner=alice)[0])
    content = page(client)
    assert reverse("study:session_detail", args=[session.pk]) in content
    assert "Continue the session" in content


def test_one_left_running_yesterday_is_over(client, alice):
    topic = make_plan(owner=alice)[0]
    yesterday = timezone.now() - timedelta(days=1)
    make_session(alice, topic=topic, start_time=yesterday, last_interaction_time=yesterday)
    content = page(client)
    assert "Running since" not in content
    assert f'name="topic_id" value="{topic.pk}"' in content


def test_one_that_began_on_another_day_says_which(client, alice):
    yesterday = timezone.now() - timedelta(days=1)
    make_session(alice, topic=make_plan(owner=alice)[0], start_time=yesterday)
    assert f"Running since {yesterday.day} {yesterday:%B}, " in page(client)


def test_the_last_session_is_the_last_one_with_an_answer(client, alice):
    topic = make_plan(owner=alice)[0]
    answered = make_session(alice, topic=topic, ended=timezone.now() - timedelta(hours=2))
    make_attempt(alice, session=answered, state="marked")
    make_reconciliation(answered, ask_state="done")
    looked_in = make_session(alice, topic=topic, ended=True)
    make_reconciliation(looked_in, ask_state="done")
    content = page(client)
    assert "1 answer, mark 6." in content
    assert reverse("study:session_detail", args=[looked_in.pk]) not in content


def test_the_next_session_says_what_to_practise_in_its_own_topic(client, alice):
    first, second = make_plan(owner=alice, topics=plan_data("System design", "Conflict stories"))
    make_progress(first, unpractised=0, next_focus=[{"focus": "End with the result.", "reason": "It was left out."}])
    assert "End with the result." not in page(client)
    make_progress(
        second, waited=1, unpractised=1, next_focus=[{"focus": "Name a figure.", "reason": "None was there."}]
    )
    assert "To practise next: <span" in page(client) and "Name a figure." in page(client)


def test_who_was_away_is_welcome_and_owes_nothing(client, alice):
    first, second, *_ = make_plan(owner=alice)
    make_progress(first, last_practised_at=timezone.now() - timedelta(days=12))
    assert "Welcome back after 12 days. Nothing has piled up: one session is enough for today." in page(client)
    make_progress(second, last_practised_at=timezone.now() - timedelta(days=2))
    assert "Welcome back" not in page(client)


def test_a_session_has_one_time_wherever_it_is_named(client, alice):
    session = make_session(alice, topic=make_plan(owner=alice)[0], minutes=20, ended=timezone.now())
    make_attempt(alice, session=session, state="marked")
    make_reconciliation(session, ask_state="done")
    make_progress(session.topic, sessions=1)
    began = f"{session.start_time.day} {session.start_time:%B, %H:%M}"
    for page in ("home", "plans:notes", "study:sessions"):
        assert began in client.get(reverse(page)).text, page


def test_an_answer_that_was_begun_and_left_is_found_again(client, alice):
    left = make_session(alice, topic=make_plan(owner=alice)[0], ended=timezone.now() - timedelta(hours=10))
    draft = make_attempt(alice, session=left, draft_saved_at=timezone.now() - timedelta(hours=10))
    there = f'href="{reverse("study:attempt_detail", args=[draft.pk])}"'
    content = page(client)
    assert there in content
    assert "You began an answer of 37 words" in content
    long_ago = timezone.now() - timedelta(days=9)
    type(draft).objects.update(draft_saved_at=long_ago)
    assert there not in page(client)


def test_an_open_proposal_is_announced(client, alice):
    proposal = make_proposal(owner=alice)
    assert reverse("plans:proposal_detail", args=[proposal.pk]) in page(client)


def test_another_candidates_rows_do_not_show(client, alice):
    other = make_user("bob")
    session = make_session(other, topic=make_plan(owner=other)[0])
    proposal = make_proposal(owner=other)
    content = page(client)
    assert reverse("study:session_detail", args=[session.pk]) not in content
    assert reverse("plans:proposal_detail", args=[proposal.pk]) not in content


def test_anonymous_visitors_are_sent_to_the_login(client):
    assert client.get(reverse("home"))["Location"].startswith(reverse("login"))


def test_the_page_sends_a_strict_content_security_policy(client, alice):
    policy = client.get(reverse("home"))["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_proposal_left_alone_for_a_week_leaves_home_for_the_plan_and_was_never_agreed(client, alice):
    make_plan(owner=alice)
    asked = timezone.now() - timedelta(days=6, hours=23)
    proposal = make_proposal(alice, source="review", base_version=1, created_at=asked)
    for path in (reverse("home"), reverse("plans:plan")):
        content = client.get(path).text
        assert "A proposal waits for you" in content
        assert f"The coach proposed it on {asked.day} {asked:%B}, after its review." in content
    proposal.created_at -= timedelta(hours=2)
    proposal.save()
    assert "proposal" not in page(client).lower().replace("/plan/proposals", "")
    content = client.get(reverse("plans:plan")).text
    assert "A proposal is still here" in content
    assert "There is no hurry" in content
    for path in (reverse("home"), reverse("plans:proposal_detail", args=[proposal.pk])):
        assert "agreed" not in client.get(path).text


def test_a_wish_that_took_days_to_be_written_is_news_from_then_on(client, alice):
    make_plan(owner=alice)
    long_ago, now = timezone.now() - timedelta(days=20), timezone.now()
    make_proposal(alice, base_version=1, created_at=long_ago, asked_at=now)
    assert f"You asked for it on {long_ago.day} {long_ago:%B}." in page(client)


def test_a_days_share_that_is_used_up_is_said_with_when_it_begins_again(client, alice, settings):
    make_plan(owner=alice)
    settings.OFFLINE_COACH, settings.COACH_DAILY_TOKENS = False, 4000
    make_call(alice, input_tokens=100)
    assert "share of the coach" not in page(client)
    make_call(alice, input_tokens=3500)
    tomorrow = date_format(local_day(alice) + timedelta(days=1), "j F")
    assert f"is used up. It answers again from 00:00 on {tomorrow}; what you write before then is saved" in page(client)
    settings.OFFLINE_COACH = True
    assert "share of the coach" not in page(client)
