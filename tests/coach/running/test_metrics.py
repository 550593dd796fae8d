"""/metrics: off by default, behind a token, one truth of all processes. The canary's run asks the real program."""

import math
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

from coach.models import NightlyBackup
from coach.running.setting_values import Values
from coach.running.watching import exposition, figures
from tests.security.test_access import TOKENS

TOKEN = "a-token-of-the-tests-0123456789"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of a machine's figures, empty."""
    monkeypatch.setattr(exposition, "FOLDER", tmp_path)
    return tmp_path


@pytest.fixture
def ended():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def written(folder, kind, number, name, value, **labels):
    """A file such as a process writes, with one figure."""
    file = MmapedDict(str(folder / f"{kind}_{number}.db"))
    metric = name.removesuffix("_total").removesuffix("_bucket").removesuffix("_sum")
    file.write_value(mmap_key(metric, name, [*labels], [*labels.values()], "Help."), value, 0.0)
    file.close()


def summed(folder):
    """What the files add up to: {(name, labels): value}."""
    metrics = MultiProcessCollector(None, path=str(folder)).collect()
    return {(one.name, *one.labels.values()): one.value for metric in metrics for one in metric.samples}


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer "}, {"authorization": f"Bearer {TOKEN}"}])
def test_without_a_token_in_the_settings_there_is_no_such_page(headers):
    assert figures.figures is None
    missing = Client().get("/nowhere/", headers=headers)
    for answer in (Client().get("/metrics", headers=headers), Client().post("/metrics", headers=headers)):
        assert answer.status_code == 404
        assert TOKENS.sub(b"", answer.content) == TOKENS.sub(b"", missing.content)


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", TOKEN, f"Bearer {TOKEN}x", f"bearer {TOKEN}", "Bearer \xe9"])
def test_a_wrong_token_gets_nothing(settings, sent):
    settings.METRICS_TOKEN = TOKEN
    answer = Client().get(f"/metrics?token={TOKEN}", headers={"authorization": sent})
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_the_right_token_gets_the_figures_which_nobody_keeps(settings, folder):
    settings.METRICS_TOKEN = TOKEN
    written(folder, "counter", os.getpid(), "coach_http_requests_total", 3.0, route="/", method="GET", status="200")
    OrmQ.objects.create(key="coach", payload="x", lock=timezone.now() - timedelta(seconds=90))
    OrmQ.objects.create(key="coach", payload="x", lock=timezone.now() + timedelta(seconds=90))
    answer = Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    told = answer.content.decode()
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert 'coach_http_requests_total{method="GET",route="/",status="200"} 3.0' in told
    assert 'coach_queue_tasks{state="waiting"} 1.0' in told
    assert 'coach_queue_tasks{state="at_work"} 1.0' in told
    assert "\ncoach_queue_oldest_seconds 9" in told
    assert "coach_backup" not in told
    assert f'process_resident_memory_bytes{{pid="{os.getpid()}"' in told
    assert Client().post("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 405


@pytest.mark.django_db
def test_the_age_of_the_last_backup_is_told_where_there_are_to_be_any(settings, folder):
    settings.BACKUP_DIR = folder
    assert ages_told() == [math.inf]
    NightlyBackup.objects.create(started_at=timezone.now() - timedelta(hours=30))
    NightlyBackup.objects.create(started_at=timezone.now() - timedelta(hours=2), failure="The disk was full.")
    assert ages_told() == [pytest.approx(30 * 3600, abs=60)]


def ages_told():
    found = exposition.Everything().collect()
    return [sample.value for one in found if one.name == "coach_backup_age_seconds" for sample in one.samples]


def test_a_token_that_can_be_guessed_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("COACH_METRICS_TOKEN", "short")
    with pytest.raises(ImproperlyConfigured, match="COACH_METRICS_TOKEN must have at least 16 characters") as refused:
        Values(tmp_path / ".env").key("COACH_METRICS_TOKEN", least=16)
    assert '"short"' not in str(refused.value)


def test_what_ended_processes_counted_stays_in_the_sum_and_how_they_were_does_not(folder, ended):
    for number, value in ((os.getpid(), 1.0), (ended, 2.0)):
        written(folder, "counter", number, "coach_llm_calls_total", value, mode="plan_chat", outcome="ok")
        written(folder, "histogram", number, "coach_llm_call_seconds_bucket", value, mode="plan_chat", le="1.0")
        written(folder, "gauge_livesum", number, "coach_llm_calls_in_flight", value)
    before = summed(folder)
    exposition.bury(folder)
    after = summed(folder)
    assert before["coach_llm_calls_in_flight",] == 3
    assert after["coach_llm_calls_in_flight",] == 1
    assert after["coach_llm_calls_total", "plan_chat", "ok"] == 3
    assert after["coach_llm_call_seconds_bucket", "plan_chat", "1.0"] == 3
    assert {**after, ("coach_llm_calls_in_flight",): 3} == before
    assert not list(folder.glob(f"*_{ended}.db"))
    # And once more: what was put together is not dead, and is added to.
    written(folder, "counter", ended, "coach_llm_calls_total", 4.0, mode="plan_chat", outcome="ok")
    exposition.bury(folder)
    exposition.bury(folder)
    assert summed(folder)["coach_llm_calls_total", "plan_chat", "ok"] == 7
