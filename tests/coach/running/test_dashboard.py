"""The dashboard and the alerts ask for figures that there are. `make dashboard` asks a real Prometheus for each."""

import json
import re
import shutil
import subprocess

import pytest

from coach.running.watching.figures import Figures
from tests.environment import ROOT
from tests.stack.dashboard import DASHBOARD, RULES, VARIABLES, expressions, filled_in

FIGURE = re.compile(r"\b(?:coach|process)_\w+")
# Those that no process counts: from the database, and from the library's own collector.
ASKED_FOR = {
    *("coach_database_up", "coach_queue_tasks", "coach_queue_oldest_seconds", "coach_backup_age_seconds"),
    *("process_resident_memory_bytes", "process_cpu_seconds_total"),
}


@pytest.fixture(scope="module")
def known():
    """Every figure, as a query names it."""
    found = {metric.name: metric.type for metric in Figures().registry.collect()}
    ending = {"counter": ("_total",), "histogram": ("_bucket",), "gauge": ("",)}
    return ASKED_FOR | {name + end for name, kind in found.items() for end in ending[kind]}


def test_each_query_of_the_dashboard_asks_for_a_figure_that_there_is_and_each_figure_is_shown(known):
    asked = {name for _title, expression in expressions() for name in FIGURE.findall(expression)}
    assert asked == known


def test_each_alert_asks_for_figures_that_there_are(known):
    asked = re.findall(r"\b(?:coach|process)_\w+(?=\{)", RULES.read_text())
    assert len(asked) > 10
    assert set(asked) <= known


def test_the_page_for_operators_explains_each_figure_and_alert(known):
    page = (ROOT / "docs" / "watching.md").read_text()
    assert sorted(name for name in known if f"`{name.removesuffix('_bucket')}`" not in page) == []
    alerts = re.findall(r"alert: (\w+)", RULES.read_text())
    assert sorted(name for name in alerts if f"`{name}`" not in page) == []


def test_no_variable_of_the_dashboard_is_left_to_guesses():
    assert all("$" not in filled_in(expression) for _title, expression in expressions())
    assert "$__rate_interval" in VARIABLES


def test_each_panel_has_a_number_and_a_place_of_its_own():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    places = [panel["gridPos"] for panel in panels]
    squares = [(at["x"] + x, at["y"] + y) for at in places for x in range(at["w"]) for y in range(at["h"])]
    assert len(squares) == len(set(squares))
    assert max(x for x, _y in squares) == 23
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Prometheus is not installed")
def test_prometheus_takes_the_alerts():
    subprocess.run(["promtool", "check", "rules", RULES], check=True, capture_output=True)
