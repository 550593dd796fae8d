"""One candidate sends 135 answers at once, another one only wants a page: `python -m tests.load.greedy_candidate`.

Both use the whole program with a model that takes its time. Wanted: the other one's pages come at once, their own
answer is marked, at most two calls of the greedy one are at the model at any moment, and whoever is refused is told so.
"""

import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx

from tests import environment
from tests.client.conftest import serving
from tests.client.fuzz import ANSWER
from tests.fake_llm import FakeLLM, a_reply_to, completion
from tests.load.fifty_candidates import _in_session

CALLS = 135
THINKING = 3.0  # seconds of the model
GREEDY = "I am the greedy one. "


@dataclass
class Figures:
    """Answers of the greedy candidate by status, seconds of the other one's pages, and what the model saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    waits_told: int = 0
    pages: list[float] = field(default_factory=list)
    mark: float = 0.0
    most_at_once: int = 0

    def told(self) -> str:
        """The figures as sentences."""
        return "\n".join(
            (
                f"{self.statuses.total()} calls at once of one candidate: {dict(sorted(self.statuses.items()))}, "
                f"{self.waits_told} with Retry-After; at most {self.most_at_once} at the model",
                f"another candidate's page, looked at {len(self.pages)} times, took "
                f"{statistics.median(self.pages):.2f} s at the median and {max(self.pages):.2f} s at most",
                f"another candidate's mark took {self.mark:.2f} s, of which the model takes {THINKING:.0f} s",
            )
        )


class Counting:
    """Counts how many calls of the greedy candidate are at the model at the same moment."""

    def __init__(self, thinking: float) -> None:
        self.now = self.most = 0
        self.lock = threading.Lock()
        self.play = completion(a_reply_to, delay=thinking)

    def __call__(self, handler, request) -> None:
        greedy = GREEDY.strip() in request.user
        with self.lock:
            self.now += greedy
            self.most = max(self.most, self.now)
        try:
            self.play(handler, request)
        finally:
            with self.lock:
                self.now -= greedy


def run(url: str, calls: int) -> Figures:
    """Let one candidate send so many answers at once, and another one look and answer meanwhile."""
    figures = Figures()
    greedy, session, question = _in_session(url, 1)
    other, others_session, others_question = _in_session(url, 2)
    greedy.http = httpx.Client(
        base_url=url, cookies=greedy.http.cookies, timeout=120, limits=httpx.Limits(max_connections=None)
    )
    together = threading.Barrier(calls + 1)

    def send(number: int) -> tuple[int, str]:
        body = {"question_id": question, "raw_answer": f"{GREEDY}{number}. {ANSWER}"}
        together.wait()
        response = greedy.call("POST", f"/study/evaluate_answer/{session}", body)
        return response.status_code, response.headers.get("retry-after", "")

    def mark() -> None:
        started = time.monotonic()
        other.evaluate(others_session, others_question, ANSWER)
        figures.mark = time.monotonic() - started

    with ThreadPoolExecutor(calls + 1) as pool:
        sent = [pool.submit(send, number) for number in range(calls)]
        together.wait()
        time.sleep(0.5)
        marked = pool.submit(mark)
        for _ in range(20):
            started = time.monotonic()
            other.http.get("/").raise_for_status()
            figures.pages.append(time.monotonic() - started)
            time.sleep(0.1)
        marked.result()
        answers = [one.result() for one in sent]
    figures.statuses = Counter(status for status, _wait in answers)
    figures.waits_told = sum(bool(wait) for _status, wait in answers)
    for client in (greedy, other):
        client.http.close()
    return figures


def measure(calls: int, thinking: float = THINKING, **environment: str) -> Figures:
    """The whole program, a model that thinks about answers, and the run."""
    counting = Counting(thinking)
    with FakeLLM() as llm:
        llm._standing["evaluate_answer"] = counting
        llm.always(a_reply_to)
        with serving(OPENAI_API_KEY="any", OPENAI_BASE_URL=llm.url, **environment) as stack:
            figures = run(stack.url, calls)
    figures.most_at_once = counting.most
    return figures


if __name__ == "__main__":
    environment.prepare()
    print(measure(CALLS).told())
