"""Sessions, questions and answers by a program."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from llm_modes.asking.rows import AskState
from plans.models import TopicProgress
from study import drills, sessions, strength
from study.models import QuestionAttempt, StudySession
from tests import factories
from tests.api.conftest import Api, error
from tests.fake_llm import a_mark, a_question, some_questions

ANSWER = factories.ANSWER


@pytest.fixture
def topic(alice):
    return factories.make_plan(alice)[0]


@pytest.fixture
def session(alice, topic):
    return factories.make_session(alice, topic=topic)


@pytest.fixture
def question(alice, topic):
    return factories.make_question(alice, topic=topic)


@pytest.fixture
def bobs(db):
    """A session and a question of someone else."""
    bob = factories.make_user("bob")
    topic = factories.make_plan(bob)[0]
    session = factories.make_session(bob, topic=topic)
    return session, factories.make_question(bob, topic=topic)


def evaluate(api, session, body, **headers):
    return api.post(f"/study/evaluate_answer/{session.pk}", body, **headers)


# --- sessions --------------------------------------------------------------------------------------------------------


def test_a_session_starts_on_the_servers_clock(api, topic):
    response = api.post("/study/start_session/", {"topic_id": topic.pk, "planned_study_time": 25})
    assert response.status_code == 201
    found = response.json()
    assert set(found) == {
        "id", "topic_id", "planned_duration", "start_time", "last_interaction_time", "end_time", "reconciliation",
        "summary",
    }  # fmt: skip
    assert (found["topic_id"], found["planned_duration"], found["end_time"]) == (topic.pk, 25, None)
    assert (found["reconciliation"], found["summary"]) == (None, None)
    assert datetime.fromisoformat(found["start_time"]).tzinfo is not None


def test_a_second_session_is_409_with_the_id_of_the_first(api, session, topic):
    response = api.post("/study/start_session/", {"topic_id": topic.pk, "planned_study_time": 25})
    assert response.status_code == 409
    assert error(response)["session_id"] == session.pk


@pytest.mark.parametrize("minutes", [0, 481, -1])
def test_a_duration_out_of_bounds_is_422(api, topic, minutes):
    response = api.post("/study/start_session/", {"topic_id": topic.pk, "planned_study_time": minutes})
    assert set(error(response)["fields"]) == {"planned_study_time"}


def test_a_topic_that_is_not_ones_own_or_not_in_force_is_404(api, bobs, topic):
    archived = factories.make_topic(topic.user, "Old", archived_at=topic.created_at)
    for other in (bobs[0].topic_id, archived.pk, 0, -1, 10**12):
        response = api.post("/study/start_session/", {"topic_id": other, "planned_study_time": 25})
        assert response.status_code == 404


def test_ending_hands_the_session_to_the_worker_once(api, session):
    first = api.put("/study/end_session/", {"session_id": session.pk})
    again = api.put("/study/end_session/", {"session_id": session.pk})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["end_time"]
    assert first.json()["reconciliation"] == "pending"
    assert OrmQ.objects.count() == 1


def test_the_summary_comes_with_the_reconciliation(api, alice, topic):
    session = factories.make_session(alice, topic=topic, ended=True)
    anchors = [{"name": "Own part", "anchor": "Say what you did."}]
    line = {"question": "Why?", "attempts": 2, "best_score": 7, "best_anchors": anchors}
    row = factories.make_reconciliation(session, ask_state=AskState.DONE, summary=[{"question_id": 1, **line}])
    found = api.put("/study/end_session/", {"session_id": session.pk}).json()
    assert (found["reconciliation"], found["summary"]) == ("done", [line])
    row.ask_state = AskState.FAILED
    row.ask_failure = "timeout"
    row.save()
    found = api.put("/study/end_session/", {"session_id": session.pk}).json()
    assert (found["reconciliation"], found["summary"]) == ("failed", None)


def test_somebody_elses_session_is_404_everywhere(api, bobs):
    session, question = bobs
    body = {"question_id": question.pk, "raw_answer": ANSWER}
    responses = [
        api.put("/study/end_session/", {"session_id": session.pk}),
        api.post(f"/study/generate_questions/{session.pk}"),
        evaluate(api, session, body),
    ]
    for response in responses:
        assert response.status_code == 404
        assert error(response)["code"] == "not_found"
    session.refresh_from_db()
    assert session.is_running
    assert not QuestionAttempt.objects.exists()


# --- questions -------------------------------------------------------------------------------------------------------


def test_questions_are_suggested(api, session, fake_llm):
    fake_llm.reply(some_questions(), mode="generate_questions")
    response = api.post(f"/study/generate_questions/{session.pk}")
    assert response.status_code == 200
    found = response.json()["questions"]
    assert len(found) == 3
    told = {"id", "question", "status", "redo_reason", "difficulty", "kind", "looks_for", "answer_anchors"}
    assert set(found[0]) == told
    assert found[0]["kind"] == "technical" and len(found[0]["looks_for"]) == 2
    assert (found[0]["status"], found[0]["redo_reason"], found[0]["difficulty"]) == ("new", None, "easy")


def test_a_started_session_uses_its_first_round(api, topic, fake_llm):
    fake_llm.reply(some_questions(), mode="generate_questions")
    started = api.post("/study/start_session/", {"topic_id": topic.pk, "planned_study_time": 25}).json()
    api.post(f"/study/generate_questions/{started['id']}")
    assert StudySession.objects.get().rounds.count() == 1


def test_a_coach_who_is_away_is_503_and_asking_again_helps(api, session, fake_llm):
    fake_llm.fault("quota", mode="generate_questions")
    response = api.post(f"/study/generate_questions/{session.pk}")
    assert (response.status_code, error(response)["code"]) == (503, "quota")
    fake_llm.reply(some_questions(), mode="generate_questions")
    assert api.post(f"/study/generate_questions/{session.pk}").status_code == 200
    assert session.rounds.count() == 1


def test_questions_for_an_ended_session_are_409(api, alice, topic):
    session = factories.make_session(alice, topic=topic, ended=True)
    response = api.post(f"/study/generate_questions/{session.pk}")
    assert (response.status_code, error(response)["code"]) == (409, "session_over")


@pytest.mark.parametrize("path", ["/study/generate_questions/x", "/study/evaluate_answer/x"])
def test_a_session_that_is_no_number_is_422(api, path):
    response = api.post(path, {"question_id": 1, "raw_answer": "x"})
    assert response.status_code == 422
    assert set(error(response)["fields"]) == {"session_id"}


def test_a_drill_and_a_question_of_another_topic_are_what_they_are_marked_as(api, alice, fake_llm):
    topic, other, _third = factories.make_plan(alice)
    past = timezone.now() - timedelta(days=9)
    for about, text, days in ((topic, "What is a deadlock?", 20), (other, "How do you say no?", -2)):
        question = factories.make_question(alice, text, topic=about, due_at=timezone.now() + timedelta(days=days))
        session = factories.make_session(alice, topic=about, ended=past)
        factories.make_attempt(alice, session=session, question=question, state="marked", score=8)
        strength.recompute(about)
    session = sessions.start(alice, topic, 25)
    for _again in range(2):
        fake_llm.reply(some_questions(a_question("What is a deadlock?")))
    asked = api.post(f"/study/generate_questions/{session.pk}").json()["questions"]
    assert [(one["question"], one["status"], one["redo_reason"]) for one in asked] == [
        ("How do you say no?", "redo", "high_value"),
        (
            f"What is a deadlock? {drills.instruction(session.rounds.get().suggestions.last().drill)}",
            "redo",
            "high_value",
        ),
    ]
    for one in asked:
        fake_llm.reply(a_mark(4))
        assert evaluate(api, session, {"question_id": one["id"], "raw_answer": ANSWER}).json()["score"] == 4
        assert f"<question>{one['question']}</question>" in fake_llm.requests[-1].user
    counted = {one.topic_id: one.marked_attempts for one in TopicProgress.objects.filter(topic__user=alice)}
    assert (counted[topic.pk], counted[other.pk]) == (1, 2)


# --- answers ---------------------------------------------------------------------------------------------------------


def test_an_answer_is_marked_with_reasons(api, session, question, fake_llm):
    question.looks_for = ["what was slow", "what it cost"]
    question.save()
    marked = a_mark(score=7, quotes=["I owned the payment service"], shown=[True, False])
    fake_llm.reply(marked, mode="evaluate_answer")
    body = {"question_id": question.pk, "raw_answer": ANSWER, "seconds_taken": 120}
    response = evaluate(api, session, body)
    assert response.status_code == 200
    found = response.json()
    told = {"attempt_id", "score", "positive_feedback", "improvement_areas", "anchors", "quotes", "shown"}
    assert set(found) == told
    assert (found["score"], found["quotes"]) == (7, ["I owned the payment service"])
    assert found["shown"] == [True, False]
    attempt = QuestionAttempt.objects.get()
    assert (attempt.pk, attempt.raw_answer, attempt.seconds_taken) == (found["attempt_id"], ANSWER, 120)


def test_a_failed_mark_is_503_with_the_saved_answer_to_try_again(api, session, question, fake_llm):
    fake_llm.fault("http_401", mode="evaluate_answer")
    response = evaluate(api, session, {"question_id": question.pk, "raw_answer": ANSWER})
    assert response.status_code == 503
    problem = error(response)
    assert problem["code"] == "misconfigured"
    assert QuestionAttempt.objects.get(pk=problem["attempt_id"]).raw_answer == ANSWER
    fake_llm.reply(a_mark(), mode="evaluate_answer")
    again = evaluate(api, session, {"attempt_id": problem["attempt_id"]})
    assert (again.status_code, again.json()["attempt_id"]) == (200, problem["attempt_id"])
    once_more = evaluate(api, session, {"attempt_id": problem["attempt_id"]})
    assert once_more.json() == again.json()
    assert len(fake_llm.asked("evaluate_answer")) == 2


@pytest.mark.parametrize("text", ["", "   \n ", "\x00", "\u200b\u2060\u3164"])
def test_an_empty_answer_is_422(api, session, question, text):
    response = evaluate(api, session, {"question_id": question.pk, "raw_answer": text})
    assert response.status_code == 422
    assert set(error(response)["fields"]) == {"raw_answer"}


def test_an_answer_of_12000_characters_fits_and_one_more_is_413(api, session, question, fake_llm):
    fake_llm.always(a_mark(), mode="evaluate_answer")
    long = ("word " * 2400)[:-1] + "s"
    assert len(long) == 12_000
    assert evaluate(api, session, {"question_id": question.pk, "raw_answer": long}).status_code == 200
    response = evaluate(api, session, {"question_id": question.pk, "raw_answer": long + "s"})
    assert response.status_code == 413
    assert error(response)["code"] == "answer_too_long"
    assert QuestionAttempt.objects.count() == 1


def test_an_answer_after_the_end_is_409(api, alice, topic, question):
    session = factories.make_session(alice, topic=topic, ended=True)
    response = evaluate(api, session, {"question_id": question.pk, "raw_answer": ANSWER})
    assert (response.status_code, error(response)["code"]) == (409, "session_over")


def test_a_question_of_someone_else_or_of_another_topic_is_404(api, alice, session, bobs):
    elsewhere = factories.make_question(alice, topic=alice.plan_topics.exclude(pk=session.topic_id).first())
    for other in (bobs[1], elsewhere):
        assert evaluate(api, session, {"question_id": other.pk, "raw_answer": ANSWER}).status_code == 404
    assert not QuestionAttempt.objects.exists()


def test_a_question_of_another_topic_that_was_suggested_here_can_be_answered(api, alice, session, fake_llm):
    elsewhere = factories.make_question(alice, topic=alice.plan_topics.exclude(pk=session.topic_id).first())
    factories.make_round(session, questions=[elsewhere])
    fake_llm.reply(a_mark(), mode="evaluate_answer")
    assert evaluate(api, session, {"question_id": elsewhere.pk, "raw_answer": ANSWER}).status_code == 200


def test_an_attempt_of_someone_else_of_another_session_or_a_draft_is_404(api, alice, session, bobs):
    other_session = factories.make_session(alice, topic=session.topic, ended=True)
    attempts = [
        factories.make_attempt(bobs[0].user, session=bobs[0], state="failed"),
        factories.make_attempt(alice, session=other_session, state="failed"),
        factories.make_attempt(alice, session=session),
    ]
    for attempt in attempts:
        assert evaluate(api, session, {"attempt_id": attempt.pk}).status_code == 404


# --- the same call again ---------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_first_answer(api, session, question, fake_llm):
    fake_llm.reply(a_mark(score=8), mode="evaluate_answer")
    body = {"question_id": question.pk, "raw_answer": ANSWER, "seconds_taken": 60}
    first = evaluate(api, session, body, **{"Idempotency-Key": "a-1"})
    again = evaluate(api, session, body, **{"Idempotency-Key": "a-1"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert QuestionAttempt.objects.count() == 1


def test_without_a_key_the_same_answer_is_another_attempt(api, session, question, fake_llm):
    fake_llm.always(a_mark(), mode="evaluate_answer")
    body = {"question_id": question.pk, "raw_answer": ANSWER}
    assert evaluate(api, session, body).json()["attempt_id"] != evaluate(api, session, body).json()["attempt_id"]


@pytest.mark.parametrize(
    "change", [{"raw_answer": "Something else entirely."}, {"seconds_taken": 61}, {"question_id": "other"}]
)
def test_the_same_key_with_another_body_is_422(api, alice, session, question, fake_llm, change):
    fake_llm.reply(a_mark(), mode="evaluate_answer")
    body = {"question_id": question.pk, "raw_answer": ANSWER, "seconds_taken": 60}
    evaluate(api, session, body, **{"Idempotency-Key": "a-1"})
    if "question_id" in change:
        change = {"question_id": factories.make_question(alice, "Another?", topic=session.topic).pk}
    response = evaluate(api, session, {**body, **change}, **{"Idempotency-Key": "a-1"})
    assert (response.status_code, error(response)["code"]) == (422, "key_used")
    assert QuestionAttempt.objects.count() == 1


def test_two_candidates_may_use_the_same_key(api, session, question, bobs, fake_llm):
    fake_llm.always(a_mark(), mode="evaluate_answer")
    bob_session, bob_question = bobs
    key = {"Idempotency-Key": "a-1"}
    assert evaluate(api, session, {"question_id": question.pk, "raw_answer": ANSWER}, **key).status_code == 200
    bob = Api(bob_session.user)
    response = evaluate(bob, bob_session, {"question_id": bob_question.pk, "raw_answer": ANSWER}, **key)
    assert response.status_code == 200
    assert QuestionAttempt.objects.count() == 2


def test_a_repeat_after_a_failure_tries_again(api, session, question, fake_llm):
    fake_llm.fault("http_401", mode="evaluate_answer")
    body, key = {"question_id": question.pk, "raw_answer": ANSWER}, {"Idempotency-Key": "a-1"}
    failed = evaluate(api, session, body, **key)
    fake_llm.reply(a_mark(), mode="evaluate_answer")
    again = evaluate(api, session, body, **key)
    assert again.json()["attempt_id"] == error(failed)["attempt_id"]


def test_a_key_that_is_too_long_is_422(api, session, question):
    body = {"question_id": question.pk, "raw_answer": ANSWER}
    response = evaluate(api, session, body, **{"Idempotency-Key": "k" * 101})
    assert response.status_code == 422
    assert set(error(response)["fields"]) == {"Idempotency-Key"}


def test_the_offline_coach_marks_as_well(api, session, question):
    found = evaluate(api, session, {"question_id": question.pk, "raw_answer": ANSWER}).json()
    assert 1 <= found["score"] <= 10
