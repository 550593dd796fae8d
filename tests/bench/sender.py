"""Sends requests as fast as they are answered: `python -m tests.bench.sender`, a process of its own.

It reads orders as lines of JSON and answers each with a line. Its work costs the same for every page, and is not
counted as the server's: that is why it is a process of its own, and does no more than http.client does.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Order:
    """What to send: `at_once` connections ask for `path` again and again for so many seconds.

    Each asks `at_least` times, however long that takes. With `form`, it is sent by POST.
    """

    port: int
    path: str
    cookie: str = ""
    seconds: float = 0.5
    at_once: int = 8
    at_least: int = 2
    form: str = ""


@dataclass
class Sent:
    """What came of an order. `milliseconds` and `statuses`: one for each request; `bytes`: of the last reply."""

    seconds: float = 0.0
    bytes: int = 0
    milliseconds: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


def send(order: Order) -> Sent:
    """Carry out an order."""
    sent = Sent()
    began = time.perf_counter()
    threads = [threading.Thread(target=_ask, args=(order, sent, began + order.seconds)) for _ in range(order.at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.seconds = time.perf_counter() - began
    return sent


def _ask(order: Order, sent: Sent, until: float) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", order.port, timeout=60)
    headers = {"Cookie": order.cookie, "Accept-Encoding": "identity"}
    if order.form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    times = 0
    while times < order.at_least or time.perf_counter() < until:
        began = time.perf_counter()
        connection.request("POST" if order.form else "GET", order.path, order.form or None, headers)
        response = connection.getresponse()
        sent.bytes = len(response.read())
        sent.milliseconds.append((time.perf_counter() - began) * 1000)
        sent.statuses.append(response.status)
        times += 1
    connection.close()


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(asdict(send(Order(**json.loads(line))))), flush=True)


class Sender:
    """The process, from outside."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.bench.sender"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def send(self, order: Order) -> Sent:
        """Have an order carried out. Raises AssertionError when the process has ended."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(asdict(order)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the sender ended"
        answer: dict[str, Any] = json.loads(line)
        return Sent(**answer)

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


if __name__ == "__main__":
    main()
