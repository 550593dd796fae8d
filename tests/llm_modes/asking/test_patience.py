"""Whoever waits for the coach waits longer than an action may take, and the lease is as short as ever."""

import json
import os
import subprocess
import sys

import pytest

from tests.environment import ROOT

TELL = """
import json, re
import django
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
django.setup()
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.contrib.auth.models import AnonymousUser
from coach.running import heartbeat
from llm_modes.asking import waiting
from llm_modes.ledger import leases

request = RequestFactory().get("/")
request.user = AnonymousUser()
page = render_to_string("base.html", request=request)
htmx = json.loads(re.search(r"content='({.*})'", page).group(1))["timeout"] / 1000
print(json.dumps({
    "lease": leases.LEASE.total_seconds(),
    "page": htmx,
    "dictation": int(re.search(r'data-patience="(\\d+)"', page).group(1)) / 1000,
    "rest": waiting.LONGEST_WAIT,
    "renewing": leases.LONGEST_ACTION,
    "task": settings.Q_CLUSTER["timeout"],
    "heartbeat": heartbeat.AT_WORK_FOR,
    "retry": settings.Q_CLUSTER["retry"],
    "queue": settings.QUEUE_SECONDS,
}))
"""


@pytest.fixture(scope="module", params=[10, 90, 900])
def told(request):
    """The total, and what a process with this setting has for limits, in seconds."""
    own = {"DJANGO_SETTINGS_MODULE": "coach.settings", "COACH_LLM_TOTAL_SECONDS": str(request.param)}
    inherited = {name: value for name, value in os.environ.items() if name != "COACH_QUEUE_SECONDS"}
    command = [sys.executable, "-W", "ignore", "-c", TELL]
    done = subprocess.run(command, cwd=ROOT, env={**inherited, **own}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return request.param, json.loads(done.stdout)


def test_who_waits_for_an_action_waits_longer_than_it_may_take(told):
    total, limits = told
    for who in ("page", "dictation", "rest", "renewing"):
        assert limits[who] > total + 5, who


def test_a_task_may_ask_twice_and_is_not_handed_out_again_meanwhile(told):
    total, limits = told
    assert 2 * total + 30 < limits["task"] < limits["retry"]


def test_a_worker_whose_tasks_take_long_looks_neither_dead_nor_stuck(told):
    _total, limits = told
    assert limits["task"] < limits["heartbeat"]
    assert limits["task"] < limits["queue"]


def test_a_dead_process_is_noticed_within_a_minute_however_long_an_action_may_take(told):
    _total, limits = told
    assert limits["lease"] <= 45
