"""The page of an answer: the question, the clocks, the draft; afterwards the mark."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import ANSWER, make_attempt, make_question, make_session

pytestmark = pytest.mark.django_db


def show(client, attempt):
    return client.get(reverse("study:attempt_detail", args=[attempt.pk]))


def test_a_draft_shows_the_question_both_clocks_the_words_and_the_limit(client, alice):
    attempt = make_attempt(alice, answer="So far so good.", draft_version=4)
    page = " ".join(show(client, attempt).content.decode().split())
    assert "How would you design a rate limiter?" in page
    assert page.count("<time-clock") == 2
    assert "So far so good." in page
    assert 'name="draft_version" value="4"' in page
    assert "At most 12,000 characters" in page


def test_overtime_is_shown_and_takes_nothing_away(client, alice):
    long_ago = timezone.now() - timedelta(hours=1)
    session = make_session(alice, start_time=long_ago)
    attempt = make_attempt(alice, session=session, answer="Still writing", started_at=long_ago)
    page = show(client, attempt).content.decode()
    assert "Still writing" in page
    assert "Submit" in page
    assert page.count(", over since ") == 2  # the session's clock and the answer's, where no script ticks


def test_anchors_are_folded_while_answering(client, alice):
    question = make_question(alice, answer_anchors=[{"name": "Own part", "anchor": "Say what you did."}])
    page = show(client, make_attempt(alice, question=question)).content.decode()
    assert page.index("<details") < page.index("Say what you did.")


def test_an_answer_that_waits_is_asked_for_by_the_page(client, alice):
    page = show(client, make_attempt(alice, state="submitted")).content.decode()
    assert "Your answer is saved." in page
    assert "load" in page


def test_words_are_never_markup(client, alice):
    attempt = make_attempt(alice, state="marked", answer="<script>alert(1)</script> & so on")
    attempt.feedback["positive_feedback"] = ["<b>bold</b>"]
    attempt.save()
    page = show(client, attempt).content.decode()
    assert "<script>alert" not in page
    assert "&lt;b&gt;bold" in page


def test_a_later_try_says_what_changed(client, alice):
    question = make_question(alice)
    make_attempt(alice, question=question, state="marked", score=4)
    page = show(client, make_attempt(alice, question=question, state="marked", score=7)).content.decode()
    assert "3 more than" in page
    assert "side by side" in page


def test_it_cannot_be_kept_by_a_cache(client, alice):
    assert "no-store" in show(client, make_attempt(alice))["Cache-Control"]


def test_only_the_owner_sees_it(client, alice, bob):
    assert show(client, make_attempt(bob)).status_code == 404
    attempt = make_attempt(alice)
    assert client.post(reverse("study:attempt_detail", args=[attempt.pk])).status_code == 405
    client.logout()
    assert show(client, attempt).url.startswith(reverse("login"))


@pytest.mark.parametrize(
    ("answer", "score", "said"),
    [
        ("I measured it and made it faster.", 3, "fewer than 15 words gets 3 at most"),
        ("わかりません", 1, "that you do not know gets 1"),
        ("I measured it and made it faster.", 2, ""),
        (ANSWER, 3, ""),
    ],
    ids=["short", "not known", "short, and lower than it could be", "long"],
)
def test_a_mark_that_its_answer_cannot_exceed_says_why(client, alice, answer, score, said):
    attempt = make_attempt(alice, state="marked", answer=answer, score=score)
    page = client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()
    assert said in page
    assert bool(said) == ("gets " in page)
