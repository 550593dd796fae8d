"""`make bench-load`: candidates practise for some minutes against the program as `make run` starts it.

Everybody has times to think as in life, the model takes 1 to 8 s and fails in 2 of 100 calls, and the processes that
play candidates and model share the machine with the program. Afterwards the database has to hold exactly what each
candidate was told. Exits with 1 when a bar is missed; with more candidates than 50 only correctness is a bar: some may
then be told to come again, and nothing may be lost, doubled, stuck or wrong.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

from tests import environment
from tests.environment import ROOT
from tests.load import model_server, table
from tests.load.checking import what_is_wrong
from tests.load.diary import read
from tests.load.memory import Memory
from tests.stack.serving import Stack
from tests.stack.test_whole_loop_by_http import free_port

AT_ONCE = 50  # candidates, by the specification: with more only correctness counts
DRAIN_SECONDS = 1800


def run(folder: Path, told: argparse.Namespace) -> tuple[table.Report, dict[str, Any]]:
    """Play the run on the data in `folder`; its report, and the machine."""
    log, diary = folder / "model.jsonl", folder / "diary.jsonl"
    with model_server.running(log, f"--seed={told.seed}") as url:
        own = {"OPENAI_API_KEY": "any", "OPENAI_BASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.load.measured"}
        with Stack(folder / "data", free_port(), **own) as stack:
            stack.wait_until_ready()
            stack.read_on()
            before = asked(stack, "choose", str(told.candidates))
            names = before["names"]
            assert len(names) == told.candidates, f"only {len(names)} candidates have a plan: give another DATA"
            with Memory(stack) as memory:
                _play(stack, names, diary, folder / "names", told)
            stored = asked(stack, "read", json.dumps(before), str(DRAIN_SECONDS))
            said = stack.output
    lines, calls = read(diary), model_server.calls_of(log)
    wrong = what_is_wrong(lines, stored, calls)
    for line in said.splitlines()[-200:]:
        if "Traceback" in line or "Error" in line:
            print(f"the program said: {line}")
    return table.Report(lines, calls, wrong, memory, stored["drained"]), _machine(stack)


def asked(stack: Stack, *command: str) -> Any:
    """What tests.load.stored prints, with the settings and keys of the stack."""
    program = [sys.executable, "-W", "ignore", "-m", "tests.load.stored", *command]
    found = subprocess.run(program, cwd=ROOT, env=stack.env(), capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def _play(stack: Stack, names: list[str], diary: Path, list_of_names: Path, told: argparse.Namespace) -> None:
    list_of_names.write_text("\n".join(names))
    program = [sys.executable, "-m", "tests.load.generator", stack.url, str(diary), str(list_of_names)]
    subprocess.run([*program, f"--seconds={told.minutes * 60}", f"--pace={told.pace}"], cwd=ROOT, check=True)


def _machine(stack: Stack) -> dict[str, Any]:
    from coach.running.database import programs

    version = subprocess.run([programs() / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return {
        "cores": os.cpu_count(),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "Python": platform.python_version(),
        "PostgreSQL": version.split()[-1],
    }


def prepare(folder: Path, data: str, users: int, days: int) -> None:
    """Put a copy of the prepared data there; without any, make some."""
    if data:
        subprocess.run(["cp", "-a", "--reflink=auto", data, folder / "data"], check=True)
        return
    from tests import first_data

    first_data.copy_to(folder / "data")
    made = [sys.executable, "manage.py", "demo_data", f"--users={users}", f"--days={days}"]
    subprocess.run(made, cwd=ROOT, env={**os.environ, "COACH_DATA_DIR": str(folder / "data")}, check=True)


def main() -> None:
    """Run, print and exit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=AT_ONCE)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--data", default="", help="a data folder with a database, of which a copy is used")
    parser.add_argument("--users", type=int, default=1000, help="candidates of the database that is made without DATA")
    parser.add_argument("--days", type=int, default=180, help="days of practice of each of these")
    parser.add_argument("--pace", type=float, default=1.0, help="times to think are so many times as long")
    parser.add_argument("--seed", type=int, default=1, help="of the model: how long it takes, and when it fails")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="coach-load-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's user has to get in
        prepare(folder, told.data, told.users, told.days)
        report, machine = run(folder, told)
    bars = report.bars()
    print(f"{told.candidates} candidates, {told.minutes:g} minutes; {table.described(machine)}\n")
    print("\n".join(report.lines(bars)))
    missed = [bar.name for bar in bars if not bar.held and (bar.is_correctness or told.candidates <= AT_ONCE)]
    sys.exit(f"Missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    environment.prepare()
    main()
