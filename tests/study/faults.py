"""What practising survives: `make faults` (some ten minutes) prints the figures; the tests run a short form of it.

The whole program runs as `make run` starts it, with a model that takes a second. While 100 sessions wait for their
summaries and 10 candidates write answers, its processes are killed with SIGKILL, one kind after the other: those that
work, those that hold a lock, those that watch over others, and the database. Wanted: every session summed up, none
twice; every text that got its "Saved" is there; each victim replaced by itself. At the end the supervisor itself is
killed. Wanted: nothing of it goes on running, and the next start finds everything.
"""

import argparse
import atexit
import os
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests import environment
from tests.fake_llm import FakeLLM, a_reconciliation
from tests.stack.serving import Stack, runs

LONGEST_RECOVERY = 90  # seconds, until whatever was killed works again
LONGEST_AFTER_LAST_KILL = 180  # seconds, until all sessions are summed up
ALL_GONE = 12  # seconds, after the supervisor was killed


class Victims:
    """The processes of one run, by what they are for; each finder gives one of them now."""

    def __init__(self, stack: Stack, temporary: Path) -> None:
        self.stack, self.temporary = stack, temporary

    def child(self, *words: str) -> psutil.Process:
        children = psutil.Process(self.stack.process.pid).children()
        return next(child for child in children if set(words) <= set(child.cmdline()))

    def web_parent(self) -> psutil.Process:
        return self.child("coach.running.web_server")

    def web_process(self) -> psutil.Process:
        return max(self.web_parent().children(recursive=True), key=lambda process: process.memory_info().rss)

    def worker_parent(self) -> psutil.Process:
        return self.child("manage.py", "worker")

    def queue_sentinel(self) -> psutil.Process:
        return self.worker_parent().children()[0]

    def queue_process(self) -> psutil.Process:
        """One that takes tasks, whichever."""
        return psutil.Process(int(max(self.notes(), key=lambda note: note.stat().st_mtime).name))

    def lock_holder(self) -> psutil.Process:
        """The one that waits for the next task with the queue's lock in its hands: it reads, others wait for it."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for note in self.notes():
                with suppress(OSError, psutil.Error):
                    if "pipe_read" in Path(f"/proc/{note.name}/wchan").read_text():
                        return psutil.Process(int(note.name))
            time.sleep(0.01)
        raise LookupError("nobody waits for a task")

    def leash(self) -> psutil.Process:
        return self.child("coach.running.leash")

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.stack.data_dir / "postgres" / "postmaster.pid").read_text().split()[0]))

    def notes(self) -> list[Path]:
        """The heartbeat's notes of processes that live."""
        return [note for note in self.temporary.glob("coach-heartbeat-*/*") if psutil.pid_exists(int(note.name))]

    def pages_answer(self) -> bool:
        """Three times in a row, since there are two web processes."""
        return all(httpx.get(f"{self.stack.url}/health/ready", timeout=5).status_code == 200 for _time in range(3))

    def tasks_are_taken(self, since: float) -> bool:
        """A process of the queue has begun or ended a task after this moment."""
        return any(note.stat().st_mtime > since for note in self.notes())


# Who is killed, and whether pages or tasks tell that it is replaced.
KINDS: dict[str, tuple[Callable[[Victims], psutil.Process], str]] = {
    "a web process": (Victims.web_process, "pages"),
    "the web server's parent": (Victims.web_parent, "pages"),
    "a queue process": (Victims.queue_process, "tasks"),
    "the holder of the queue's lock": (Victims.lock_holder, "tasks"),
    "the queue's sentinel": (Victims.queue_sentinel, "tasks"),
    "the worker's parent": (Victims.worker_parent, "tasks"),
    "the leash": (Victims.leash, "pages"),
    "the postmaster": (Victims.postmaster, "pages"),
}
SHORT = ("the holder of the queue's lock", "the postmaster", "the worker's parent", "the web server's parent")


def kill(victims: Victims, kind: str) -> float:
    """Kill one of this kind; seconds until it is replaced."""
    find, by = KINDS[kind]
    victim = until_it_works(lambda: find(victims))
    killed_at, since = time.time(), time.monotonic()
    with suppress(psutil.NoSuchProcess):
        victim.kill()
    until_it_works(lambda: find(victims).pid != victim.pid or None)
    until_it_works(lambda: (victims.pages_answer() if by == "pages" else victims.tasks_are_taken(killed_at)) or None)
    return time.monotonic() - since


