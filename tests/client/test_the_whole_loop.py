"""A day of a candidate through the facade alone, against the program as `make run` starts it."""

import time
from collections import defaultdict

import pytest

from tests.client.coach_client import CoachClient, Refused
from tests.client.conftest import PASSWORD
from tests.factories import ANSWER
from tests.fake_llm import a_mark, a_plan, a_plan_change, a_reconciliation, a_topic, some_questions

CONTEXT = "Five years of payments at Acme; I never led a design."


def test_a_day_from_joining_to_the_summary(stack, llm, capsys):
    with CoachClient(stack.url) as client:
        day(client, llm)
        seen = defaultdict(set)
        for method, path, status in client.seen:
            seen[f"{method} {''.join('{session_id}' if part.isdigit() else part for part in parts(path))}"].add(status)
    with capsys.disabled():
        print("\n\nEndpoint and the codes that the loop saw")
        for call in sorted(seen):
            print(f"  {call:45} {' '.join(map(str, sorted(seen[call])))}")


def parts(path: str) -> list[str]:
    """The path in pieces, the slashes kept."""
    return [piece for step in path.split("/")[1:] for piece in ("/", step)]


def day(client: CoachClient, llm) -> None:
    with pytest.raises(Refused) as refused:
        client.plan()
    assert (refused.value.status, refused.value.code) == (401, "not_signed_in")

    client.create("alice", PASSWORD, name="Alice")
    with CoachClient(str(client.http.base_url)) as another:
        with pytest.raises(Refused) as refused:
            another.create("Alice", PASSWORD)
        assert refused.value.status == 409
        with pytest.raises(Refused) as refused:
            another.login("alice", "not-the-password")
        assert refused.value.status == 401
        another.login("alice", PASSWORD)
        assert another.plan().version == 0
        client.seen += another.seen

    # Agree on a plan
    llm.fault("http_401", mode="suggest_plan")
    with pytest.raises(Refused) as refused:
        client.suggest_new("Backend engineer", CONTEXT)
    assert (refused.value.status, refused.value.code) == (503, "misconfigured")
    llm.reply(a_plan(), mode="suggest_plan")
    proposal = client.suggest_new("Backend engineer", CONTEXT, daily_minutes=45, weaknesses="design", motivation="high")
    assert client.plan().plan_topics == []
    plan = client.approve(proposal)
    assert [topic.name for topic in plan.plan_topics] == ["System design", "Conflict stories", "Algorithms"]
    topics = [
        a_topic(minutes=25),
        a_topic("Conflict stories", priority=2, minutes=15),
        a_topic("Algorithms", priority=3, minutes=5),
    ]
    llm.reply(
        a_plan_change(*topics, changes=[("System design", "more_time"), ("Algorithms", "less_time")]),
        mode="suggest_plan_changes",
    )
    changes = client.suggest_changes("More design, please.")
    assert {(change["topic"], change["change"]) for change in changes.changes} == {
        ("System design", "more_time"),
        ("Algorithms", "less_time"),
    }
    assert all(change["reason"] for change in changes.changes)
    assert client.plan().version == 1
    assert client.approve(changes).version == 2
    with pytest.raises(Refused) as refused:
        client.approve(proposal)
    assert refused.value.status == 409

    # Practise
    session = client.start_session(client.plan().plan_topics[0].id, 20)
    with pytest.raises(Refused) as refused:
        client.start_session(plan.plan_topics[1].id, 20)
    assert (refused.value.status, refused.value.session_id) == (409, session.id)
    llm.reply(some_questions(), mode="generate_questions")
    first, second, _third = client.questions(session.id)
    llm.reply(a_mark(score=6, quotes=["I owned the payment service"]), mode="evaluate_answer")
    mark = client.evaluate(session.id, first.id, ANSWER, key="one", seconds=95)
    assert (mark.score, mark.quotes) == (6, ["I owned the payment service"])
    assert client.evaluate(session.id, first.id, ANSWER, key="one", seconds=95) == mark
    with pytest.raises(Refused) as refused:
        client.evaluate(session.id, first.id, "Something else.", key="one")
    assert refused.value.status == 422
    llm.fault("refusal", mode="evaluate_answer")
    with pytest.raises(Refused) as refused:
        client.evaluate(session.id, second.id, ANSWER)
    assert (refused.value.status, refused.value.code) == (503, "refused")
    llm.reply(a_mark(score=8), mode="evaluate_answer")
    assert client.evaluate_again(session.id, refused.value.attempt_id).score == 8
    with pytest.raises(Refused) as refused:
        client.evaluate(session.id, first.id, "word " * 2401)
    assert refused.value.status == 413

    # End, and wait for the summary of the worker
    llm.reply(a_reconciliation(first.question, second.question), mode="reconcile_session")
    ended = client.end_session(session.id)
    assert ended.end_time is not None
    until = time.monotonic() + 30
    while ended.reconciliation == "pending" and time.monotonic() < until:
        time.sleep(0.5)
        ended = client.end_session(session.id)
    assert ended.reconciliation == "done"
    assert [(line["question"], line["attempts"], line["best_score"]) for line in ended.summary] == [
        (first.question, 1, 6),
        (second.question, 1, 8),
    ]
    with pytest.raises(Refused) as refused:
        client.questions(session.id)
    assert refused.value.status == 409
    progress = client.plan().plan_topics[0].progress
    assert progress["strength_rating"] is not None
    llm.check()
