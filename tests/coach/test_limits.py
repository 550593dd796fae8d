"""What a candidate has used of each limit, and letting them begin afresh: the command and the admin's page."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from tests.factories import (
    make_attempt,
    make_call,
    make_message,
    make_plan,
    make_question,
    make_round,
    make_session,
    make_started_call,
    make_story,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy_alice():
    """A candidate who has used something of everything."""
    alice = make_user("alice")
    topic = make_plan(alice)[0]
    session = make_session(alice, topic=topic)
    make_round(session)
    make_attempt(alice, session=session)
    make_story(alice, question=make_question(alice, topic=topic))
    make_question(alice, "What would you ask me?", topic=topic, origin="candidate")
    make_message(alice)
    make_call(alice, input_tokens=900, output_tokens=100)
    make_started_call(alice, reserved_tokens=500)
    make_started_call(alice, ended=True)
    return alice


def told(capsys, *arguments):
    call_command("limits", *arguments)
    return " ".join(capsys.readouterr().out.split())


def test_the_command_shows_what_is_used_of_each_limit(busy_alice, capsys):
    shown = told(capsys, "alice")
    for line in (
        "1,500 of 250,000 tokens used or reserved today",
        "500 of them reserved by calls in flight",
        "1 of 2 calls in flight",
        "2 of 20 calls within the last minute",
        "1 of 200 messages today",
        "1 of 100 plans and changes of the plan today",
        "1 of 100 sessions today",
        "1 of 50 times that questions were asked for in the running session",
        "1 of 200 answers in the running session",
        "1 of 100 own questions without an answer in a topic",
        "1 of 1,000 stories",
    ):
        assert line in shown


def test_the_command_resets_a_candidates_day(busy_alice, capsys):
    shown = told(capsys, "alice", "--reset")
    assert "are reset" in shown
    assert "0 of 250,000 tokens used or reserved today" in shown
    assert "0 of 2 calls in flight" in shown
    assert "0 of 200 messages today" in shown
    assert busy_alice.llm_calls.get().input_tokens == 900


def test_without_a_name_the_command_lists_who_used_most(busy_alice, capsys):
    make_call(make_user("bob"), input_tokens=10**6)
    make_call(make_user("carol"), input_tokens=10**7, model="offline-coach")
    shown = told(capsys)
    assert shown.index("bob") < shown.index("alice")
    assert "carol" not in shown


def test_the_command_says_what_it_cannot_do(capsys):
    with pytest.raises(CommandError, match="no candidate"):
        call_command("limits", "nobody")
    with pytest.raises(CommandError, match="Whose"):
        call_command("limits", "--reset")


def test_a_limit_that_is_met_is_marked(busy_alice, capsys, settings):
    settings.COACH_DAILY_TOKENS, settings.COACH_MESSAGES_PER_DAY = 1000, 0
    shown = told(capsys, "alice")
    assert "! 1,500 of 1,000" in shown
    assert "1, no limit messages today" in shown


def test_the_admins_page_of_a_candidate_shows_the_same(busy_alice, client):
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    page = client.get(reverse("admin:coach_user_change", args=[busy_alice.pk])).text
    assert "calls in flight: 1 of 2" in page
    assert "messages today: 1 of 200" in page


def test_an_admin_who_has_a_candidate_made_needs_no_limits_yet(client):
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    assert client.get(reverse("admin:coach_user_add")).status_code == 200