def until_it_works(look: Callable[[], Any]) -> Any:
    """What `look` finds, once it finds anything: while processes come and go, a look at them may fail."""
    until = time.monotonic() + LONGEST_RECOVERY
    while time.monotonic() < until:
        with suppress(psutil.Error, OSError, httpx.HTTPError, LookupError, ValueError, StopIteration):
            if found := look():
                return found
        time.sleep(0.05)
    raise TimeoutError("it did not come back")


class Candidate(threading.Thread):
    """Writes an answer, a few words at a time, and remembers the longest text that got its "Saved".

    `pause` is the seconds between two savings.
    """

    def __init__(self, url: str, session_key: str, attempt_id: int, pause: float) -> None:
        super().__init__(daemon=True)
        self.pause = pause
        self.http = httpx.Client(base_url=url, cookies={"sessionid": session_key}, timeout=15)
        self.attempt_id = attempt_id
        self.finished = threading.Event()
        self.token = ""
        self.saved, self.version, self.acknowledged = "", 0, 0
        self.refused: Counter[str] = Counter()
        self.slowest = 0.0

    def run(self) -> None:
        while not self.finished.wait(self.pause):
            since = time.monotonic()
            try:
                self.write_on()
            except httpx.HTTPError as error:
                self.refused[type(error).__name__] += 1
            self.slowest = max(self.slowest, time.monotonic() - since)

    def write_on(self) -> None:
        page = f"/attempts/{self.attempt_id}/"
        self.token = self.token or self.http.get(page).cookies.get("csrftoken", "")
        text = f"{self.saved} and then {self.acknowledged}".strip()
        data = {"raw_answer": text, "draft_version": str(self.version), "csrfmiddlewaretoken": self.token}
        reply = self.http.post(f"{page}draft/", data=data)
        if reply.status_code == 200:
            self.saved, self.version = text, reply.json()["draft_version"]
            self.acknowledged += 1
        elif reply.status_code == 409:  # saved, but the answer to it was lost on the way
            self.saved, self.version = reply.json()["text"], reply.json()["draft_version"]
        else:
            self.refused[str(reply.status_code)] += 1


def sessions_that_wait(number: int) -> None:
    """Ended sessions whose summaries the worker has to write."""
    from study import sessions
    from tests.factories import make_attempt, make_session, make_user

    for _number in range(number):
        user = make_user(password=None)
        session = make_session(user)
        make_attempt(user, session=session, state="marked")
        sessions.end(session)


def writing_candidates(url: str, number: int, pause: float) -> list[Candidate]:
    """Candidates with an open draft, signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from coach.login_sessions import SessionStore
    from tests.factories import make_attempt, make_user

    found = []
    for _number in range(number):
        user = make_user(password=None)
        store = SessionStore()
        store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.save()
        found.append(Candidate(url, store.session_key, make_attempt(user, answer="").pk, pause))
    return found


def kill_all_kinds(stack: Stack, temporary: Path, kinds: list[str]) -> dict[str, list[float]]:
    """Kill one after the other; seconds until each was replaced, by kind. Prints each as it comes."""
    victims = Victims(stack, temporary)
    recovered: dict[str, list[float]] = {}
    for kind in kinds:
        until_it_works(lambda: victims.pages_answer() and len(victims.notes()) >= 2)
        seconds = kill(victims, kind)
        recovered.setdefault(kind, []).append(seconds)
        print(f"  {kind}: works again after {seconds:.1f} s", flush=True)
    return recovered


def wait_for_summaries(number: int, *, hurry: bool) -> float:
    """Seconds until all sessions are summed up, or until the longest that is allowed is over."""
    from study.models import Reconciliation

    since = time.monotonic()
    while time.monotonic() < since + LONGEST_AFTER_LAST_KILL:
        with suppress_database_errors():
            if Reconciliation.objects.filter(ask_state="done").count() >= number:
                break
            if hurry:
                let_time_pass()
        time.sleep(0.5)
    return time.monotonic() - since


def let_time_pass() -> None:
    """What takes minutes in life: the lease of what was being asked runs out, and the sweep comes by."""
    from django.db.models import F
    from django.utils import timezone

    from study import tasks
    from study.models import Reconciliation

    long_ago = timezone.now() - timedelta(seconds=20)  # nobody asks for longer than a second here
    Reconciliation.objects.filter(ask_state="asking", asked_at__lt=long_ago).update(ask_lease_until=F("asked_at"))
    Reconciliation.objects.exclude(ask_state="done").filter(created_at__lt=long_ago).update(next_try_at=F("created_at"))
    tasks.sweep()


@contextmanager
def suppress_database_errors() -> Iterator[None]:
    """The database is one of the victims: hang up, and try again."""
    from django.db import DatabaseError, connection

    try:
        yield
    except DatabaseError:
        connection.close()


def kill_supervisor(stack: Stack) -> float:
    """Seconds until nothing of a killed supervisor's program runs any more; raises TimeoutError when something does."""
    # The database stays: this process holds it as well.
    processes = [process for process in stack.processes() if process.name() != "postgres"]
    since = time.monotonic()
    stack.process.kill()
    stack.process.wait()
    while any(runs(process) for process in processes):
        if time.monotonic() > since + ALL_GONE:
            raise TimeoutError(f"left behind: {[process for process in processes if runs(process)]}")
        time.sleep(0.05)
    return time.monotonic() - since


