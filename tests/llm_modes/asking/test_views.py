"""Who comes to an address that asks pays, waits, hears what failed or gets the answer: every row, state and request."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from coach.models import User
from llm_modes.asking.rows import Asking
from tests.factories import make_brief, make_plan, make_reconciliation, make_session, make_user
from tests.waiting_rows import Case, a_first_plan, a_message, a_review, a_story_structure, an_answer, questions

pytestmark = pytest.mark.django_db

AHEAD, PAST = timedelta(seconds=30), timedelta(seconds=-1)
STATES = {
    "pending": {"ask_state": "pending"},
    "being asked": {"ask_state": "asking", "ask_lease_until": AHEAD},
    "lease expired": {"ask_state": "asking", "ask_lease_until": PAST},
    "failed": {"ask_state": "failed", "ask_failure": "unreachable"},
    "failed for good": {"ask_state": "failed", "ask_failure": "misconfigured"},
    "done": {"ask_state": "done"},
}
# What a POST is answered and what it does: from a page without scripts or from a fragment, by a button or by itself.
TABLE = """
                 | page, button | page, by itself | fragment, button | fragment, by itself | stream
pending          | 302 asks     | 302 asks        | 200 asks         | 200 asks            |
being asked      | 302          | 302             | 200              | 204                 | 204
lease expired    | 302 asks     | 302             | 200 waits anew   | 503                 | 204
failed           | 302 asks     | 302             | 200 waits anew   | 503                 | 204
failed for good  | 302 asks     | 302             | 200 waits anew   | 503                 | 204
done             | 302          | 302             | 200              | 200                 | 204
"""
FRAGMENT = {"HX-Request": "true"}
# One of each kind; what is written after a session, the worker asks for.
ROWS = (an_answer, questions, a_story_structure, a_first_plan, a_review, a_message)


def cells() -> Iterator[tuple[str, str, int, str]]:
    """State, way, status and effect."""
    head, *lines = ([cell.strip() for cell in line.split("|")] for line in TABLE.strip("\n").splitlines())
    for state, *answers in lines:
        for way, answer in zip(head[1:], answers, strict=True):
            if answer:  # a stream that asks has a thread of its own: see test_live.py
                status, _, effect = answer.partition(" ")
                yield state, way, int(status), effect


@pytest.fixture
def alice(client) -> User:
    alice = make_user("alice", current_role="Backend engineer")
    make_brief(alice)
    make_plan(alice)
    client.force_login(alice)
    return alice


@pytest.fixture(params=ROWS, ids=lambda make: make.__name__.replace("_", " "))
def case(request, alice) -> Case:
    return request.param(alice)


@contextmanager
def in_state(row: Asking, state: str) -> Iterator[None]:
    """Within the block the row is in this state; then all is as before."""
    point = transaction.savepoint()
    fields = {"ask_lease_until": None, "ask_failure": "", "ask_attempt": 1, "asked_at": timezone.now(), **STATES[state]}
    if fields["ask_lease_until"]:
        fields["ask_lease_until"] += timezone.now()
    type(row)._base_manager.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    yield
    transaction.savepoint_rollback(point)


def post(client, case: Case, way: str):
    """A POST of this way to the address that asks, or to that of the stream."""
    headers = {} if way.startswith("page") else FRAGMENT
    again = f"{'&' if '?' in case.ask else '?'}again=1" if way.endswith("itself") else ""
    return client.post(case.live if way == "stream" else case.ask + again, headers=headers)


def answer(client, case: Case, fake_llm) -> None:
    type(case.row)._base_manager.filter(pk=case.row.pk).update(**STATES["pending"])
    fake_llm.reply(case.reply)
    client.post(case.ask)
    case.row.refresh_from_db()
    assert case.row.is_answered


def test_who_posts_pays_waits_hears_what_failed_or_gets_the_answer(client, case, fake_llm):
    for state, way, status, effect in cells():
        if way == "stream" and not case.live:
            continue
        said = f"{state}: {way}"
        if state == "done" and not case.row.is_answered:
            answer(client, case, fake_llm)
        with in_state(case.row, state):
            paid = len(fake_llm.requests)
            if effect == "asks":
                fake_llm.reply(case.reply)
            assert post(client, case, way).status_code == status, said
            assert len(fake_llm.requests) - paid == (effect == "asks"), said
            before = case.row.ask_state
            case.row.refresh_from_db()
            assert case.row.ask_state == {"asks": "done", "waits anew": "pending"}.get(effect, before), said
        case.row.refresh_from_db()


def test_whoever_looks_for_a_summary_or_tries_it_again_leaves_the_asking_to_the_worker(client, alice, fake_llm):
    session = make_session(alice, ended=True)
    row = make_reconciliation(session)
    look, again = (reverse(f"study:session_{name}", args=[session.pk]) for name in ("summary", "reconciliation"))
    for state, looked in zip(STATES, (204, 204, 503, 503, 503, 200), strict=True):
        with in_state(row, state):
            assert client.post(f"{look}?again=1", headers=FRAGMENT).status_code == looked, state
            assert client.post(look).url == reverse("study:session_detail", args=[session.pk])
            assert client.post(again, headers=FRAGMENT).status_code == 200, state
            row.refresh_from_db()
            assert row.is_waiting == (state != "done")
        row.refresh_from_db()
    assert fake_llm.requests == []


def test_whoever_only_opens_such_an_address_is_led_to_the_page_and_pays_nothing(client, case, fake_llm):
    for state in STATES:
        if state == "done":
            answer(client, case, fake_llm)
        paid = len(fake_llm.requests)
        with in_state(case.row, state):
            before = case.row.ask_state
            for address, get in product(filter(None, (case.ask, case.live)), (client.get, client.head)):
                page, fragment = get(address), get(address, headers=FRAGMENT)
                assert (page.status_code, fragment.headers["HX-Redirect"]) == (302, page.url)
            case.row.refresh_from_db()
            assert (case.row.ask_state, len(fake_llm.requests)) == (before, paid), state
        case.row.refresh_from_db()
