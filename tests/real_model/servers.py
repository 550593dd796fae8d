"""Starts a model's server on loopback, and ends it."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.real_model.installing import Installed, NotInstalled

MODEL = "smollm2"
# As long as the model was made for. The longest prompt of the runs and its reply take half of it.
CONTEXT_TOKENS = 8192
# Of llama.cpp's own server: two calls at once, as a candidate and the worker make them. The other one knows one only.
SLOTS = 2
# Threads wait for each other: beside other work a second one makes it slower.
THREADS = os.environ.get("THREADS") or str(min(2, os.cpu_count() or 1))
START_SECONDS = 120


class Server(NamedTuple):
    """A server that runs."""

    name: str
    url: str
    process: subprocess.Popen

    def megabytes(self) -> float:
        """Memory that it takes now."""
        return psutil.Process(self.process.pid).memory_info().rss / 2**20


def llama_cpp_python(place: Installed, port: int) -> list[str]:
    """The server of llama-cpp-python: it knows `json_object` with a schema, and answers one call at a time."""
    return [
        *(str(place.python), "-m", "llama_cpp.server", "--host", "127.0.0.1", "--port", str(port)),
        *("--model", str(place.model), "--model_alias", MODEL, "--n_ctx", str(CONTEXT_TOKENS)),
        *("--n_threads", THREADS, "--n_threads_batch", THREADS, "--verbose", "false"),
        # By default it keeps the logits of every token, which takes 1.6 GB, and ends a stream when another call comes.
        *("--logits_all", "false", "--interrupt_requests", "false"),
    ]


def llama_cpp(place: Installed, port: int) -> list[str]:
    """llama.cpp's own server: it knows `json_schema`."""
    return [
        *(str(place.libraries / "llama-server"), "--host", "127.0.0.1", "--port", str(port), "--jinja", "--no-webui"),
        *("--model", str(place.model), "--alias", MODEL),
        *("--ctx-size", str(CONTEXT_TOKENS * SLOTS), "--parallel", str(SLOTS)),
        *("--threads", THREADS, "--threads-batch", THREADS),
        # By default it keeps up to 8 GB of prompts that it has read.
        *("--cache-ram", "512"),
    ]


SERVERS: dict[str, Callable[[Installed, int], list[str]]] = {
    "llama-cpp-python": llama_cpp_python,
    "llama.cpp": llama_cpp,
}


@contextmanager
def serving(name: str, place: Installed) -> Iterator[Server]:
    """Start this server, and end it with the block. Raises NotInstalled when it does not start."""
    port, log = free_port(), place.folder / f"{name}.log"
    environment = {
        **os.environ,
        "LLAMA_CPP_LIB_PATH": str(place.libraries),
        # Threads wait for each other in a loop, but not for long: where something else works as well they would write
        # one token a second. Without any loop they write 18 on free cores, with this 46, with an endless one 53.
        "GOMP_SPINCOUNT": "20000",
        # llama-cpp-python's server takes these before what its command line says.
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            SERVERS[name](place, port), env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
    try:
        server = Server(name, f"http://127.0.0.1:{port}/v1", process)
        _wait_until_ready(server, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_ready(server: Server, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while not _answers(f"{server.url}/models"):
        if server.process.poll() is not None or time.monotonic() > until:
            said = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
            raise NotInstalled(f"{server.name} does not start:\n{said}")
        time.sleep(0.2)


def _answers(url: str) -> bool:
    # The model is on this machine: no proxy of the environment is asked for it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False
