"""Skipping: away for now, back later, less often each time."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from study import redo
from tests.factories import make_question, make_round, make_session
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db


def skip(client, question, headers=HTMX):
    return client.post(reverse("study:question_skip", args=[question.pk]), headers=headers)


def test_a_skipped_question_leaves_the_list_and_comes_back_later(client, alice):
    session = make_session(alice)
    question = make_round(session).suggestions.first().question
    content = skip(client, question).content.decode()
    assert question.text not in content
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
