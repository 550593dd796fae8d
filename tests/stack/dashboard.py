"""Whether each panel of the Grafana dashboard, and each alert, finds figures: `make dashboard`.

Starts the coach with a model that now and then fails, and a real Prometheus that scrapes it; lets a few candidates go
round; then asks Prometheus for every expression as Grafana would, and prints how many series each has. Needs
Prometheus (Debian: prometheus). Ends with 1 when an expression finds nothing. `SERIES=file` writes what was found.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from tests.environment import ROOT
from tests.fake_llm import FakeLLM
from tests.stack.serving import Stack
from tests.stack.test_whole_loop_by_http import ANSWER, TYPED, answer_everything, free_port
from tests.stack.visitor import Visitor

DASHBOARD = ROOT / "ops" / "grafana" / "coach.json"
RULES = ROOT / "ops" / "prometheus" / "coach.rules.yml"
SCRAPED_EVERY, STEP = 2, 2  # seconds
CANDIDATES, ANSWERS = 4, 2
# What Grafana fills in.
VARIABLES = {"$__rate_interval": f"{5 * SCRAPED_EVERY}s", "$job": ".*"}


def expressions() -> list[tuple[str, str]]:
    """The title and the expression of each query of the dashboard."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", [])]


def filled_in(expression: str) -> str:
    """The expression as Prometheus gets it."""
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


class Prometheus:
    """A Prometheus with the rules, which scrapes this port of loopback."""

    def __init__(self, folder: Path, scraped: int) -> None:
        self.port = free_port()
        config = {
            "global": dict.fromkeys(("scrape_interval", "scrape_timeout", "evaluation_interval"), f"{SCRAPED_EVERY}s"),
            "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": "coach", "static_configs": [{"targets": [f"127.0.0.1:{scraped}"]}]}],
        }
        (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
        self.process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'series'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--log.level=error",
            ]
        )

    def __enter__(self) -> "Prometheus":
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait()

    def ask(self, path: str, **parameters: Any) -> Any:
        """The data of an answer. Raises RuntimeError with Prometheus' own words when it refuses."""
        address = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        told = requests.get(address, params=parameters, timeout=10).json()
        if told["status"] != "success":
            raise RuntimeError(told["error"])
        return told["data"]


def go_round(url: str, number: int) -> None:
    """Somebody who joins, agrees on a plan, practises, and ends their session for the worker to sum up."""
    visitor = Visitor(url)
    visitor.open("/join/")
    visitor.send("/join/", username=f"keeper{number}", password=TYPED["password"], name="Kim")
    visitor.send("/plan/chat/$", text="I want to keep a lighthouse.")
    visitor.send("/plan/chat/reply/")
    visitor.send("/suggestion/")
    visitor.send("/approval/")
    visitor.open("/sessions/")
    visitor.send("/sessions/$")
    session = visitor.path
    visitor.send("/suggestion/|/questions/$")
    for _ in range(ANSWERS):
        for page in ("/", "/plan/", "/notes/", "/stories/", "/nowhere/", session):
            visitor.open(page)
        visitor.send(r"/questions/\d+/attempts/")
        visitor.send("/submission/", raw_answer=ANSWER)
        visitor.send("/feedback/")
        if "7 out of 10" not in visitor.text:
            visitor.send("/feedback/")
    visitor.open(session)
    visitor.send("/end/")


def found(prometheus: Prometheus, since: float) -> list[dict[str, Any]]:
    """For each query its title, its expression and the series that it has."""
    now = time.time()
    return [
        {
            "title": title,
            "expr": expression,
            "series": prometheus.ask(
                "query_range", query=filled_in(expression), start=since, end=now, step=STEP
            )["result"],
        }
        for title, expression in expressions()
    ]  # fmt: skip


def report(rows: list[dict[str, Any]], rules: list[dict[str, Any]]) -> int:
    """Print a line for each query and alert; how many of them found nothing or could not be evaluated."""
    missed = 0
    for row in rows:
        points = [point for one in row["series"] for point in one["values"] if point[1] != "NaN"]
        missed += not points
        print(f"{'ok' if points else 'NOTHING':8}{len(row['series']):3} series {len(points):5} points  {row['title']}")
    for rule in rules:
        missed += rule["health"] != "ok"
        print(f"{rule['health']:8}alert {rule['name']}: {rule['state']}")
    return missed


def main() -> None:
    """Print what was found, and exit with the number of queries that found nothing."""
    if shutil.which("prometheus") is None:
        sys.exit("Prometheus is not installed. On Debian and Ubuntu: sudo apt install prometheus")
    scraped = free_port()
    with tempfile.TemporaryDirectory(prefix="coach-dashboard-") as name, FakeLLM() as fake:
        answer_everything(fake)
        for _ in range(2):
            fake.fault("http_500", mode="evaluate_answer")
        environment = {
            "OPENAI_API_KEY": "any",
            "OPENAI_BASE_URL": fake.url,
            "COACH_METRICS_PORT": str(scraped),
            "COACH_BACKUP_DIR": name,
        }
        with Stack(Path(name) / "data", free_port(), **environment) as stack:
            stack.wait_until_ready()
            stack.read_on()
            with Prometheus(Path(name), scraped) as prometheus:
                since = time.time()
                time.sleep(3 * SCRAPED_EVERY)  # rates need figures from before
                with ThreadPoolExecutor(CANDIDATES) as candidates:
                    list(candidates.map(lambda number: go_round(stack.url, number), range(CANDIDATES)))
                time.sleep(5 * SCRAPED_EVERY)
                rows = found(prometheus, since)
                print(*(one["lastError"] for one in prometheus.ask("targets")["activeTargets"]))
                rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    if "SERIES" in os.environ:
        Path(os.environ["SERIES"]).write_text(json.dumps(rows))
    sys.exit(report(rows, rules))


if __name__ == "__main__":
    main()
