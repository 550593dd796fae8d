"""Skipping: away for now, back later, less often each time."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from study import redo
from tests.factories import make_attempt, make_question, make_round, make_session
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db


def skip(client, question, headers=HTMX):
    return client.post(reverse("study:question_skip", args=[question.pk]), headers=headers)


def test_a_skipped_question_leaves_the_list_and_comes_back_later(client, alice):
    session = make_session(alice)
    question = make_round(session).suggestions.first().question
    content = skip(client, question).content.decode()
    assert f'id="question-{question.pk}"' not in content
    assert content.index("Skipped in this session") < content.index(question.text)
    assert "<html" not in content
    question.refresh_from_db()
    assert question.skips == 1
    assert timedelta(hours=23) < question.due_at - timezone.now() <= timedelta(days=1)
    assert redo.pick(make_session(alice, ended=True), 4) == []
    question.due_at = timezone.now()
    question.save()
    assert [item.question for item in redo.pick(make_session(alice, ended=True), 4)] == [question]


def test_each_skip_doubles_the_rest(client, alice):
    question = make_question(alice, skips=2)
    make_round(make_session(alice), questions=[question])
    skip(client, question)
    question.refresh_from_db()
    assert timedelta(days=3.9) < question.due_at - timezone.now() <= timedelta(days=4)


def test_skipping_twice_counts_once(client, alice):
    question = make_round(make_session(alice)).suggestions.first().question
    skip(client, question)
    skip(client, question)
    question.refresh_from_db()
    assert question.skips == 1


def test_without_javascript_it_leads_back_to_the_session(client, alice):
    session = make_session(alice)
    question = make_round(session).suggestions.first().question
    assert skip(client, question, None).url == reverse("study:session_detail", args=[session.pk])


def test_when_all_are_skipped_it_says_what_to_do(client, alice):
    for suggestion in make_round(make_session(alice)).suggestions.all():
        content = skip(client, suggestion.question).content.decode()
    assert "No question is left here" in content


def test_without_a_running_session_it_leads_to_a_new_one(client, alice):
    assert skip(client, make_question(alice), None).url == reverse("study:sessions")


def test_only_the_owner_skips_and_only_by_posting(client, alice, bob):
    assert skip(client, make_question(bob)).status_code == 404
    question = make_question(alice)
    assert client.get(reverse("study:question_skip", args=[question.pk])).status_code == 302
    client.logout()
    assert skip(client, question).status_code == 401


def bring_back(client, question, headers=HTMX):
    return client.post(reverse("study:question_skip", args=[question.pk]), {"restore": "1"}, headers=headers)


@pytest.mark.parametrize(("skips", "due"), [(0, None), (2, timezone.now() - timedelta(days=3))])
def test_a_skipped_question_comes_back_with_one_click_as_if_it_had_not_been_skipped(client, alice, skips, due):
    question = make_question(alice, skips=skips, due_at=due)
    suggestion = make_round(make_session(alice), questions=[question]).suggestions.get()
    assert "Skipped in this session" in skip(client, question).content.decode()
    for _click in range(2):
        content = bring_back(client, question).content.decode()
        assert content.count(question.text) == 1
        assert "Skipped in this session" not in content
        question.refresh_from_db()
        assert (question.skips, question.due_at) == (skips, due)
    skip(client, question)
    question.refresh_from_db()
    suggestion.refresh_from_db()
    assert (question.skips, suggestion.choice) == (skips + 1, "skipped")


def test_one_skipped_in_two_rounds_goes_back_to_what_it_was_before_both(client, alice):
    session, question = make_session(alice), make_question(alice)
    for _round in range(2):
        make_round(session, questions=[question])
        skip(client, question)
    question.refresh_from_db()
    assert question.skips == 2
    assert bring_back(client, question).content.decode().count(question.text) == 1
    question.refresh_from_db()
    assert (question.skips, question.due_at) == (0, None)


def test_one_that_was_suggested_again_after_the_skip_and_then_replaced_stands_in_one_place(client, alice):
    session, question = make_session(alice), make_question(alice)
    make_round(session, questions=[question])
    skip(client, question)
    make_round(session, questions=[question])
    make_round(session)
    page = client.get(reverse("study:session_detail", args=[session.pk])).text
    assert "Skipped in this session" not in page
    assert "Of those offered just before, 1 has no answer yet" in page


def test_a_mark_that_came_after_the_skip_keeps_its_date(client, alice):
    question = make_question(alice, skips=1)
    make_round(make_session(alice), questions=[question])
    skip(client, question)
    due = timezone.now() + timedelta(days=9)
    type(question).objects.filter(pk=question.pk).update(skips=0, due_at=due)
    bring_back(client, question)
    question.refresh_from_db()
    assert (question.skips, question.due_at) == (0, due)


def test_a_skip_of_the_first_release_comes_back_with_the_date_that_it_has(client, alice):
    question = make_question(alice, skips=1, due_at=timezone.now() + timedelta(days=1))
    make_round(make_session(alice), questions=[question]).suggestions.update(choice="skipped")
    assert question.text in bring_back(client, question).content.decode()
    question.refresh_from_db()
    assert question.skips == 1


def test_what_was_answered_or_taken_out_after_the_skip_is_not_offered_again(client, alice):
    session = make_session(alice)
    made = [one.question for one in make_round(session).suggestions.all()]
    for question in made:
        skip(client, question)
    make_attempt(alice, session=session, question=made[0], state="submitted")
    client.post(reverse("study:question_void", args=[made[1].pk]))
    content = client.get(reverse("study:session_detail", args=[session.pk])).content.decode()
    assert content.count("Bring it back") == 1
    bring_back(client, made[0])
    bring_back(client, made[1])
    assert "Choose a question" not in client.get(reverse("study:session_detail", args=[session.pk])).content.decode()


def test_after_the_session_and_for_others_nothing_is_brought_back(client, alice, bob):
    session = make_session(alice)
    question = make_round(session).suggestions.first().question
    skip(client, question)
    client.post(reverse("study:session_end", args=[session.pk]))
    assert bring_back(client, question, None).url == reverse("study:sessions")
    question.refresh_from_db()
    assert question.skips == 1
    theirs = make_question(bob, skips=1)
    assert bring_back(client, theirs).status_code == 404
