"""The real stack as `make run` starts it: the whole loop by plain forms, an LLM that dies in the middle, and a dump."""

import os
import socket
import subprocess
import sys

import pytest

from coach.running.database import EmbeddedServer, programs
from tests.fake_llm import FakeLLM, a_chat_reply, a_mark, a_plan, a_reconciliation, a_reply_to, some_questions
from tests.stack.serving import Stack
from tests.stack.visitor import Visitor

# A word of its own for each place where a candidate can type: none of them may stand in the database.
ROLE = "Lighthouse keeper"
NAME = "Kimberly Pharos"
TYPED = {
    "password": "kelp-Xanthos-91",
    "weaknesses": "wkn-zirconium",
    "message": "msg-quagmire",
    "context": "ctx-obsidian",
    "answer": "ans-marzipan",
    "second_answer": "ans-saffron",
    "topic": "Tpc-vermilion",
    "question": "qst-tourmaline",
    "note": "nte-labradorite",
}
ANSWER = (
    f"At the harbour I kept the lamp running through a storm of nine hours, {TYPED['answer']}, changed two bulbs by "
    "hand, logged every ship that passed and radioed three of them; none of the 41 ran aground that night."
)

MEGABYTES = 450  # of memory, when all of it has worked once and rests


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answer_everything(fake: FakeLLM) -> None:
    topic = {
        "name": TYPED["topic"],
        "description": "Keeping calm.",
        "priority": 1,
        "daily_study_minutes": 20,
        "expected_outcome": "Stays calm.",
    }
    other = {**topic, "name": "Signals", "priority": 2, "daily_study_minutes": 10}
    known = {"role": ROLE, "daily_minutes": 30, "weaknesses": TYPED["weaknesses"], "motivation": "high"}
    fake.always(a_chat_reply("I am writing your plan.", **known), mode="plan_chat")
    fake.always(a_plan(topic, other, role=ROLE), mode="suggest_plan")
    fake.always(some_questions_with_marker(), mode="generate_questions")
    fake.always(a_mark(score=7, quotes=["none of the 41 ran aground"]), mode="evaluate_answer")
    fake.always(a_reconciliation(progress_note=f"You stay calm. {TYPED['note']}"), mode="reconcile_session")
    fake.always(a_reply_to)


def some_questions_with_marker():
    reply = some_questions()
    reply["questions"][0]["question"] = f"How do you keep the lamp running, {TYPED['question']}?"
    return reply


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("loop") / "data"


@pytest.fixture
def llm_port():
    return free_port()


@pytest.fixture
def stack(data_dir, llm_port):
    environment = {"OPENAI_API_KEY": "any", "OPENAI_BASE_URL": f"http://127.0.0.1:{llm_port}/v1"}
    with Stack(data_dir, free_port(), **environment) as stack:
        stack.wait_until_ready()
        yield stack


def agree_on_a_plan(visitor: Visitor) -> None:
    visitor.open("/join/")
    visitor.send("/join/", username="keeper", password=TYPED["password"], name=NAME)
    assert visitor.path == "/plan/chat/"
    visitor.open("/context/")
    visitor.send("/context/", text=f"Twelve years on a rock. {TYPED['context']}")
    visitor.open("/plan/chat/")
    visitor.send("/plan/chat/$", text=f"I want to keep a lighthouse. {TYPED['message']}")
    assert TYPED["message"] in visitor.text
    visitor.send("/plan/chat/reply/")
    assert "I am writing your plan." in visitor.text
    visitor.send("/suggestion/")
    assert visitor.shows(TYPED["topic"])
    visitor.send("/approval/")
    visitor.open("/plan/")
    assert TYPED["topic"] in visitor.text


def answer_a_question(visitor: Visitor, answer: str) -> None:
    visitor.send(r"/questions/\d+/attempts/")
    assert "/attempts/" in visitor.path
    visitor.send("/submission/", raw_answer=answer)


def test_the_loop_holds_when_the_llm_dies_in_the_middle_and_the_dump_holds_nothing_typed(stack, llm_port):
    visitor = Visitor(stack.url)
    with FakeLLM(llm_port) as fake:
        answer_everything(fake)
        agree_on_a_plan(visitor)
        visitor.open("/")
        visitor.send("/sessions/$")
        assert visitor.path.startswith("/sessions/")
        session = visitor.path
        visitor.send("/suggestion/|/questions/$")
        assert TYPED["question"] in visitor.text

        answer_a_question(visitor, ANSWER)
        attempt = visitor.path
        assert visitor.shows(ANSWER)
        visitor.send("/feedback/")
        assert "7 out of 10" in visitor.text
        assert "none of the 41 ran aground" in visitor.text

        visitor.open(session)
        answer_a_question(visitor, f"{ANSWER} And this is the second answer, {TYPED['second_answer']}.")
        attempt = visitor.path

    # The LLM is gone: nobody listens on its port.
    visitor.send("/feedback/")
    assert "could not be reached" in visitor.text
    visitor.open(attempt)
    assert visitor.shows(TYPED["second_answer"])

    with FakeLLM(llm_port) as fake:
        answer_everything(fake)
        visitor.send("/feedback/")
        assert "7 out of 10" in visitor.text
        assert len(fake.asked("evaluate_answer")) == 1

        visitor.open(session)
        visitor.send("/end/")
        visitor.reload_until(lambda text: TYPED["note"] in text)
        assert "End with measured results" in visitor.text
        assert len(fake.asked("reconcile_session")) == 1

        visitor.open("/sessions/")
        visitor.send("/sessions/$", beside=TYPED["topic"])
        visitor.send("/suggestion/|/questions/$")
        assert "End with measured results" in fake.asked("generate_questions")[-1].user
    assert_dump_holds_nothing_typed(stack)
    if sys.platform == "linux":
        assert stack.megabytes() < MEGABYTES


def assert_dump_holds_nothing_typed(stack: Stack) -> None:
    owner = (stack.data_dir / "postgres").stat()
    as_owner = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    dump = subprocess.run(
        [programs() / "pg_dump", EmbeddedServer(stack.data_dir).url()],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        **as_owner,
    ).stdout
    assert "keeper" in dump, "the dump is not of this database"
    for place, word in {**TYPED, "role": ROLE, "name": NAME}.items():
        assert word.casefold() not in dump.casefold(), place
        assert word.encode().hex() not in dump, place
