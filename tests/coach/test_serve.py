"""`manage.py serve` runs the whole program, and takes all of it down again."""

import http.client
import os
import signal
import socket

import pytest

from tests.stack.serving import STOP_SECONDS, Stack

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
    """All tests of this module follow each other on the same data, so that only the first one has to make them."""
    return tmp_path_factory.mktemp("serve") / "data"


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def stack(data_dir, port):
    with Stack(data_dir, port) as stack:
        yield stack


def test_the_first_run_says_where_its_keys_and_the_page_are_and_its_worker_works(stack, data_dir, port):
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
    os.kill(stack.process.pid, signal.SIGTERM)
    assert stack.wait_until_ended(processes) < STOP_SECONDS
    assert stack.process.returncode == 0, stack.output


def test_the_second_run_is_quick_and_ctrl_c_stops_it(stack):
    assert stack.wait_until_ready() < start_seconds()
    assert "New keys" not in stack.output

    processes = stack.processes()
    os.killpg(stack.process.pid, signal.SIGINT)
    assert stack.wait_until_ended(processes) < STOP_SECONDS
    assert stack.process.returncode == 0, stack.output


def test_a_kill_does_not_hinder_the_next_run(stack, data_dir, port):
    stack.wait_until_ready()
    orphans = stack.processes()
    stack.process.kill()
    stack.process.wait()

    again = Stack(data_dir, port)
    assert again.wait_until_ready() < start_seconds()
    again.process.terminate()
    again.wait_until_ended(orphans)
    assert again.process.returncode == 0, again.output


def test_the_end_of_one_process_ends_all_with_a_message(stack):
    stack.wait_until_ready()
    processes = stack.processes()
    worker = next(process for process in processes if "qcluster" in process.cmdline())
    worker.kill()

    assert stack.wait_until_ended(processes) < STOP_SECONDS
    assert stack.process.returncode == 1
    assert "Stopped. The worker process ended by itself" in stack.output


def test_a_second_run_beside_the_first_is_refused_in_words(stack, port, tmp_path):
    stack.wait_until_ready()

    same_data = stack.run("serve")
    assert same_data.returncode == 1
    assert f"already runs from {stack.data_dir} (process {stack.process.pid})" in same_data.stderr

    same_port = Stack(tmp_path / "other data", port)
    output, _ = same_port.process.communicate(timeout=60)
    assert same_port.process.returncode == 1
    assert f"Port {port} on 127.0.0.1 cannot be used: Address already in use." in output
    assert "Traceback" not in output
    assert status(port, "/health/") == 200