def run(folder: Path, *, sessions: int, candidates: int, pause: float, kinds: list[str], hurry: bool) -> bool:
    """Prints what came of it. True when nothing was lost, nothing done twice, and all came back."""
    from django.conf import settings
    from django.db import connection

    temporary = folder / "temporary"
    temporary.mkdir()
    with FakeLLM() as llm:
        llm.always(a_reconciliation(), delay=1.0)
        variables = {"OPENAI_API_KEY": "any", "OPENAI_BASE_URL": llm.url, "TMPDIR": str(temporary)}
        with Stack(settings.DATA_DIR, free_port(), **variables) as stack:
            stack.wait_until_ready()
            stack.read_on()
            writing = writing_candidates(stack.url, candidates, pause)
            for candidate in writing:
                candidate.start()
            sessions_that_wait(sessions)
            recovered = kill_all_kinds(stack, temporary, kinds)
            took = wait_for_summaries(sessions, hurry=hurry)
            for candidate in writing:
                candidate.finished.set()
                candidate.join()
            connection.close()
            good = report(recovered, took, sessions, writing, len(llm.requests))
            connection.close()
            print(f"the supervisor killed: all gone after {kill_supervisor(stack):.1f} s")
    return good


def report(recovered: dict[str, list[float]], took: float, sessions: int, writing: list[Candidate], asked: int) -> bool:
    """Print the table; True when it is as it has to be."""
    from plans.models import TopicProgress
    from study.models import QuestionAttempt, Reconciliation

    states = Counter(Reconciliation.objects.values_list("ask_state", flat=True))
    progress = TopicProgress.objects.values_list("note_version", "sessions")
    twice = sum(1 for note_version, counted in progress if note_version > 1 or counted > 1)
    stored = {
        row.pk: row.raw_answer for row in QuestionAttempt.objects.filter(pk__in=[one.attempt_id for one in writing])
    }
    lost = sum(1 for one in writing if not stored[one.attempt_id].startswith(one.saved))
    refused = sum((one.refused for one in writing), Counter())
    print(f"{'killed':34} times   works again after (median, longest)")
    for kind, seconds in recovered.items():
        print(f"{kind:34} {len(seconds):5}   {statistics.median(seconds):5.1f} s  {max(seconds):5.1f} s")
    print(f"summed up {states['done']} of {sessions}, twice {twice}, {took:.0f} s after the last kill, {asked} calls")
    saved = sum(one.acknowledged for one in writing)
    slowest = max(one.slowest for one in writing)
    print(f'"Saved" {saved} times, lost {lost}; not saved, and told so: {dict(refused)}; slowest reply {slowest:.1f} s')
    return states["done"] == sessions and twice == lost == refused["500"] == 0 < saved


def free_port() -> int:
    """One that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> None:
    """Prepare an empty database in a temporary folder, run the faults, and say by the exit code what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that the tests run")
    parser.add_argument("--data", help="the data folder of a first run; one is made else")
    parser.add_argument("--times", type=int, default=4, help="how often each kind is killed")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))  # so that what was started is stopped
    folder = Path(tempfile.mkdtemp(prefix="coach-faults-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after the server has stopped: last in, first out
    os.environ.update(environment.documented_settings(), COACH_DATA_DIR=options.data or f"{folder}/data")
    os.environ["DJANGO_SETTINGS_MODULE"] = "coach.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    if options.short:
        good = run(folder, sessions=6, candidates=3, pause=0.3, kinds=list(SHORT), hurry=True)
    else:
        good = run(folder, sessions=100, candidates=10, pause=0.1, kinds=list(KINDS) * options.times, hurry=False)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
