"""The specification's load: 50 candidates at once, whose model takes 3 s. `make load` prints the figures.

Everyone joins, agrees on a plan and starts a session; then all hand in an answer at the same moment, and while the
model thinks all look at their home page. Everyone has to get a mark, nobody an error, and what comes on top of the
model's own time may be half a second for all but the slowest twentieth. The model is a process of its own, and says
itself how long it took for each answer.
"""

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests import environment
from tests.client.coach_client import CoachClient
from tests.client.conftest import PASSWORD, serving
from tests.client.fuzz import ANSWER
from tests.load import model_server
from tests.load.figures import percentile
from tests.load.memory import Memory
from tests.stack.serving import Stack

CANDIDATES = 50
THINKING = 3.0  # seconds of the model
BEYOND = 0.5  # seconds on top of them, for 19 of 20
JOINING_AT_ONCE = 8  # hashing passwords takes all there is of the processor


@dataclass
class Figures:
    """Seconds of each call, by what it was; of the marks also those beyond the model's own; and how many failed.

    `processor`: seconds that the program used for all of them.
    """

    marks: list[float] = field(default_factory=list)
    beyond: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    processor: float = 0.0
    failed: int = 0

    def told(self) -> str:
        """The figures as sentences, with the bar beside its figure."""
        on_top = percentile(self.beyond, 0.95)
        return "\n".join(
            (
                f"{len(self.marks)} answers at once, a model of {THINKING:.0f} s: {self.failed} calls failed (bar: 0)",
                f"a mark took {_spread(self.marks)}",
                f"of that beyond the model's own {_spread(self.beyond)}, {on_top:.2f} s at p95 (bar: {BEYOND} s)",
                f"a page, while all of them wait, took {_spread(self.pages)}",
                f"an answer with its mark and a page took {1000 * self.processor / max(1, len(self.marks)):.0f} ms of "
                "processor, of the program and its database",
            )
        )

    @property
    def missed(self) -> list[str]:
        """The bars that do not hold."""
        bars = {"calls failed": self.failed > 0, "beyond the model's own": percentile(self.beyond, 0.95) > BEYOND}
        return [name for name, is_missed in bars.items() if is_missed]


def _spread(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "too few to say"
    slowest = statistics.quantiles(seconds, n=20)[-1]
    return f"{statistics.median(seconds):.2f} s at the median, {slowest:.2f} s for the slowest twentieth"


def run(stack: Stack, candidates: int) -> tuple[Figures, dict[str, float]]:
    """Let so many candidates practise against this server. Gives also the seconds of each marked answer."""
    with ThreadPoolExecutor(JOINING_AT_ONCE) as pool:
        clients = list(pool.map(lambda number: _in_session(stack.url, number), range(candidates)))
    together = threading.Barrier(2 * candidates)
    figures, took = Figures(), {}

    def timed(send: Callable[[], None], *, after: float = 0.0) -> float | None:
        together.wait()
        time.sleep(after)
        started = time.monotonic()
        try:
            send()
        except Exception:
            figures.failed += 1
            return None
        return time.monotonic() - started

    def mark(client: CoachClient, session: int, question: int, number: int) -> None:
        body = {"question_id": question, "raw_answer": f"{ANSWER} In short, {_marker(number)}."}
        seconds = timed(_prepared(client, "POST", f"/study/evaluate_answer/{session}", body))
        if seconds is not None:
            took[_marker(number)] = seconds

    def look(client: CoachClient) -> None:
        seconds = timed(_prepared(client, "GET", "/"), after=THINKING / 3)
        figures.pages += [] if seconds is None else [seconds]

    with Memory(stack) as memory, ThreadPoolExecutor(2 * candidates) as pool:
        for number, (client, session, question) in enumerate(clients):
            pool.submit(mark, client, session, question, number)
            pool.submit(look, client)
    for client, _session, _question in clients:
        client.http.close()
    figures.marks, figures.processor = list(took.values()), sum(memory.processor().values())
    return figures, took


def _prepared(client: CoachClient, method: str, path: str, body: Any = None) -> Callable[[], None]:
    """A request of the client's that only has to be sent: what sends 100 at once shares the cores with the program."""
    where, cookies = client.http.base_url, client.http.cookies
    connection = HTTPConnection(where.host, where.port or 80, timeout=120)
    connection.connect()
    said = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    headers = {**said, "X-CSRFToken": cookies.get("csrftoken", ""), "Content-Type": "application/json"}
    text = None if body is None else json.dumps(body)

    def send() -> None:
        connection.request(method, path, text, headers)
        reply = connection.getresponse()
        reply.read()
        connection.close()
        if reply.status != HTTPStatus.OK:
            raise ConnectionError(f"{method} {path} was answered by {reply.status}")

    return send


def _marker(number: int) -> str:
    """By which the model's own time for this answer is found."""
    return f"note-{number:010x}"


def _in_session(url: str, number: int) -> tuple[CoachClient, int, int]:
    """A candidate in the middle of a session, with the question they are about to answer."""
    client = CoachClient(url)
    client.create(f"candidate{number}", PASSWORD)
    client.approve(client.suggest_new("Backend engineer", "Five years of payments.", daily_minutes=60))
    session = client.start_session(client.plan().plan_topics[0].id, 30)
    return client, session.id, client.questions(session.id)[0].id


def measure(candidates: int) -> Figures:
    """The whole program, a model that thinks for 3 s about answers and not at all about the rest, and the run."""
    log = Path(tempfile.mkdtemp(prefix="coach-model-")) / "model.jsonl"
    with (
        model_server.running(
            log, f"--least={THINKING}", f"--most={THINKING}", "--faults=0", "--first-word=1", "--only=evaluate_answer"
        ) as at,
        serving(OPENAI_API_KEY="any", OPENAI_BASE_URL=at) as stack,
    ):
        figures, took = run(stack, candidates)
    own = {call["marker"]: call["own"] for call in model_server.calls_of(log) if call["mode"] == "evaluate_answer"}
    figures.beyond = [seconds - own[marker] for marker, seconds in took.items()]
    return figures


if __name__ == "__main__":
    environment.prepare()
    found = measure(CANDIDATES)
    print(found.told())
    sys.exit(f"Missed: {', '.join(found.missed)}" if found.missed else 0)
