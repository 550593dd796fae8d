"""The whole program as `make run` starts it, and programs that talk to it."""

import itertools
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.client.coach_client import CoachClient
from tests.fake_llm import FakeLLM, example_reply
from tests.stack.serving import Stack

PASSWORD = "quiet-desk-27"
_number = itertools.count(1)


@contextmanager
def serving(**environment: str) -> Iterator[Stack]:
    """A server that answers, on a free port and with data of its own; all that it prints is in `output` in the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Not pytest's folder: every start of pytest closes that one to the database's user.
    folder = tempfile.TemporaryDirectory(prefix="coach-client-", ignore_cleanup_errors=True)
    with folder as data_dir, Stack(Path(data_dir) / "data", port, **environment) as stack:
        stack.wait_until_ready()
        # It logs every refused call, and would stand still if nobody read.
        reading = threading.Thread(target=_read, args=(stack,), daemon=True)
        reading.start()
        yield stack
        stack.kill()
        reading.join(timeout=10)


def _read(stack: Stack) -> None:
    for line in stack.process.stdout:
        stack.output += line


@pytest.fixture(scope="module")
def llm() -> Iterator[FakeLLM]:
    """The provider that the server of this module is connected to; a test queues what it answers."""
    with FakeLLM() as fake:
        # The worker asks by itself what it makes of a candidate's experience, whenever it comes to it.
        fake.always(example_reply("read_context"), mode="read_context")
        yield fake


@pytest.fixture(scope="module")
def stack(llm) -> Iterator[Stack]:
    """A server with its worker and database, for all tests of a module."""
    with serving(OPENAI_API_KEY="test-key", OPENAI_BASE_URL=llm.url) as stack:
        yield stack


@pytest.fixture
def join(stack) -> Iterator[Callable[[], CoachClient]]:
    """Makes candidates: `join()` is a client of a new one."""
    clients = []

    def new() -> CoachClient:
        client = CoachClient(stack.url)
        clients.append(client)
        client.create(f"candidate{next(_number)}", PASSWORD)
        return client

    yield new
    for client in clients:
        client.http.close()
