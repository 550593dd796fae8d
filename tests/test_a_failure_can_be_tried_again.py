"""Whatever waited for the coach and failed: its page offers to try again, and a page that only looks never pays."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from coach.models import User
from llm_modes.asking.rows import Asking, AskState
from llm_modes.provider.failures import FAILURES, UNASKED, told
from plans.models import PlanTopic
from tests.factories import (
    make_attempt,
    make_brief,
    make_message,
    make_plan,
    make_proposal,
    make_question,
    make_reconciliation,
    make_review,
    make_round,
    make_session,
    make_story,
    make_user,
    plan_data,
)
from tests.fake_llm import a_chat_reply, a_mark, a_plan, a_plan_change, a_question, a_story

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
CODES = [*FAILURES, *UNASKED]


@dataclass
class Case:
    """A row that failed, the page on which its candidate meets it, and the address that asks."""

    row: Asking
    page: str
    ask: str
    reply: Any


def an_answer(candidate) -> Case:
    row = make_attempt(candidate, state="failed")
    page = reverse("study:attempt_detail", args=[row.pk])
    return Case(row, page, reverse("study:attempt_feedback", args=[row.pk]), a_mark())


def an_answer_of_a_session_that_is_over(candidate) -> Case:
    row = make_attempt(candidate, state="failed", session=make_session(candidate, ended=True))
    page = reverse("study:attempt_detail", args=[row.pk])
    return Case(row, page, reverse("study:attempt_feedback", args=[row.pk]), a_mark())


def questions(candidate) -> Case:
    session = make_session(candidate)
    row = make_round(session, questions=[], ask_state=AskState.FAILED)
    reply = {"questions": [a_question(f"What is {thing}?") for thing in ("a lock", "a cache", "a queue", "a log")]}
    page = reverse("study:session_detail", args=[session.pk])
    return Case(row, page, reverse("study:session_suggestion", args=[session.pk]), reply)


def a_story_structure(candidate) -> Case:
    question = make_question(candidate)
    row = make_story(candidate, question=question, text="", version=0, notes="We had a queue.")
    page = reverse("study:question_story", args=[question.pk])
    return Case(row, page, reverse("study:story_structure", args=[question.pk]), a_story())


def a_first_plan(candidate) -> Case:
    PlanTopic.objects.filter(user=candidate).delete()
    candidate.proposals.all().delete()
    row = make_proposal(candidate, status="waiting", topics=[], overview={})
    page = reverse("plans:proposal_detail", args=[row.pk])
    return Case(row, page, reverse("plans:proposal_suggestion", args=[row.pk]), a_plan())


def a_plan_in_the_chat(candidate) -> Case:
    case = a_first_plan(candidate)
    make_message(candidate, "Here is your plan.", author="coach", proposal=case.row)
    return Case(case.row, reverse("plans:chat"), case.ask, case.reply)


def a_change_of_the_plan(candidate) -> Case:
    row = make_proposal(
        candidate, status="waiting", topics=[], overview={}, base_version=1, base_topics=plan_data(), feedback=["More."]
    )
    page = reverse("plans:proposal_detail", args=[row.pk])
    return Case(row, page, reverse("plans:proposal_suggestion", args=[row.pk]), a_plan_change())


def a_review(candidate) -> Case:
    row = make_review(candidate)
    return Case(row, reverse("plans:review"), reverse("plans:review_answer"), a_plan_change())


def a_message(candidate) -> Case:
    row = make_message(candidate, ask_state=AskState.FAILED)
    return Case(row, reverse("plans:chat"), reverse("plans:chat_reply"), a_chat_reply())


CASES = [
    an_answer,
    an_answer_of_a_session_that_is_over,
    questions,
    a_story_structure,
    a_first_plan,
    a_plan_in_the_chat,
    a_change_of_the_plan,
    a_review,
    a_message,
]


@pytest.fixture
def candidate(client) -> User:
    """Logged in, with a plan."""
    candidate = make_user("alice", current_role="Backend engineer")
    make_brief(candidate)
    make_plan(candidate)
    client.force_login(candidate)
    return candidate


@pytest.fixture(params=CASES, ids=lambda make: make.__name__.replace("_", " "))
def case(request, candidate) -> Case:
    made = request.param(candidate)
    fail(made.row, "unreachable")
    return made


def fail(row: Asking, code: str) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(
        ask_state=AskState.FAILED, ask_failure=code, ask_attempt=1, asked_at=timezone.now()
    )


def test_every_failure_offers_to_try_again(client, case):
    for code in CODES:
        fail(case.row, code)
        page = client.get(case.page).content.decode()
        assert f'action="{case.ask}' in page, code
        assert "Try again</button>" in page, code
        assert page.count(' primary"') == 1, code


@pytest.mark.parametrize("code", ["misconfigured", "quota", "refused", "over_budget"])
def test_what_failed_for_a_reason_that_is_gone_is_answered(client, case, fake_llm, code):
    fail(case.row, code)
    fake_llm.reply(case.reply)
    client.post(case.ask)
    case.row.refresh_from_db()
    assert case.row.is_answered


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["by a script", "by hand"])
def test_a_page_that_only_looks_again_pays_nothing(client, case, fake_llm, headers):
    reply = client.post(f"{case.ask}?again=1", headers=headers)
    assert reply.status_code == (503 if headers else 302)
    assert fake_llm.requests == []
    case.row.refresh_from_db()
    assert case.row.ask_state == AskState.FAILED


def test_a_page_that_looks_again_hears_nothing_while_somebody_is_asking(client, case):
    ahead = timezone.now() + timezone.timedelta(seconds=30)
    type(case.row)._base_manager.filter(pk=case.row.pk).update(ask_state=AskState.ASKING, ask_lease_until=ahead)
    assert client.post(f"{case.ask}?again=1", headers=HTMX).status_code == 204
    assert client.post(case.ask, headers=HTMX).status_code == 200


def test_who_asks_has_gone_away_and_the_page_says_so_and_offers_to_try_again(client, case, fake_llm):
    past = timezone.now() - timezone.timedelta(seconds=1)
    type(case.row)._base_manager.filter(pk=case.row.pk).update(ask_state=AskState.ASKING, ask_lease_until=past)
    assert client.post(f"{case.ask}?again=1", headers=HTMX).status_code == 503
    assert fake_llm.requests == []
    assert "Try again</button>" in client.get(case.page).content.decode()


# --- the words, read later -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "ago", "now", "later"),
    [
        ("over_budget", {"days": 1}, "try again tomorrow", "A new day has begun"),
        ("too_many_calls", {"seconds": 61}, "wait a minute", "You had asked the coach 20 times within a minute"),
        ("too_many_at_once", {"seconds": 6}, "still busy with the last 2 things", "was still busy"),
        ("rate_limited", {"seconds": 61}, "Wait a minute", "at that moment"),
        ("busy", {"seconds": 6}, "hands full at the moment", "hands full at that moment"),
    ],
)
def test_what_was_to_be_waited_for_is_over_and_the_page_says_so(client, candidate, code, ago, now, later):
    case = an_answer(candidate)
    fail(case.row, code)
    rows = type(case.row)._base_manager.filter(pk=case.row.pk)
    rows.update(asked_at=timezone.now())
    page = client.get(case.page).text
    assert now in page
    assert later not in page
    rows.update(asked_at=timezone.now() - timezone.timedelta(**ago))
    page = client.get(case.page).text
    assert later in page
    assert now not in page


@pytest.mark.parametrize("code", UNASKED)
def test_of_one_call_the_words_are_those_of_one(settings, code):
    settings.COACH_CALLS_AT_ONCE = settings.COACH_CALLS_PER_MINUTE = 1
    assert not re.search(r"\b1 \w+s\b", told(code).message)


def test_what_is_tried_again_by_itself_says_so(client, candidate):
    case = an_answer_of_a_session_that_is_over(candidate)
    fail(case.row, "over_budget")
    soon = timezone.now() + timezone.timedelta(days=1)
    make_reconciliation(case.row.session, ask_state="failed", ask_failure="over_budget", next_try_at=soon)
    for page in (case.page, reverse("study:session_detail", args=[case.row.session_id])):
        assert "the coach tries again by itself" in client.get(page).text
