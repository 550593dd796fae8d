"""`manage.py serve` runs the whole program, and takes all of it down again."""

import http.client
import os
import signal
import socket
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from tests import first_data
from tests.stack.serving import STOP_SECONDS, Stack, runs

START_SECONDS = 10  # on a machine that has nothing else to do


def start_seconds() -> float:
    """The limit for this machine as it is now: other tests run beside these."""
    return START_SECONDS * max(1, os.getloadavg()[0] / (os.cpu_count() or 1))


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    return connection.getresponse().status


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """All tests of this module follow each other on the same data, so that only the first one has to make them.

    The path is too long for the database's socket, which then lies among the temporary files.
    """
    return tmp_path_factory.mktemp("serve-from-a-path-that-is-too-long-for-a-socket") / "data"


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def temporary():
    """Its folder for temporary files; one with a short path, or the database's socket would not be there."""
    return Path(tempfile.mkdtemp())


@pytest.fixture
def stack(data_dir, port, temporary):
    own = {"TMPDIR": str(temporary), "DJANGO_SETTINGS_MODULE": first_data.UNCOMPRESSED}
    with Stack(data_dir, port, first_run=True, **own) as stack:
        yield stack


def test_the_first_run_says_where_all_is_its_worker_works_and_a_kill_leaves_nothing_of_it(
    stack, data_dir, port, temporary
):
    stack.wait_until_ready()

    assert stack.output.splitlines()[-1] == (
        f"The coach is ready: open http://127.0.0.1:{port}/ in a browser. Ctrl-C stops it."
    )
    assert f"New keys were written to {data_dir}/secrets.env" in stack.output
    assert status(port, "/health/") == 200

    told = stack.run(
        "shell",
        "-v0",
        "-c",
        "from django_q.tasks import async_task, result; print(result(async_task('math.hypot', 3, 4), wait=10_000))",
    )
    assert told.stdout.strip() == "5.0", told.stderr

    processes = stack.processes()
    assert {"postgres"} < {process.name() for process in processes}
    kinds = sorted(folder.name.rpartition("-")[0] for folder in temporary.iterdir())
    assert kinds == ["coach-heartbeat", "coach-socket"]
    stack.process.kill()
    wait_until(lambda: not [process for process in processes if runs(process)])
    assert list(temporary.iterdir()) == []


def test_the_second_run_is_quick_refuses_another_beside_it_in_words_and_ctrl_c_stops_it(
    stack, port, tmp_path, temporary
):
    assert stack.wait_until_ready() < start_seconds()
    assert "New keys" not in stack.output

    same_data = stack.run("serve")
    assert same_data.returncode == 1
    assert f"already runs from {stack.data_dir} (process {stack.process.pid})" in same_data.stderr

    same_port = Stack(tmp_path / "other data", port)
    output, _ = same_port.process.communicate(timeout=60)
    assert same_port.process.returncode == 1
    assert f"Port {port} on 127.0.0.1 cannot be used: Address already in use." in output
    assert "Traceback" not in output
    assert status(port, "/health/") == 200

    processes = stack.processes()
    os.killpg(stack.process.pid, signal.SIGINT)
    assert stack.wait_until_ended(processes) < STOP_SECONDS
    assert stack.process.returncode == 0, stack.output
    assert list(temporary.iterdir()) == []


def test_a_kill_does_not_hinder_the_next_run_nor_a_part_that_hangs_its_end(stack, data_dir, port):
    stack.wait_until_ready()
    left = stack.processes()
    for victim in (leash(stack), psutil.Process(stack.process.pid)):
        victim.kill()
    stack.process.wait()
    assert any(runs(process) for process in left)

    again = Stack(data_dir, port)
    assert again.wait_until_ready() < start_seconds()
    left += again.processes()
    again.process.kill()
    again.process.wait()

    last = Stack(data_dir, port)
    assert last.wait_until_ready() < start_seconds()
    left += last.processes()
    for process in (leash(last), postmaster(last)):
        process.suspend()
    last.process.terminate()
    wait_until(lambda: not [process for process in left if runs(process)])
    assert last.process.wait() == 0, last.output


def test_what_dies_is_started_again(stack, port):
    stack.wait_until_ready()
    stack.read_on()
    for victim in (web_server, worker, leash, postmaster):
        left_behind = [victim(stack), *victim(stack).children(recursive=True)]
        left_behind[0].kill()
        wait_until(lambda victim=victim, dead=left_behind[0].pid: victim(stack).pid != dead)
        wait_until(lambda left=left_behind: not [process for process in left if runs(process)])
        wait_until(lambda: status(port, "/health/ready") == 200)

    wait_until(lambda: "The web process ended by itself; it is started again." in stack.output)
    wait_until(lambda: "The database ended by itself; it is started again." in stack.output)
    processes = stack.processes()
    stack.process.terminate()
    wait_until(lambda: not [process for process in processes if runs(process)], STOP_SECONDS)
    assert stack.process.wait() == 0


def wait_until(holds, seconds=60):
    until = time.monotonic() + seconds
    while not _without_error(holds):
        assert time.monotonic() < until
        time.sleep(0.1)


def _without_error(holds) -> bool:
    """While processes come and go, a look at them may fail."""
    try:
        return holds()
    except (psutil.Error, OSError, http.client.HTTPException, StopIteration, ValueError, IndexError):
        return False


def _one(stack, *words):
    children = psutil.Process(stack.process.pid).children()
    return next(child for child in children if set(words) <= set(child.cmdline()))


def web_server(stack):
    return _one(stack, "coach.running.web_server")


def worker(stack):
    return _one(stack, "manage.py", "worker")


def leash(stack):
    return _one(stack, "coach.running.leash")


def postmaster(stack):
    return psutil.Process(int((stack.data_dir / "postgres" / "postmaster.pid").read_text().split()[0]))
