"""The web's workers are killed at five points of an answer's way: no answer and no mark is lost, none is made twice."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import psutil
import psycopg
import pytest
import requests
from psycopg.rows import namedtuple_row

from coach.running.database import EmbeddedServer
from tests.fake_llm import FakeLLM, a_mark, completion
from tests.stack.serving import Stack
from tests.stack.test_whole_loop_by_http import ANSWER, agree_on_a_plan, answer_everything, free_port
from tests.stack.visitor import Visitor

NO_MARK_YET = "Your answer is saved, but has no mark yet"
# An answer is marked, or can be tried again, this long after its asker was killed.
MOST_SECONDS = 60
# Granian takes it for a crash loop, and ends, when a worker dies again within 5.5 s.
BETWEEN_KILLS = 6.5


class Killed:
    """The stack, a candidate in a running session, and what is stored: read past the program, in the database."""

    def __init__(self, stack: Stack, fake: FakeLLM) -> None:
        self.stack, self.fake = stack, fake
        self.database = self.connect()
        # The sweep would wait for the tests' locks like the web's workers.
        self.database.execute("DELETE FROM django_q_schedule")
        self.visitor = Visitor(stack.url)
        agree_on_a_plan(self.visitor)
        self.visitor.open("/")
        self.visitor.send("/sessions/$")
        self.session = self.visitor.path
        self.numbers = count(1)
        self.spawned = time.monotonic()

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(EmbeddedServer(self.stack.data_dir).url(), autocommit=True, row_factory=namedtuple_row)

    # --- the answer --------------------------------------------------------------------------------------------

    def hand_in(self) -> None:
        """An answer to a question of its own is saved, and nobody has asked for its mark."""
        night = next(self.numbers)
        self.answer = f"{ANSWER} That was night {night}."
        self.visitor.open(self.session)
        self.visitor.send("/questions/own/", text=f"What did you do in night {night}?")
        self.visitor.send("/submission/", raw_answer=self.answer)
        self.attempt = int(self.visitor.path.strip("/").split("/")[-1])
        self.asked_before, self.billed_before = self.asked, self.billed
        assert self.row.ask_state == "pending"

    def ask(self) -> threading.Thread:
        """Ask for the mark as the page's plain form does; in a thread, whose reader never gets a response."""

        def read() -> None:
            with suppress(requests.ConnectionError):
                self.visitor.send("/feedback/")
                self.responded = True

        self.responded = False
        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    @property
    def row(self):
        """The attempt as it is stored."""
        columns = "ask_state, ask_attempt, ask_lease_until, score_rating, marked_at, question_id"
        sql = f"SELECT {columns} FROM study_questionattempt WHERE id = %s"
        return self.database.execute(sql, [self.attempt]).fetchone()

    @property
    def asked(self) -> int:
        """Requests for a mark that reached the LLM: these are billed."""
        return len(self.fake.asked("evaluate_answer"))

    @property
    def billed(self) -> int:
        """Calls for a mark in our ledger. One whose asker was killed before its end is not in it."""
        sql = "SELECT count(*) FROM llm_modes_llmcall WHERE mode = 'evaluate_answer'"
        return self.database.execute(sql).fetchone()[0]

    # --- holding and killing -----------------------------------------------------------------------------------

    @contextmanager
    def locked(self, statement: str, *values: int) -> Iterator[None]:
        """Hold what the statement locks, so that the program stops where it wants it."""
        with closing(self.connect()) as connection, connection.transaction(force_rollback=True):
            connection.execute(statement, values)
            yield

    def wait_for(self, happened, what: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < until, f"not within {seconds} s: {what}"
            time.sleep(0.02)

    def held_up(self) -> list[int]:
        """The database's processes that wait for a lock."""
        sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return [found.pid for found in self.database.execute(sql)]

    def workers(self) -> list[psutil.Process]:
        """Those that Granian has started to serve."""
        found = []
        for process in psutil.Process(self.stack.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                parent = process.parent()
                if parent and parent.pid != self.stack.process.pid and "coach.running.web_server" in parent.cmdline():
                    found.append(process)
        return found

    def kill_workers(self) -> None:
        """Both at once, and without a word. The next ones serve afterwards."""
        time.sleep(max(0.0, self.spawned + BETWEEN_KILLS - time.monotonic()))
        workers = self.workers()
        assert len(workers) == 2
        self.killed_at = datetime.now(UTC)
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
        psutil.wait_procs(workers, timeout=5)

    def wait_for_new_workers(self) -> None:
        self.wait_for(lambda: len(self.workers()) == 2, "new workers")
        self.spawned = time.monotonic()
        self.wait_for(self.serves, "the new workers serve")

    def serves(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{self.stack.url}/health/", timeout=5).ok
        return False

    # --- what must be so afterwards ----------------------------------------------------------------------------

    def open_attempt(self) -> None:
        """The candidate comes back: the answer is there, word for word."""
        self.visitor.open(f"/attempts/{self.attempt}/")
        assert self.visitor.status == 200
        assert self.visitor.page.select_one(".verbatim").text == self.answer

    def assert_can_be_tried_again_in_time(self) -> None:
        """The row is free again after its lease; the time until then is skipped."""
        row = self.row
        assert (row.ask_state, row.score_rating, row.marked_at) == ("asking", None, None)
        assert row.ask_lease_until <= self.killed_at + timedelta(seconds=MOST_SECONDS)
        self.open_attempt()
        assert NO_MARK_YET not in self.visitor.text
        self.database.execute(
            "UPDATE study_questionattempt SET ask_lease_until = now() WHERE id = %s AND ask_attempt = %s",
            [self.attempt, row.ask_attempt],
        )
        self.open_attempt()
        assert NO_MARK_YET in self.visitor.text
        assert "Try again" in self.visitor.form("/feedback/").text

    def assert_marked_once(self, *, asked: int, billed: int) -> None:
        """There is one mark, made from so many requests, of which so many came to their end."""
        self.open_attempt()
        assert "7 out of 10" in self.visitor.text
        row = self.row
        assert (row.ask_state, row.score_rating, row.ask_lease_until) == ("done", 7, None)
        answers = "SELECT count(*) AS all, count(score_rating) AS marked FROM study_questionattempt"
        stored = self.database.execute(answers).fetchone()
        assert stored.all == stored.marked == self.attempts_so_far
        assert (self.asked - self.asked_before, self.billed - self.billed_before) == (asked, billed)

    @property
    def attempts_so_far(self) -> int:
        return int(self.answer.split()[-1].rstrip("."))


@pytest.fixture(scope="module")
def fake():
    with FakeLLM() as fake:
        answer_everything(fake)
        yield fake


@pytest.fixture(scope="module")
def killed(tmp_path_factory, fake):
    data_dir = tmp_path_factory.mktemp("killed") / "data"
    with Stack(data_dir, free_port(), OPENAI_API_KEY="any", OPENAI_BASE_URL=fake.url) as stack:
        stack.wait_until_ready()
        killed = Killed(stack, fake)
        yield killed
        killed.database.close()


@pytest.fixture(autouse=True)
def answer(killed):
    """A new one for each test, saved."""
    killed.hand_in()


@pytest.fixture
def go_on():
    """Lets the LLM go on, at the latest when the test ends."""
    event = threading.Event()
    yield event
    event.set()


def attempt_row(killed):
    return killed.locked("SELECT 1 FROM study_questionattempt WHERE id = %s FOR UPDATE", killed.attempt)


def kill_while_held_up(killed, reader) -> list[int]:
    """Kill what waits for a lock; its processes in the database, which notice when they get it."""
    killed.wait_for(killed.held_up, "somebody waits for the lock")
    orphans = killed.held_up()
    killed.kill_workers()
    reader.join(10)
    assert not killed.responded
    return orphans


def wait_for_end(killed, orphans) -> None:
    sql = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"
    killed.wait_for(lambda: killed.database.execute(sql, [orphans]).fetchone()[0] == 0, "orphans have ended")


def test_killed_when_the_answer_is_saved_and_not_yet_claimed(killed):
    with attempt_row(killed):
        orphans = kill_while_held_up(killed, killed.ask())
    wait_for_end(killed, orphans)
    killed.wait_for_new_workers()
    assert (killed.row.ask_state, killed.row.ask_attempt) == ("pending", 0)
    assert killed.asked == killed.asked_before
    killed.open_attempt()
    killed.visitor.send("/feedback/")
    killed.assert_marked_once(asked=1, billed=1)


def test_killed_when_the_request_is_on_its_way(killed, fake, go_on):
    fake.play(completion(a_mark(score=3), hold=go_on), mode="evaluate_answer")
    reader = killed.ask()
    killed.wait_for(lambda: killed.asked > killed.asked_before, "the LLM is asked")
    killed.kill_workers()
    reader.join(10)
    assert not killed.responded
    go_on.set()
    killed.wait_for_new_workers()
    killed.assert_can_be_tried_again_in_time()
    killed.visitor.send("/feedback/")
    killed.assert_marked_once(asked=2, billed=1)


def test_killed_while_the_reply_is_being_streamed(killed, fake, go_on):
    def pieces():
        yield '{"positive_feedback": ["You kept the lamp running.", "You'
        go_on.wait(60)

    fake.play(completion(pieces=pieces), mode="evaluate_answer")
    live = f"{killed.stack.url}/attempts/{killed.attempt}/live/"
    session = killed.visitor.browser.session
    token = {"csrfmiddlewaretoken": session.cookies.get("csrftoken")}
    seen = b""
    with (
        session.post(live, data=token, stream=True, timeout=20) as stream,
        pytest.raises(requests.RequestException),
    ):
        for chunk in stream.iter_content(None):
            first_seen, seen = b"You kept the lamp running." not in seen, seen + chunk
            if first_seen and b"You kept the lamp running." in seen:
                killed.kill_workers()
    assert b"You kept the lamp running." in seen
    go_on.set()
    killed.wait_for_new_workers()
    killed.assert_can_be_tried_again_in_time()
    killed.visitor.send("/feedback/")
    killed.assert_marked_once(asked=2, billed=1)


def test_killed_when_the_reply_has_come_and_is_about_to_be_stored(killed, fake, go_on):
    fake.play(completion(a_mark(score=3), hold=go_on), mode="evaluate_answer")
    reader = killed.ask()
    killed.wait_for(lambda: killed.asked > killed.asked_before, "the LLM is asked")
    with attempt_row(killed):
        go_on.set()
        orphans = kill_while_held_up(killed, reader)
    wait_for_end(killed, orphans)
    killed.wait_for_new_workers()
    killed.assert_can_be_tried_again_in_time()
    killed.visitor.send("/feedback/")
    killed.assert_marked_once(asked=2, billed=2)


def test_killed_when_the_mark_is_stored_and_its_reader_has_not_got_it(killed):
    reads = "LOCK TABLE study_questionattempt IN ACCESS EXCLUSIVE MODE"
    with closing(killed.connect()) as connection, connection.transaction(force_rollback=True):
        # Storing the mark waits for its question, and whoever wants to read the attempt afterwards for the table.
        with killed.locked("SELECT 1 FROM study_question WHERE id = %s FOR UPDATE", killed.row.question_id):
            reader = killed.ask()
            killed.wait_for(killed.held_up, "the mark is being stored")
            storing = killed.held_up()
            table = threading.Thread(target=connection.execute, args=[reads], daemon=True)
            table.start()
            killed.wait_for(lambda: len(killed.held_up()) > len(storing), "the table waits for its end")
        table.join(20)
        assert not table.is_alive()
        orphans = kill_while_held_up(killed, reader)
    wait_for_end(killed, orphans)
    killed.wait_for_new_workers()
    marked_at = killed.row.marked_at
    killed.assert_marked_once(asked=1, billed=1)
    # A second tab that still shows the button asks in vain.
    token = killed.visitor.browser.session.cookies.get("csrftoken")
    response = killed.visitor.browser.session.post(
        f"{killed.stack.url}/attempts/{killed.attempt}/feedback/", data={"csrfmiddlewaretoken": token}
    )
    assert response.status_code == 200
    killed.assert_marked_once(asked=1, billed=1)
    assert killed.row.marked_at == marked_at
