"""The pages of the plan read what they show once, and decrypt no text of the plan that they do not show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.bench.counting import decryptions
from tests.bench.history import add_all_of_home
from tests.factories import make_attempt, make_plan, make_progress, make_review, make_session, make_user

pytestmark = pytest.mark.django_db

# Login session and candidate included; the name on each page, and what it shows of three topics and 30 answers.
PAGES = {"plans:plan": (7, 14), "plans:brief": (5, 8), "plans:chat": (9, 5), "plans:review": (12, 12)}
PAGES |= {"plans:notes": (6, 10), "plans:proposals": (7, 20), "context": (5, 5), "account": (1, 2)}


@pytest.fixture
def alice(client, settings):
    settings.OFFLINE_COACH = False
    user = make_user("alice", name="Alice")
    for topic in make_plan(owner=user):
        make_progress(topic, note="A note.")
    session = make_session(user, ended=True)
    for _ in range(30):
        make_attempt(user, session=session, state="marked")
    add_all_of_home(user)
    make_review(user, ask_state="done", rationale="It stays.")
    client.force_login(user)
    return user


def test_each_page_asks_and_decrypts_little(client, alice):
    asked = {}
    for page in PAGES:
        client.get(reverse(page))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(page)).status_code == 200
        number = len(queries)
        with decryptions() as opened:
            client.get(reverse(page))
        asked[page] = number, opened.number
    over = {page: found for page, found in asked.items() if any(a > b for a, b in zip(found, PAGES[page], strict=True))}
    assert over == {}, asked


def test_the_texts_of_a_topic_stay_sealed_where_only_its_minutes_count(client, alice):
    client.get(reverse("plans:chat"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("plans:chat"))
    assert not [query["sql"] for query in queries if '"plans_plantopic"."description"' in query["sql"]]
