"""How much memory the whole program takes at rest: `make bench-memory`.

The program runs as `make run` starts it, with a model of its own. A candidate joins, practises and looks at pages, so
that everything has been needed once; then nobody does anything until connections that are not used are closed. (With
more candidates, who come four at a time, each web process has needed everything.) Counted is the memory of all
processes together; what several of them share counts once. Linux only.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil

from tests import environment
from tests.client.conftest import serving
from tests.client.fuzz import ANSWER
from tests.fake_llm import FakeLLM, a_reply_to
from tests.load.fifty_candidates import _in_session
from tests.stack.serving import Stack

MOST_MEGABYTES = 450
PAGES = ("/", "/plan/", "/plan/chat/", "/notes/", "/sessions/", "/stories/", "/account/", "/context/")
# What a process is for, by words of its command line.
KINDS = {"procfile": "supervisor", "running.leash": "leash", "web_server": "web server", "manage.py worker": "worker"}


def use(url: str, candidates: int) -> None:
    """Have so many candidates practise and look at pages."""

    def practise(number: int) -> None:
        client, session, question = _in_session(url, number)
        client.evaluate(session, question, ANSWER)
        for page in PAGES:
            client.http.get(page).raise_for_status()
        client.http.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(practise, range(candidates)))


def by_kind(stack: Stack) -> dict[str, list[float]]:
    """Megabytes of each process, by what it is for."""
    found: dict[str, list[float]] = {}
    for process in set(stack.processes()):
        with suppress(psutil.NoSuchProcess):
            line = " ".join(process.cmdline())
            kind = next((kind for word, kind in KINDS.items() if word in line), "PostgreSQL")
            found.setdefault(kind, []).append(process.memory_full_info().pss / 2**20)
    return found


def lines(found: dict[str, list[float]]) -> list[str]:
    """The table, with the bar."""
    told = [f"{kind:12}{len(each):3d} processes{sum(each):8.0f} MB" for kind, each in sorted(found.items())]
    return [*told, f"{'in all':26}{total(found):8.0f} MB; the bar is {MOST_MEGABYTES} MB"]


def total(found: dict[str, list[float]]) -> float:
    """Megabytes of all processes."""
    return sum(sum(each) for each in found.values())


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wait", type=float, default=90, help="seconds of rest; a connection is closed after 60")
    parser.add_argument("--candidates", type=int, default=1)
    arguments = parser.parse_args()
    environment.prepare()
    with FakeLLM() as llm:
        llm.always(a_reply_to)
        with serving(OPENAI_API_KEY="any", OPENAI_BASE_URL=llm.url) as stack:
            use(stack.url, arguments.candidates)
            time.sleep(arguments.wait)
            found = by_kind(stack)
    print(*lines(found), sep="\n")
    sys.exit(1 if total(found) > MOST_MEGABYTES else 0)


if __name__ == "__main__":
    main()
