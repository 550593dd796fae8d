"""How many threads, how many processes, and which switches of Python: `make bench-threads`, on a quiet machine.

One web server for each way of running it, all at the same time on the same database; they get their slices of requests
in turns, with few and with many connections. A line for each way: requests a second, processor, and how long the
slowest twentieth took, also as a share of the first way, which is today's. A way is a word: "threads=8,switch=0.001".

    threads     of each process (COACH_WEB_THREADS)
    switch      seconds after which Python lets another thread run (sys.setswitchinterval; 0.005 if nothing is said)
    garbage     objects after which Python looks for garbage (gc.set_threshold; 700)
    processes   of the web server
"""

import argparse
import statistics
import sys
from contextlib import ExitStack
from typing import Any

from tests.bench import figures, pages, servers
from tests.bench.sender import Order, Sender

TODAY = "threads=96"
WAYS = (TODAY, "threads=4", "threads=8", "threads=16", "threads=32", "switch=0.001", "garbage=20000", "processes=3")
AT_ONCE = (2, 8, 50)
SERVE = """
import gc, sys
from coach.running import web_server
sys.setswitchinterval({switch})
gc.set_threshold({garbage}, 10, 10)
web_server.PROCESSES = {processes}
web_server.main()
"""


def read(way: str) -> dict[str, float]:
    """The parts of a way, with what holds where it says nothing. Raises SystemExit for a word that is none of these."""
    found = {"threads": 96, "switch": 0.005, "garbage": 700, "processes": 2}
    for part in way.split(","):
        name, _, value = part.partition("=")
        if name not in found:
            sys.exit(f"{name} is none of {', '.join(found)}")
        found[name] = float(value) if name == "switch" else int(value)
    return found


def measure(ways: list[str], path: str, cookie: str, *, rounds: int, seconds: float) -> dict[tuple[str, int], Any]:
    """Figures by way and number of connections."""
    found = {(way, at_once): figures.Figures() for at_once in AT_ONCE for way in ways}
    sender = Sender()
    with ExitStack() as stack:
        stack.callback(sender.end)
        running = {}
        for way in ways:
            asked, port = read(way), servers.free_port()
            threads = str(int(asked["threads"]))
            one = servers.serving("-c", SERVE.format(**asked), port=port, COACH_WEB_THREADS=threads)
            running[way] = port, servers.Spending(stack.enter_context(one), pages.postmaster())
        for number in range(rounds + 1):
            for (way, at_once), into in found.items():
                port, spending = running[way]
                spending.since_last()
                sent = sender.send(Order(port, path, cookie, seconds, at_once))
                spent = spending.since_last()
                if number:  # the first time everything is made
                    into.add(sent, spent)
                    into.shares.append(len(sent.milliseconds) / sent.seconds)
    return found


def lines(ways: list[str], found: dict[tuple[str, int], figures.Figures]) -> list[str]:
    """The table. Shares are of the first way: above 1 there are more requests, or it takes more."""
    told = [f"{'way':30}{'at once':>8}{'a second':>10}{'share':>7}{'web ms':>8}{'share':>7}{'p95 ms':>8}{'share':>7}"]
    for at_once in AT_ONCE:
        first = found[ways[0], at_once]
        for way in ways:
            one = found[way, at_once]
            more = statistics.median(a / b for a, b in zip(one.shares, first.shares, strict=True))
            told.append(
                f"{way:30}{at_once:8d}{one.a_second:10.0f}{more:7.2f}{one.web:8.2f}{one.web / first.web:7.2f}"
                f"{one.p95:8.1f}{one.p95 / first.p95:7.2f}"
            )
    return told


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="", help="an existing data folder; by default one is made")
    parser.add_argument("--page", default="/", help="which page is asked for")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--slice", type=float, default=0.5, help="seconds for each way in each round")
    parser.add_argument("--ways", nargs="*", default=[], help="the first one is what the others are compared with")
    arguments = parser.parse_args()
    pages.prepare(arguments.data)
    from tests.bench import candidates

    if not arguments.data:
        candidates.make_data(2, 60)
    heavy, _small = candidates.lookers()
    ways = arguments.ways or list(WAYS)
    found = measure(ways, arguments.page, heavy.cookie, rounds=arguments.rounds, seconds=arguments.slice)
    print(*lines(ways, found), sep="\n")


if __name__ == "__main__":
    main()
