"""Fifty identical calls at once: one attempt, one claim, one billed call, one answer; and nobody holds a connection."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest

from tests.client.coach_client import CoachClient
from tests.factories import ANSWER
from tests.fake_llm import a_mark, a_plan, some_questions

CALLS = 50
COUNT = """
from study.models import QuestionAttempt
from llm_modes.models import LLMCall
attempts = QuestionAttempt.objects.filter(session={session})
print([attempts.count(), [attempt.ask_attempt for attempt in attempts],
       LLMCall.objects.filter(mode="evaluate_answer", user__study_sessions={session}).count()])
"""


@pytest.fixture
def client(join, llm) -> CoachClient:
    client = join()
    llm.reply(a_plan(), mode="suggest_plan")
    client.approve(client.suggest_new("Backend engineer", "Five years of payments."))
    return client


@pytest.fixture
def place(client, llm) -> tuple[str, int]:
    """Where answers go, and the question they answer."""
    session = client.start_session(client.plan().plan_topics[0].id, 20)
    llm.reply(some_questions(), mode="generate_questions")
    return f"/study/evaluate_answer/{session.id}", client.questions(session.id)[0].id


def all_at_once(client: CoachClient, place: tuple[str, int], keys: list[str]) -> list[Future[httpx.Response]]:
    """The answers of one call for each key, sent at the same moment."""
    start = threading.Barrier(len(keys))
    path, question = place

    def call(key: str) -> httpx.Response:
        start.wait()
        body = {"question_id": question, "raw_answer": ANSWER}
        return client.call("POST", path, body, **{"Idempotency-Key": key})

    pool = ThreadPoolExecutor(len(keys))
    return [pool.submit(call, key) for key in keys]


def test_one_key_makes_one_attempt_one_claim_one_billed_call_and_one_answer(client, place, llm, stack):
    asked, answer = len(llm.asked("evaluate_answer")), threading.Event()
    llm.reply(a_mark(score=7), mode="evaluate_answer", hold=answer)
    calls = all_at_once(client, place, ["k-1"] * CALLS)
    llm.wait_for(asked + 1, mode="evaluate_answer")
    time.sleep(3)  # by now all of them wait: 50, and the pools of both web processes have 20 connections
    # If they held these, nobody else would get one before the answer is there.
    assert all(client.plan().version == 1 for _ in range(10))
    answer.set()
    responses = [call.result(timeout=60) for call in calls]
    assert {response.status_code for response in responses} == {200}
    assert len({response.text for response in responses}) == 1
    assert responses[0].json()["score"] == 7
    assert len(llm.asked("evaluate_answer")) == asked + 1
    session = place[0].rsplit("/", 1)[1]
    assert stack.run("shell", "-v0", "-c", COUNT.format(session=session)).stdout.strip() == "[1, [1], 1]"


def test_a_failure_is_told_to_all_who_waited_for_it(client, place, llm):
    asked, fail = len(llm.asked("evaluate_answer")), threading.Event()

    def failing(handler, request):
        fail.wait(60)
        handler.send_json(401, {"error": {"code": "invalid_api_key", "message": "no"}})

    llm.play(failing, mode="evaluate_answer")
    calls = all_at_once(client, place, ["k-1"] * CALLS)
    llm.wait_for(asked + 1, mode="evaluate_answer")
    time.sleep(3)
    fail.set()
    responses = [call.result(timeout=60) for call in calls]
    assert {response.status_code for response in responses} == {503}
    assert len({response.text for response in responses}) == 1
    assert responses[0].json()["error"]["attempt_id"]
    assert len(llm.asked("evaluate_answer")) == asked + 1


def test_of_two_wishes_for_a_plan_the_later_one_is_answered(join, llm):
    client, asked, answer = join(), len(llm.asked("suggest_plan")), threading.Event()
    llm.reply(a_plan(weeks=5), mode="suggest_plan", hold=answer)
    wish = {"role": "Backend engineer", "raw_user_context": "Five years of payments."}
    first = ThreadPoolExecutor(1).submit(client.call, "POST", "/plan/suggest_new", wish)
    llm.wait_for(asked + 1, mode="suggest_plan")
    llm.reply(a_plan(weeks=9), mode="suggest_plan")
    later = client.call("POST", "/plan/suggest_new", wish)
    answer.set()
    assert later.json()["plan_overview"]["time_horizon_weeks"] == 9
    assert first.result(timeout=60).status_code == 409
    assert first.result().json()["error"]["code"] == "replaced"


def test_answers_of_one_session_are_marked_one_after_the_other(client, place, llm):
    llm.always(a_mark(), mode="evaluate_answer", delay=0.5)
    responses = [call.result(timeout=60) for call in all_at_once(client, place, ["a", "b", "c"])]
    assert [response.status_code for response in responses] == [200, 200, 200]
    assert len({response.json()["attempt_id"] for response in responses}) == 3
