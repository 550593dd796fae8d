"""The specification's load: 50 candidates at once, whose model takes 3 s. `make load` prints the figures.

Everyone joins, agrees on a plan and starts a session; then all hand in an answer at the same moment, and while the
model thinks all look at their home page. Wanted: everyone gets a mark, nobody an error.
"""

import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests import environment
from tests.client.coach_client import CoachClient
from tests.client.conftest import PASSWORD, serving
from tests.client.fuzz import ANSWER
from tests.fake_llm import FakeLLM, a_reply_to

CANDIDATES = 50
THINKING = 3.0  # seconds of the model
JOINING_AT_ONCE = 8  # hashing passwords takes all there is of the processor


@dataclass
class Figures:
    """Seconds of each call, by what it was; and how many failed."""

    marks: list[float]
    pages: list[float]
    failed: int

    def told(self) -> str:
        """The figures as sentences."""
        return "\n".join(
            (
                f"{len(self.marks)} answers at once, a model of {THINKING:.0f} s: {self.failed} calls failed",
                f"a mark took {_spread(self.marks)}",
                f"a page, while all of them wait, took {_spread(self.pages)}",
            )
        )


def _spread(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "too few to say"
    slowest = statistics.quantiles(seconds, n=20)[-1]
    return f"{statistics.median(seconds):.2f} s at the median, {slowest:.2f} s for the slowest twentieth"


def run(url: str, candidates: int) -> Figures:
    """Let so many candidates practise against the server at `url`."""
    with ThreadPoolExecutor(JOINING_AT_ONCE) as pool:
        clients = list(pool.map(lambda number: _in_session(url, number), range(candidates)))
    together = threading.Barrier(2 * candidates)
    figures = Figures(marks=[], pages=[], failed=0)

    def timed(kept: list[float], call: Callable[[], Any], *, after: float = 0.0) -> None:
        together.wait()
        time.sleep(after)
        started = time.monotonic()
        try:
            call()
        except Exception:
            figures.failed += 1
        else:
            kept.append(time.monotonic() - started)

    with ThreadPoolExecutor(2 * candidates) as pool:
        for client, session, question in clients:
            pool.submit(timed, figures.marks, lambda c=client, s=session, q=question: c.evaluate(s, q, ANSWER))
            pool.submit(timed, figures.pages, lambda c=client: c.http.get("/").raise_for_status(), after=THINKING / 3)
    for client, _session, _question in clients:
        client.http.close()
    return figures


def _in_session(url: str, number: int) -> tuple[CoachClient, int, int]:
    """A candidate in the middle of a session, with the question they are about to answer."""
    client = CoachClient(url)
    client.create(f"candidate{number}", PASSWORD)
    client.approve(client.suggest_new("Backend engineer", "Five years of payments.", daily_minutes=60))
    session = client.start_session(client.plan().plan_topics[0].id, 30)
    return client, session.id, client.questions(session.id)[0].id


def measure(candidates: int) -> Figures:
    """The whole program, a model that thinks for 3 s about answers and not at all about the rest, and the run."""
    with FakeLLM() as llm:
        llm.always(a_reply_to, mode="evaluate_answer", delay=THINKING)
        llm.always(a_reply_to)
        with serving(OPENAI_API_KEY="any", OPENAI_BASE_URL=llm.url) as stack:
            return run(stack.url, candidates)


if __name__ == "__main__":
    environment.prepare()
    found = measure(CANDIDATES)
    print(found.told())
    sys.exit(1 if found.failed else 0)
