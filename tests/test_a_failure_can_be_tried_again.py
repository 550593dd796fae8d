"""Whatever waited for the coach and failed: its page offers to try again."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from coach.models import User
from llm_modes.asking.rows import Asking, AskState
from llm_modes.failures import FAILURES, UNASKED, told
from tests.factories import make_brief, make_plan, make_reconciliation, make_user
from tests.waiting_rows import CASES, Case, an_answer, an_answer_of_a_session_that_is_over

pytestmark = pytest.mark.django_db
CODES = [*FAILURES, *UNASKED]


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


def test_every_failure_offers_to_try_again(client, case, settings):
    settings.OFFLINE_COACH = False
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
