"""How long the coach usually takes is what the ledger says, on every page that waits."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from llm_modes.asking.usual_time import usual_time
from llm_modes.ledger.spending import OFFLINE_MODEL
from tests.factories import make_attempt, make_call, make_plan, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered(settings):
    settings.OFFLINE_COACH = False
    settings.COACH_MODEL, settings.COACH_MODELS = "fake-model-1", {}
    cache.clear()
    yield
    cache.clear()


def took(*seconds: float, mode="evaluate_answer", **fields):
    candidate = make_user()
    for one in seconds:
        make_call(candidate, mode, milliseconds=round(one * 1000), **fields)


def test_before_there_are_calls_it_is_a_guess():
    took(30, 30, 30, 30)
    assert usual_time("evaluate_answer") == "5 to 15 seconds"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ([0.2] * 6, "about a second"),
        ([4.0] * 6, "about 4 seconds"),
        ([3.2, 4, 5, 6, 7.7], "3 to 8 seconds"),
        ([40, 50, 70, 80, 118, 119], "40 to 119 seconds"),
        ([65, 100, 130, 170, 200, 200], "1 to 4 minutes"),
        ([150] * 5, "2 to 3 minutes"),
    ],
)
def test_it_says_what_eight_of_ten_calls_took(seconds, said):
    took(*seconds)
    assert usual_time("evaluate_answer") == said


def test_one_that_hung_and_one_that_failed_do_not_count(settings):
    took(*[5] * 19, 90)
    took(*[0.1] * 30, outcome="unreachable")
    took(*[0.1] * 30, model=OFFLINE_MODEL)
    assert usual_time("evaluate_answer") == "about 5 seconds"
    settings.OFFLINE_COACH = True
    assert usual_time("evaluate_answer") == "about a second"


def test_only_calls_of_the_model_that_is_asked_now_count_mode_by_mode(settings):
    took(*[90] * 30, model="slow")
    took(*[3] * 30, model="quick")
    took(*[40] * 30, mode="plan_chat", model="slow")
    settings.COACH_MODEL, settings.COACH_MODELS = "slow", {"evaluate_answer": "quick"}
    assert usual_time("evaluate_answer") == "about 3 seconds"
    assert usual_time("plan_chat") == "about 40 seconds"
    settings.COACH_MODELS = {}
    assert usual_time("evaluate_answer") == "about 90 seconds"


def test_a_model_that_was_never_asked_in_a_mode_is_a_guess(settings):
    took(*[90] * 30, model="slow")
    settings.COACH_MODEL = "new"
    assert usual_time("evaluate_answer") == "5 to 15 seconds"


def test_only_the_latest_calls_say_how_it_is_now():
    took(*[60] * 40)
    took(*[3] * 30)
    assert usual_time("evaluate_answer") == "about 3 seconds"


def test_where_one_of_two_modes_is_asked_both_are_looked_at():
    took(*[8] * 3, mode="suggest_plan")
    took(*[16] * 3, mode="suggest_plan_changes")
    assert usual_time("suggest_plan", "suggest_plan_changes") == "8 to 16 seconds"


def test_a_waiting_page_says_it(client):
    took(*[21] * 5)
    alice = make_user("alice")
    make_plan(alice)
    client.force_login(alice)
    attempt = make_attempt(alice, state="submitted")
    page = client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()
    assert "Usually about 21 seconds" in page
