"""What practising survives: `make faults` (some ten minutes) prints the figures; the tests run a short form of it.

1. 100 sessions are reconciled while the worker is killed with SIGKILL at random moments, its parent or one of its
   children. Wanted: 100 done, none applied twice, all within 3 minutes of the last kill.
2. PostgreSQL is restarted, the hard way, while 10 candidates answer. Wanted: every text that got its "Saved" is there.
"""

import argparse
import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx
import psutil

from tests import environment
from tests.fake_llm import FakeLLM, a_reconciliation
from tests.stack.serving import Stack

LONGEST_AFTER_LAST_KILL = 180  # seconds


class Workers:
    """The worker, started anew whenever it was killed. Orphans go on working until they are killed too."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []
        self.killed: Counter[str] = Counter()
        self.start()

    def start(self) -> None:
        command = [sys.executable, "manage.py", "qcluster"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.started.append(subprocess.Popen(command, cwd=environment.ROOT, start_new_session=True, **quiet))

    def start_if_ended(self) -> None:
        """It ends by itself when the child is killed that watches over the others; a supervisor starts it anew."""
        if self.started[-1].poll() is not None:
            self.start()

    def kill_one(self) -> None:
        """SIGKILL for the parent or one of its children, or for all of them at once."""
        while len(self.family()) < 4:  # it is still starting, and does no work yet
            self.start_if_ended()
            time.sleep(0.1)
        time.sleep(random.uniform(0.0, 4.0))
        family, parent = self.family(), self.started[-1]
        if not family:
            return
        victims = family if random.random() < 0.4 else [random.choice(family)]
        one = "its parent" if victims[0].pid == parent.pid else "a child"
        self.killed["all of it" if len(victims) > 1 else one] += 1
        for process in victims:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if any(process.pid == parent.pid for process in victims):
            parent.wait()
            self.start()

    def family(self) -> list[psutil.Process]:
        """All that works for it: the running parent first, then its children and what killed parents left behind."""
        sessions = {parent.pid for parent in self.started}
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, ProcessLookupError):
                if os.getsid(process.pid) in sessions and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return sorted(found, key=lambda process: process.pid != self.started[-1].pid)

    def stop(self) -> None:
        """End all that was started here, orphans included."""
        for parent in self.started:
            with suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)
            parent.wait()


def kill_workers(*, sessions: int, kills: int, wait_for_leases: bool = True) -> bool:
    """Reconcile that many sessions under that many kills; prints what came of it. True when nothing was lost."""
    from plans.models import TopicProgress
    from study import sessions as study_sessions
    from study import tasks
    from study.models import Reconciliation
    from tests.factories import make_attempt, make_session, make_user

    with FakeLLM() as llm:
        llm.always(a_reconciliation(), delay=1.0)
        os.environ.update(OPENAI_API_KEY="any", OPENAI_BASE_URL=llm.url)
        for _number in range(sessions):
            user = make_user(password=None)
            session = make_session(user)
            make_attempt(user, session=session, state="marked")
            study_sessions.end(session)
        workers = Workers()
        try:
            done = Reconciliation.objects.filter(ask_state="done")
            while sum(workers.killed.values()) < kills and done.count() < sessions:
                workers.kill_one()
            last_kill = time.monotonic()
            if not wait_for_leases:
                # What takes minutes in life: the lease of what was being asked runs out, and the sweep comes by.
                _let_time_pass(Reconciliation)
                tasks.sweep()
            while done.count() < sessions and time.monotonic() < last_kill + 2 * LONGEST_AFTER_LAST_KILL:
                workers.start_if_ended()
                time.sleep(0.5)
            took = time.monotonic() - last_kill
        finally:
            workers.stop()
        asked = len(llm.requests)
    progress = list(TopicProgress.objects.values_list("note_version", "sessions"))
    twice = sum(1 for note_version, counted in progress if note_version > 1 or counted > 1)
    states = Counter(Reconciliation.objects.values_list("ask_state", flat=True))
    print(f"killed {dict(workers.killed)} while {sessions} sessions were reconciled")
    print(
        f"done {states['done']} of {sessions}, applied twice {twice}, {took:.0f} s after the last kill, {asked} calls"
    )
    return states["done"] == sessions and twice == 0 and took <= LONGEST_AFTER_LAST_KILL


def _let_time_pass(model) -> None:
    from django.utils import timezone

    model.objects.filter(ask_state="asking").update(ask_lease_until=timezone.now())
    model.objects.exclude(ask_state="done").update(next_try_at=timezone.now())


class Candidate(threading.Thread):
    """Writes an answer, a few words at a time, and remembers the longest text that got its "Saved"."""

    def __init__(self, url: str, session_key: str, attempt_id: int, until: float) -> None:
        super().__init__(daemon=True)
        self.http = httpx.Client(base_url=url, cookies={"sessionid": session_key}, timeout=15)
        self.attempt_id, self.until = attempt_id, until
        self.saved, self.version, self.acknowledged = "", 0, 0
        self.refused: Counter[str] = Counter()

    def run(self) -> None:
        page = f"/attempts/{self.attempt_id}/"
        token = self.http.get(page).cookies.get("csrftoken", "")
        while time.monotonic() < self.until:
            text = f"{self.saved} and then {self.acknowledged}".strip()
            data = {"raw_answer": text, "draft_version": str(self.version), "csrfmiddlewaretoken": token}
            try:
                reply = self.http.post(f"{page}draft/", data=data)
            except httpx.HTTPError as error:
                self.refused[type(error).__name__] += 1
            else:
                if reply.status_code == 200:
                    self.saved, self.version = text, reply.json()["draft_version"]
                    self.acknowledged += 1
                elif reply.status_code == 409:  # saved, but the answer to it was lost on the way
                    self.saved, self.version = reply.json()["text"], reply.json()["draft_version"]
                else:
                    self.refused[str(reply.status_code)] += 1
            time.sleep(0.05)


def restart_database(*, candidates: int, seconds: float, restarts: int) -> bool:
    """Restart PostgreSQL under writing candidates; prints what came of it. True when nothing that was saved is lost."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from study.models import QuestionAttempt
    from tests.factories import make_attempt, make_user

    attempts = []
    for _number in range(candidates):
        user = make_user(password=None)
        store = SessionStore()
        store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.save()
        attempts.append((make_attempt(user, answer="").pk, store.session_key))
    _hang_up()
    with Stack(settings.DATA_DIR, _free_port()) as stack:
        stack.wait_until_ready()
        stack.read_on()
        until = time.monotonic() + seconds
        writing = [Candidate(stack.url, key, pk, until) for pk, key in attempts]
        for candidate in writing:
            candidate.start()
        for _restart in range(restarts):
            time.sleep(seconds / (restarts + 1))
            _restart_postgres(settings.DATA_DIR / "postgres")
        for candidate in writing:
            candidate.join()
        stored = {
            row.pk: row.raw_answer for row in QuestionAttempt.objects.filter(pk__in=[pk for pk, _key in attempts])
        }
        _hang_up()
    lost = sum(1 for candidate in writing if not stored[candidate.attempt_id].startswith(candidate.saved))
    refused = sum((candidate.refused for candidate in writing), Counter())
    saved = sum(candidate.acknowledged for candidate in writing)
    print(f"PostgreSQL restarted {restarts} times while {candidates} candidates wrote")
    print(f'{saved} times "Saved", lost {lost}; told that it was not saved: {dict(refused)}')
    return lost == 0 and saved > 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _hang_up() -> None:
    from django.db import connection

    connection.close()


