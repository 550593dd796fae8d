"""What it costs the database to have an answer marked: each query is half a millisecond of processor and more."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from study import marking, questions
from study.models import QuestionAttempt
from tests.factories import make_attempt, make_brief, make_plan, make_progress, make_session, make_user
from tests.fake_llm import a_mark, some_questions

pytestmark = pytest.mark.django_db
QUERIES = 24


@pytest.fixture
def attempt():
    user = make_user("keeper")
    make_brief(user)
    topic, *_others = make_plan(user)
    make_progress(topic)
    return make_attempt(user, session=make_session(user, topic=topic), state="submitted")


def asked(queries):
    """Without what only marks the beginning and end of transactions."""
    return [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]


def test_a_mark_takes_few_queries_and_reads_the_attempt_with_all_that_is_read_beside_it(attempt, fake_llm):
    fake_llm.reply(a_mark(score=7))
    waiting = QuestionAttempt.objects.select_related("session", "user").get(pk=attempt.pk)
    with CaptureQueriesContext(connection) as queries:
        marked = marking.give_feedback(waiting)
    assert marked.score_rating == 7
    found = asked(queries)
    assert len(found) <= QUERIES, "\n".join(one[:90] for one in found)
    writes = [one for one in found if one.startswith('UPDATE "study_questionattempt"')]
    assert len(writes) == 2  # claimed, and marked


def test_a_marked_answer_comes_back_with_what_its_page_shows(attempt, fake_llm, django_assert_num_queries):
    fake_llm.reply(a_mark(score=7))
    marked = marking.give_feedback(attempt)
    with django_assert_num_queries(0):
        assert marked.session.topic.name
        assert marked.question.topic.name
        assert marked.user.username == "keeper"


def test_a_round_of_questions_reads_what_is_due_once_before_it_asks_and_once_after(attempt, fake_llm):
    fake_llm.reply(some_questions())
    waiting = questions.suggest(attempt.session)
    with CaptureQueriesContext(connection) as queries:
        given = questions.ask_for(waiting)
    assert given.is_answered
    due = [one for one in asked(queries) if '"due_at" IS NOT NULL' in one and one.startswith("SELECT")]
    of_its_topic = [one for one in due if f'"topic_id" IN ({attempt.session.topic_id})' in one]
    assert (len(of_its_topic), len(due)) == (2, 4)


def test_a_draft_that_is_saved_while_somebody_types_reads_its_row_once(client):
    user = make_user("typist")
    draft = make_attempt(user, answer="")
    client.force_login(user)
    with CaptureQueriesContext(connection) as queries:
        reply = client.post(f"/attempts/{draft.pk}/draft/", {"raw_answer": "I kept", "draft_version": "0"})
    assert reply.status_code == 200
    reads = [one for one in asked(queries) if one.startswith("SELECT") and '"raw_answer"' in one]
    assert len(reads) == 1


def test_the_number_of_an_attempt_is_read_in_the_transaction_that_claims_it(attempt, fake_llm):
    """Else a candidate who stops it and tries again in between would have two ask under one number."""
    fake_llm.reply(a_mark(score=7))
    with CaptureQueriesContext(connection) as queries:
        marking.give_feedback(attempt)
    said = [one["sql"] for one in queries]
    claimed = next(place for place, one in enumerate(said) if one.startswith("UPDATE") and "'asking'" in one)
    read = next(place for place, one in enumerate(said) if place > claimed and one.startswith("SELECT"))
    open_then = sum(one.startswith("SAVEPOINT") - one.startswith("RELEASE") for one in said[:read])
    assert open_then == 1
