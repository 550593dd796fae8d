"""Our pages against a bare Django view, on the same server in the same run: `make bench-pages`.

Two web servers run side by side, with the same code in front of Django (coach.running.web), as many processes and
threads, and databases in the same PostgreSQL: ours as `make run` starts it, and that of tests/bench/bare: a session, a
user, two queries, a template, and no middleware but the two that this needs. A third process sends the requests, over
connections that stay open. Each page gets a slice of time, for a candidate with a long history and for one with a
short one, and just before it the bare view gets one. The rounds repeat.

What counts are ratios. Requests a second tell of the machine and of whatever else it does, and both views suffer from
that alike; so a page is compared with the slice of the bare view that came before it, and the median over the rounds is
its share. Processor time (of the web server's processes, and of PostgreSQL's) depends on other work least:
`BY=processor` takes the shares of that, for a machine that is not quiet. Queries are those of a second look, counted in
this process. Ends with 1, and names the bars that do not hold.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import psutil

from tests import environment, first_data
from tests.bench import figures, servers
from tests.bench.sender import Order, Sender
from tests.environment import ROOT

if TYPE_CHECKING:
    from tests.bench.candidates import Looker

BARE = "bench_bare"
SIGN_INS = 20
PASSWORD = "quiet-desk-27"


def prepare(data: str) -> None:
    """Settings as documented, on the data folder `data`, or on one of a first run. Loads Django."""
    environment.prepare()
    if not data:
        data = str(Path(tempfile.mkdtemp(prefix="bench-")) / "data")
        first_data.copy_to(Path(data))
    os.environ["COACH_DATA_DIR"] = str(Path(data).resolve())
    import django

    django.setup()
    from coach.running import static_files
    from coach.running.preparing import migrate

    migrate()
    static_files.collect()


def postmaster() -> psutil.Process:
    """The server process of the embedded PostgreSQL."""
    from django.conf import settings

    return psutil.Process(int((settings.DATA_DIR / "postgres" / "postmaster.pid").read_text().split()[0]))


def make_bare() -> tuple[dict[str, str], str]:
    """A database for the bare view. Returns its environment, and the cookie of a session."""
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {BARE} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {BARE} TEMPLATE template0")
    url = re.sub(r"/postgres\?", f"/{BARE}?", settings.DATABASE_URL)
    told = {"BARE_DATABASE_URL": url}
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.bare", "fill"]
    own = {**os.environ, **told, "DJANGO_SETTINGS_MODULE": "tests.bench.bare.settings"}
    key = subprocess.run(command, cwd=ROOT, env=own, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return told, f"sessionid={key}"


class Bench:
    """Both servers, and the process that sends."""

    def __init__(self, sender: Sender, slice_seconds: float, at_once: int) -> None:
        self.sender, self.seconds, self.at_once = sender, slice_seconds, at_once
        self.ports = {"ours": servers.free_port(), "bare": servers.free_port()}
        self.spending: dict[str, servers.Spending] = {}
        self.bare, self.bare_cookie = figures.Figures(queries=4), ""

    @contextmanager
    def serving(self) -> Iterator["Bench"]:
        """While both serve."""
        told, self.bare_cookie = make_bare()
        ours = servers.serving("-m", "coach.running.web_server", port=self.ports["ours"])
        bare = servers.serving("-m", "tests.bench.bare", "serve", port=self.ports["bare"], **told)
        with ours as our_process, bare as bare_process:
            for name, process in (("ours", our_process), ("bare", bare_process)):
                self.spending[name] = servers.Spending(process, postmaster())
            yield self

    def ask(self, whom: str, into: figures.Figures, path: str, cookie: str, **more: Any) -> float:
        """A slice of requests. Returns how many there were in a second."""
        order = Order(self.ports[whom], path, cookie, self.seconds, self.at_once, **more)
        self.spending[whom].since_last()
        sent = self.sender.send(order)
        into.add(sent, self.spending[whom].since_last())
        return len(sent.milliseconds) / sent.seconds

    def compare(self, into: figures.Figures, path: str, cookie: str) -> None:
        """A slice of the bare view, and one of this page."""
        bare = self.ask("bare", self.bare, "/", self.bare_cookie)
        into.shares.append(self.ask("ours", into, path, cookie) / bare)

    def sign_in(self) -> float:
        """Milliseconds of processor for one sign-in: of the form that is sent, web server and PostgreSQL together."""
        from coach.models import User

        User.objects.filter(username="bench-signs-in").delete()
        User.objects.create_user("bench-signs-in", PASSWORD)
        token = "t" * 32
        form = urlencode({"username": "bench-signs-in", "password": PASSWORD, "csrfmiddlewaretoken": token})
        order = Order(self.ports["ours"], "/login/", f"csrftoken={token}", 0, 1, 2, form)
        self.sender.send(order)
        self.spending["ours"].since_last()
        order.at_least = SIGN_INS
        sent = self.sender.send(order)
        assert set(sent.statuses) == {302}, f"signing in was answered by {set(sent.statuses)}"
        spent = self.spending["ours"].since_last()
        return (spent.web + spent.database) * 1000 / SIGN_INS


def run(arguments: argparse.Namespace) -> int:
    """Make the data, measure and print. Returns the exit code."""
    from tests.bench import candidates

    if not arguments.data:
        candidates.make_data(arguments.users, arguments.days)
    heavy, small = candidates.lookers()
    print(f"The heavy candidate has {heavy.attempts} answers, the small one {small.attempts}.")
    print(f"{os.cpu_count()} processors; {os.getloadavg()[0]:.1f} processes wanted one in the last minute.")
    routes = [route for route in candidates.routes() if not arguments.pages or route.path in arguments.pages]
    pages = [figures.Page(route.path, public="public" in route.door) for route in routes]
    for page, route in zip(pages, routes, strict=True):
        for looker, figure in ((heavy, page.heavy), (small, page.small)):
            figure.expected, figure.queries = looker.look(route)

    def one_round(bench: Bench) -> None:
        for page, route in zip(pages, routes, strict=True):
            for looker, into in ((heavy, page.heavy), (small, page.small)):
                bench.compare(into, looker.address_of(route), cookie_for(looker, route.path))

    sender = Sender()
    try:
        with Bench(sender, 0, arguments.at_once).serving() as bench:
            one_round(bench)  # once without counting: the first time everything is made
            for figure in (bench.bare, *(one for page in pages for one in (page.heavy, page.small))):
                figure.__init__(figure.queries, figure.expected)  # type: ignore[misc]
            bench.seconds = arguments.slice
            for number in range(arguments.rounds):
                print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
                one_round(bench)
            sign_in = bench.sign_in()
    finally:
        sender.end()
    print(*figures.lines(pages, bench.bare, sign_in), sep="\n")
    missed = figures.missed(pages, bench.bare, sign_in, by_processor=arguments.by == "processor")
    print(*(f"MISSED: {one}" for one in missed), sep="\n")
    return 1 if missed else 0


def cookie_for(looker: "Looker", path: str) -> str:
    """Whose session this page is looked at with: nobody's where visitors sign in or join."""
    from tests.bench.candidates import FOR_VISITORS

    return "" if path in FOR_VISITORS else looker.cookie


def main() -> None:
    """Read the command line, and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="", help="an existing data folder; by default one is made")
    parser.add_argument("--users", type=int, default=1000, help="candidates that are made")
    parser.add_argument("--days", type=int, default=180, help="days of their history")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--slice", type=float, default=0.25, help="seconds for each page in each round")
    parser.add_argument("--at-once", type=int, default=8, help="connections that ask at the same time")
    by = "what shares are taken of: processor time, where the machine does other work too"
    parser.add_argument("--by", choices=("requests", "processor"), default="requests", help=by)
    parser.add_argument("--pages", nargs="*", default=[], help="routes as in access.txt; by default all")
    arguments = parser.parse_args()
    prepare(arguments.data)
    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