def _restart_postgres(folder: Path) -> None:
    """As after a power failure: the server drops everything at once, and replays its journal."""
    from coach.database import PROGRAMS

    owner = folder.stat()
    as_owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    command = [PROGRAMS / "pg_ctl", "-w", "-m", "immediate", "-D", folder, "-l", folder / "log", "restart"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, start_new_session=True, **as_owner)


def main() -> None:
    """Prepare an empty database in a temporary folder, run the faults, and say by the exit code what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that the tests run")
    parser.add_argument("--only", choices=["worker", "database"])
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))  # so that what was started is stopped
    folder = tempfile.mkdtemp(prefix="coach-faults-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after the server has stopped: last in, first out
    os.environ.update(environment.documented_settings(), COACH_DATA_DIR=f"{folder}/data")
    os.environ["DJANGO_SETTINGS_MODULE"] = "coach.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    good = True
    if options.only != "database":
        sizes = {"sessions": 6, "kills": 2} if options.short else {"sessions": 100, "kills": 40}
        good = kill_workers(**sizes, wait_for_leases=not options.short)
    if options.only != "worker":
        os.environ.update(OPENAI_API_KEY="", OPENAI_BASE_URL="")
        sizes = {"seconds": 4, "restarts": 1} if options.short else {"seconds": 40, "restarts": 4}
        good = restart_database(candidates=10, **sizes) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
