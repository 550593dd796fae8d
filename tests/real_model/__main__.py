"""`make real-model`: two real servers with a tiny model, every mode, and the whole loop; a table for each server.

Environment: RUNS=20 of each mode, streamed and whole; SERVER and MODE=a,b for some of them; LOOP=no for the modes
alone; REAL_MODEL_DIR for where all is built; THREADS=1 beside other work. Settings that begin with COACH_LLM_ hold.
"""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests import environment
from tests.real_model import installing, servers
from tests.real_model.table import Call, lines, verdict

GOAL = "a valid reply in 95 % of the calls of every mode, and the whole loop"
# Two replies of 2,000 tokens, at 20 tokens a second. Where nothing else works and two threads write, 90 seconds do.
PATIENCE = {"COACH_LLM_TOTAL_SECONDS": "300"}


def main() -> int:
    """Install, run and print; 0 when the goal is met."""
    # Whoever ends it ends its servers with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        place = installing.installed(Path(os.environ.get("REAL_MODEL_DIR") or ".real-model"))
        _prepare()
        reached = [_tried(name, place) for name in _named("SERVER") or servers.SERVERS]
    except installing.NotInstalled as problem:
        print(problem, file=sys.stderr)
        return 2
    print(f"\nGoal: {GOAL}. {'Met' if all(reached) else 'Not met'}.")
    return 0 if all(reached) else 1


def _named(variable: str) -> list[str]:
    return [name for name in os.environ.get(variable, "").split(",") if name]


def _prepare() -> None:
    """Django in this process, at the documented settings, on a database of its own."""
    own = PATIENCE | {name: value for name, value in os.environ.items() if name.startswith("COACH_LLM_")}
    environment.prepare()
    os.environ.update(own)
    import django

    django.setup()


def _tried(name: str, place: installing.Installed) -> bool:
    """Whether one server reaches the goal."""
    from django.conf import settings

    from tests.real_model import modes

    times = int(os.environ.get("RUNS") or 20)
    began = time.monotonic()
    with servers.serving(name, place) as server:
        seconds = f"{settings.LLM_TOTAL_SECONDS:.0f} s for a call"
        print(f"\n{name}: {times} runs of each mode, streamed and whole, {seconds} at most.", flush=True)
        calls: list[Call] = []
        try:
            for call in modes.runs(server, _named("MODE"), times):
                calls.append(call)
                print("." if call.valid else "x", end="", flush=True)
        finally:  # whoever breaks it off sees as far as it came
            print("", *lines(calls), sep="\n", flush=True)
        met, sentence = verdict(name, calls)
        print(f"{sentence} {time.monotonic() - began:.0f} s; the server takes {server.megabytes():.0f} MB.", flush=True)
        if os.environ.get("LOOP") == "no":
            return met
        return _walked(server) and met


def _walked(server: servers.Server) -> bool:
    """Whether the whole loop was gone, step by step."""
    from tests.real_model import loop

    print("The whole loop over HTTP:", flush=True)
    failed = False
    with tempfile.TemporaryDirectory(prefix="real-model-", ignore_cleanup_errors=True) as folder:
        for step in loop.walk(server, Path(folder) / "data"):
            print(step.line(), flush=True)
            failed |= bool(step.failure)
    return not failed


if __name__ == "__main__":
    sys.exit(main())
