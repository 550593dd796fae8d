"""Schemathesis over the OpenAPI document, against the program as it is run: `python -m tests.client.fuzz [seconds]`."""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests import environment
from tests.client.coach_client import CoachClient
from tests.client.conftest import PASSWORD, serving

CONFIGURATION = Path(__file__).parent / "schemathesis.toml"
DEFAULT_SECONDS = 600
CALLS = {
    name: re.compile(name.replace("{session_id}", "[^/]*"))
    for name in (
        "POST /users/create",
        "POST /users/login",
        "POST /plan/suggest_new",
        "POST /plan/suggest_changes",
        "POST /plan/approve_plan",
        "GET /plan/view",
        "POST /study/start_session/",
        "PUT /study/end_session/",
        "POST /study/generate_questions/{session_id}",
        "POST /study/evaluate_answer/{session_id}",
    )
}
ANSWER = "I measured the queue, found one slow query, added an index and cut the wait from two seconds to eighty ms."


@dataclass
class Found:
    """What a run found: nothing when `clean`. `seen` are the statuses of each call."""

    clean: bool
    told: str
    seen: dict[str, set[int]]


def run(url: str, *options: str, seconds: int, session: str = "none", token: str = "0" * 32) -> Found:
    """One run of all phases and all checks, at most `seconds` long."""
    program = [sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", str(CONFIGURATION), "run"]
    bounded = ["--max-time", str(seconds), "--checks", "all", "--request-timeout", "60", "--warnings", "off"]
    with tempfile.TemporaryDirectory() as folder:  # it leaves a cache where it is started
        report = Path(folder) / "calls.har"
        ended = subprocess.run(
            [*program, f"{url}/api/openapi.json", *bounded, "--report-har-path", str(report), *options],
            cwd=folder,
            env={**os.environ, "FUZZ_SESSION": session, "FUZZ_TOKEN": token},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=seconds * 3 + 60,
        )
        seen = statuses(json.loads(report.read_text())["log"]["entries"])
    return Found(clean=ended.returncode == 0, told=ended.stdout, seen=seen)


def statuses(calls: list[dict[str, Any]]) -> dict[str, set[int]]:
    """The statuses of each call of the facade, whatever session it was about; other methods under "another method"."""
    seen: dict[str, set[int]] = {}
    for call in calls:
        method, path = call["request"]["method"], urlsplit(call["request"]["url"]).path
        known = next((name for name, found in CALLS.items() if found.fullmatch(f"{method} {path}")), "another call")
        seen.setdefault(known, set()).add(call["response"]["status"])
    return seen


def signed_out(url: str, *, seconds: int) -> Found:
    """As a stranger: everything, joining and signing in included."""
    return run(url, seconds=seconds)


def signed_in(url: str, *, seconds: int) -> Found:
    """As a candidate in the middle of a session: topics, sessions and questions have small ids here, and are found.

    Without joining and signing in, which would end the session of the cookie.
    """
    with CoachClient(url) as client:
        client.create("fuzzed", PASSWORD)
        proposal = client.suggest_new("Backend engineer", "Five years of payments.", daily_minutes=60)
        client.approve(proposal)
        running = client.start_session(client.plan().plan_topics[0].id, 480)
        question = client.questions(running.id)[0]
        client.evaluate(running.id, question.id, ANSWER)
        session, token = client.http.cookies["sessionid"], client.http.cookies["csrftoken"]
    return run(url, "--exclude-path-regex", "^/users/", seconds=seconds, session=session, token=token)


def table(*founds: Found) -> str:
    """Each call of the facade with the statuses that were seen."""
    rows = {call: set().union(*(found.seen.get(call, set()) for found in founds)) for call in [*CALLS, "another call"]}
    return "\n".join(f"  {call:45} {' '.join(map(str, sorted(seen)))}" for call, seen in rows.items())


def main(seconds: int) -> int:
    """Both runs and the table; 1 when something was found."""
    with serving() as stack:
        founds = [fuzz(stack.url, seconds=seconds // 2) for fuzz in (signed_out, signed_in)]
    for found in founds:
        print(found.told)
    print(table(*founds))
    return 0 if all(found.clean for found in founds) else 1


if __name__ == "__main__":
    environment.prepare()
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_SECONDS))
