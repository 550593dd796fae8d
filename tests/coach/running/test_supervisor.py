"""The supervisor by itself, with commands that end as they like."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from coach.running import supervisor
from coach.running.supervisor import Child, Supervisor
from tests.environment import ROOT


@pytest.fixture(autouse=True)
def own_signals():
    """The supervisor takes signals for itself: give pytest its own back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)}
    yield
    signal.set_wakeup_fd(-1)
    for number, handler in kept.items():
        signal.signal(number, handler)


def supervise(commands, *, is_ready=lambda: False, on_ready=lambda: None, ready_seconds=20.0, grace=5.0):
    with open(os.devnull) as lock:
        found = Supervisor(
            commands,
            os.environ,
            database=None,
            lock=lock.fileno(),
            is_ready=is_ready,
            on_ready=on_ready,
            ready_seconds=ready_seconds,
            grace=grace,
        )
        found.run()
    return found


def test_what_ends_before_all_is_ready_ends_everything_with_a_message():
    ended = supervise({"web": "sleep 60", "worker": "exit 3"})

    assert ended.failure == "The worker process ended by itself; its last words are above."
    assert ended.children[0].process.returncode is not None


def test_what_never_gets_ready_is_given_up():
    assert "did not answer within" in supervise({"web": "sleep 60"}, ready_seconds=0.1).failure


def test_what_ends_later_is_started_again_and_a_signal_ends_it(tmp_path, capsys):
    starts = tmp_path / "starts"

    def stop_after_two_starts() -> None:
        while not (starts.exists() and starts.read_text().count("x") >= 2):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    stopping = threading.Thread(target=stop_after_two_starts, daemon=True)
    ended = supervise({"web": f"echo x >> {starts}; sleep 0.3; exit 1"}, is_ready=lambda: True, on_ready=stopping.start)

    assert ended.failure == ""
    assert "The web process ended by itself; it is started again." in capsys.readouterr().err


def test_what_dies_again_and_again_is_started_later_each_time():
    child = Child("web", "exit 1")
    pauses = []
    for _death in range(9):
        child.note_death()
        pauses.append(child.start_at - child.deaths[-1])

    assert pauses == pytest.approx(
        [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, supervisor.LONGEST_PAUSE, supervisor.LONGEST_PAUSE]
    )


@pytest.mark.parametrize("program", ["procfile", "leash"])
def test_what_only_looks_after_processes_loads_no_django_app(program):
    loaded = f"import sys, coach.running.{program}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "coach.running.supervisor" in told.stdout.split()
    assert not {"django.apps", "django.conf", "django.db", "coach.settings"} & set(told.stdout.split())


@pytest.mark.parametrize(("grace", "status"), [(5.0, 7), (0.1, -signal.SIGKILL)])
def test_what_is_told_to_stop_has_its_time_for_that(grace, status):
    takes_half_a_second = "trap 'sleep 0.5; exit 7' TERM; echo; while :; do sleep 0.05; done"
    found = supervise(
        {"web": takes_half_a_second},
        is_ready=lambda: True,
        on_ready=lambda: threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start(),
        grace=grace,
    )
    assert found.children[0].process.returncode == status
