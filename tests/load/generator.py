"""Plays the candidates of `make bench-load`, with locust, in a process of its own; what happens is written down.

    python -m tests.load.generator URL DIARY NAMES --seconds 300

URL may be several, separated by commas: each request goes to any of them.
NAMES is a file with a user name in each line: as many candidates come, one after the other over the first fifth of
the time.
"""

# It makes the standard library wait without threads, and has to come first.
from locust.env import Environment  # isort: skip

import argparse
import time
from pathlib import Path
from typing import Any

import gevent

from tests.load import diary
from tests.load.candidates import AtABrowser, Candidate, OverRest
from tests.load.measuring import HEADER

SIGNING_IN = 0.2  # of the time
LEAVING_SECONDS = 400  # at most, after the time is over: who waits for the model hears it out


def write_request(*, name: str, response_time: float, response: Any, exception: Any, context: Any, **_: Any) -> None:
    """A line of the diary for each request that was handed over."""
    if isinstance(exception, ConnectionRefusedError):
        return
    queries = processor = None
    if response is not None and response.headers and (measured := response.headers.get(HEADER)):
        queries, processor = (float(part) for part in measured.split())
    status = (response.status_code if response is not None else 0) or 0
    cost = {"queries": queries, "processor": processor}
    diary.write("request", route=name, ms=response_time, status=status, **cost, **context, why=repr(exception))


def play(urls: list[str], names: list[str], seconds: float, pace: float) -> None:
    """Let the candidates practise; returns when the last one has gone."""
    Candidate.names, Candidate.pace, Candidate.hosts = iter(names), pace, urls
    Candidate.until = time.monotonic() + seconds
    environment = Environment(user_classes=[AtABrowser, OverRest], host=urls[0])
    environment.events.request.add_listener(write_request)
    runner = environment.create_local_runner()
    runner.start(len(names), spawn_rate=len(names) / (seconds * SIGNING_IN))
    while time.monotonic() < Candidate.until + LEAVING_SECONDS:
        gevent.sleep(0.5)
        if runner.user_count == 0 and time.monotonic() > Candidate.until:
            break
    else:
        diary.write("trouble", who="", why=f"{runner.user_count} candidates did not come to an end", path="")
    runner.quit()


def main() -> None:
    """Read the arguments and play."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("diary", type=Path)
    parser.add_argument("names", type=Path)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--pace", type=float, default=1.0, help="times to think are so many times as long")
    told = parser.parse_args()
    diary.begin(told.diary)
    play(told.url.split(","), told.names.read_text().split(), told.seconds, told.pace)
    diary.end()


if __name__ == "__main__":
    main()
