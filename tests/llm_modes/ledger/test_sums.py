"""What calls cost, for whoever runs the place."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from llm_modes.ledger.prices import Price, cost, price_of
from llm_modes.ledger.sums import GROUPS, summed
from tests.factories import make_attempt, make_call, make_user

SUMMARY = "admin:llm_modes_llmcall_summary"


@pytest.fixture(autouse=True)
def prices(settings):
    settings.COACH_PRICES = {
        "small": (1, Decimal("0.5"), 2),
        "small-mini": (Decimal("0.4"), Decimal("0.1"), Decimal("1.6")),
    }


@pytest.fixture
def admin(client):
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    return client


def test_a_price_is_found_by_the_models_name_or_the_longest_beginning_of_it():
    assert price_of("small") == Price(Decimal(1), Decimal("0.5"), Decimal(2))
    assert price_of("small-2026-01-01") == price_of("small")
    assert price_of("small-mini-2026") == price_of("small-mini")
    assert price_of("smaller") is None


def test_cached_input_is_cheaper():
    tokens = {"input_tokens": 1_000_000, "output_tokens": 500_000}
    assert cost("small", cached_tokens=0, **tokens) == 2
    assert cost("small", cached_tokens=400_000, **tokens) == Decimal("1.8")
    assert cost("unknown", cached_tokens=0, **tokens) is None


def test_the_model_of_the_settings_has_a_price():
    from coach import settings as defaults

    assert defaults.COACH_PRICES[defaults.COACH_MODEL][2] > 0


@pytest.mark.django_db
def test_calls_are_summed_by_day_candidate_and_mode():
    mara, ben = make_user("mara"), make_user("ben")
    make_call(mara, model="small", input_tokens=1_000_000, output_tokens=0, mended=3)
    make_call(mara, model="small", input_tokens=1_000_000, output_tokens=0, outcome="timeout")
    make_call(mara, mode="plan_chat", model="unknown", input_tokens=10, output_tokens=5)
    make_call(ben, model="small", input_tokens=0, output_tokens=1_000_000, at=timezone.now() - timedelta(days=3))
    make_call(ben, at=timezone.now() - timedelta(days=40))

    lines, total = summed("candidate", 30)
    assert [(line.key, line.calls, line.failures, line.price) for line in lines] == [
        (("ben",), 1, 0, 2),
        (("mara",), 3, 1, 2),
    ]
    assert [line.unpriced for line in lines] == [False, True]
    assert [line.mended for line in (*lines, total)] == [0, 1, 1]
    assert (total.calls, total.failures, total.input_tokens, total.price) == (4, 1, 2_000_010, 4)
    assert [line.key for line in summed("mode", 30)[0]] == [("evaluate_answer",), ("plan_chat",)]
    days = [line.key[0] for line in summed("day", 30)[0]]
    assert days == sorted(days, reverse=True)
    assert len(days) == 2
    assert [line.key[1:] for line in summed("day, candidate and mode", 1)[0]] == [
        ("mara", "evaluate_answer"),
        ("mara", "plan_chat"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("group", [*GROUPS, "nonsense"])
def test_an_admin_sees_the_sums_and_no_content(admin, group):
    attempt = make_attempt(make_user("mara"), state="marked", answer="Zanzibar " * 20)
    make_call(attempt.user, model="small", input_tokens=1_000_000, output_tokens=0)
    page = admin.get(reverse(SUMMARY), {"by": group, "days": "7"})
    assert page.status_code == 200
    assert "1.0000" in page.text
    assert "Zanzibar" not in page.text
    assert 'value="7" selected' in page.text


@pytest.mark.django_db
def test_the_list_of_calls_leads_to_the_sums_and_cannot_be_changed(admin):
    call = make_call(make_user("mara"), first_token_milliseconds=12345)
    page = admin.get(reverse("admin:llm_modes_llmcall_changelist"))
    assert reverse(SUMMARY) in page.text
    assert "mara" in page.text
    assert "12345" in page.text
    assert admin.get(reverse("admin:llm_modes_llmcall_add")).status_code == 403
    assert admin.post(reverse("admin:llm_modes_llmcall_delete", args=[call.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.django_db
def test_calls_whose_reply_was_mended_can_be_looked_at_alone(admin):
    make_call(make_user("mara"), mended=2)
    make_call(make_user("ben"))
    calls = reverse("admin:llm_modes_llmcall_changelist")
    shown = {mended: admin.get(calls, {"mended": mended}).context["cl"].queryset for mended in ("yes", "no", "")}
    assert {mended: [call.user.username for call in found] for mended, found in shown.items()} == {
        "yes": ["mara"],
        "no": ["ben"],
        "": ["ben", "mara"],
    }


@pytest.mark.django_db
def test_who_is_no_admin_does_not_see_the_sums(client):
    assert client.get(reverse(SUMMARY)).status_code == 302
    client.force_login(make_user())
    assert client.get(reverse(SUMMARY), follow=True).status_code == 403
    client.force_login(make_user(is_staff=True))
    assert client.get(reverse(SUMMARY)).status_code == 403


@pytest.mark.django_db
def test_an_empty_ledger_says_so(admin):
    assert "No calls in this time." in admin.get(reverse(SUMMARY)).text
