"""A canary is typed everywhere, and answered by a model that first fails: then it stands nowhere in the clear."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.urls import URLPattern, get_resolver
from prometheus_client.parser import text_string_to_metric_families

from coach.running.database import EmbeddedServer
from llm_modes.catalogue import MODES
from llm_modes.failures import FAILURES
from llm_modes.provider.transcription import MODE as TRANSCRIPTION
from tests.fake_llm import FakeLLM
from tests.stack.canary import CANARY, files_in, forms, rows_of, seen_in, seen_in_rows
from tests.stack.mistakes import half_sent, meet_broken_pages, mistype
from tests.stack.serving import Stack
from tests.stack.test_whole_loop_by_http import free_port
from tests.stack.typist import Model, Typist, calls_that_failed, temporary_folder, type_everywhere

# Asked for again while tests look at what was logged and counted.
ASKED_BY_TESTS = ("/metrics", "/health/", "/account/export/")
TOKEN = "a-token-of-the-tests-0123456789"


@dataclass
class Typed:
    """What was left behind."""

    database: str
    data_dir: Path
    tmp: Path
    typist: Typist
    log: list[str]
    scrape: str


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    """The stack after somebody has typed the canary everywhere, still running."""
    folder = tmp_path_factory.mktemp("canary")
    tmp = temporary_folder(folder)
    metrics_port = free_port()
    with FakeLLM() as fake:
        environment = {
            "OPENAI_API_KEY": "any",
            "OPENAI_BASE_URL": fake.url,
            "COACH_TRANSCRIBE_MODEL": "whisper-1",
            "COACH_CALLS_PER_MINUTE": "0",
            "COACH_DAILY_TOKENS": "100000000",
            "COACH_JOINS_PER_HOUR": "0",
            "TMPDIR": str(tmp),
            # It says all that is said in words, and more.
            "COACH_LOG_FORMAT": "json",
            "COACH_METRICS_TOKEN": TOKEN,
            "COACH_METRICS_PORT": str(metrics_port),
            "DJANGO_SETTINGS_MODULE": "tests.stack.broken_settings",
        }
        with Stack(folder / "data", free_port(), **environment) as stack:
            stack.wait_until_ready()
            log = [stack.output]
            # Nobody else reads what it says, and a full pipe would stop it.
            threading.Thread(target=log.extend, args=(stack.process.stdout,), daemon=True).start()
            database = EmbeddedServer(folder / "data").url()
            typist = Typist(stack.url, database, Model(fake))
            joined = typist.rest("/users/create", {"username": "keeper", "password": "kelp-Xanthos-91"})
            assert joined.status_code == 302
            type_everywhere(typist, fake)
            mistype(typist)
            meet_broken_pages(typist)
            scrape = requests.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=10).text
            yield Typed(database, folder / "data", tmp, typist, log, scrape)


def test_the_canary_came_where_it_was_sent(typed):
    """Else finding none would prove nothing: it is shown to its owner, and no call failed in another way than meant."""
    export = typed.typist.send("GET", "/account/export/").text
    assert export.count(CANARY) > 60
    for place in ("Wanted:", "I am ", "I want more.", "What of", "I did it.", "### Then"):
        assert place in export, place
    assert list(calls_that_failed(typed.typist)) == []


def test_no_row_of_any_table_holds_it(typed):
    found = {table: seen_in_rows(rows) for table, rows in rows_of(typed.database)}
    assert len(found) > 30
    assert {table: seen for table, seen in found.items() if seen} == {}


def test_no_log_holds_it(typed):
    assert seen_in("".join(typed.log).encode()) == []


def test_every_line_of_the_log_is_an_object_and_each_error_has_the_id_of_a_request_or_task(typed):
    records = [json.loads(line) for line in "".join(typed.log).splitlines()]
    answered = {record["request"] for record in records if record["logger"] == "coach.access"}
    errors = [record for record in records if record["logger"] == "django.request" and record["level"] == "ERROR"]
    assert len(errors) > 2
    assert {record["request"] for record in errors} <= answered


def test_the_figures_add_up_to_what_was_logged_and_to_the_ledger(typed):
    """Two web processes and the worker have counted."""
    records = [json.loads(line) for line in "".join(typed.log).splitlines()]
    logged = Counter(
        (record["route"], record["method"], str(record["status"]))
        for record in records
        if record["logger"] == "coach.access" and record["route"] not in ASKED_BY_TESTS
    )
    counted = {
        (labels["route"], labels["method"], labels["status"]): value
        for labels, value in samples(typed.scrape, "coach_http_requests_total")
        if value and labels["route"] not in ASKED_BY_TESTS
    }
    assert counted == logged
    assert len({record["process"] for record in records if record["logger"] == "coach.access"}) == 2
    with psycopg.connect(typed.database) as connection:
        rows = connection.execute("SELECT mode, outcome, count(*) FROM llm_modes_llmcall GROUP BY 1, 2").fetchall()
    called = samples(typed.scrape, "coach_llm_calls_total")
    assert {(labels["mode"], labels["outcome"]): value for labels, value in called if value} == {
        row[:2]: row[2] for row in rows
    }


def test_no_figure_says_anything_about_one_candidate(typed):
    assert seen_in(typed.scrape.encode()) == []
    assert "keeper" not in typed.scrape
    routes = {"none", "static/", *(f"/{route}" for route in routes_of(get_resolver("tests.stack.broken_pages")))}
    families = list(text_string_to_metric_families(typed.scrape))
    labels = {(name, value) for one in families for sample in one.samples for name, value in sample.labels.items()}
    assert {name for name, _value in labels} <= {
        *("route", "method", "status", "mode", "outcome", "kind", "reason", "state", "event", "le", "process", "pid")
    }
    assert {value for name, value in labels if name == "route"} <= routes
    assert {value for name, value in labels if name == "mode"} <= {*MODES, TRANSCRIPTION}
    assert {value for name, value in labels if name == "outcome"} <= {"ok", "dialect", "interrupted", *FAILURES}


def test_whoever_has_the_token_gets_the_same_figures_from_the_web_server(typed):
    address = f"{typed.typist.url}/metrics"
    assert requests.get(address, timeout=10).status_code == 401
    told = requests.get(address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10).text
    assert samples(told, "coach_llm_calls_total") == samples(typed.scrape, "coach_llm_calls_total")


def routes_of(resolver: Any, before: str = "") -> Iterator[str]:
    """Every route as a ResolverMatch names it."""
    for pattern in resolver.url_patterns:
        own = str(pattern.pattern)
        route = before + own.removeprefix("^") if before else own
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes_of(pattern, route)


def samples(scrape: str, name: str) -> list[tuple[dict[str, str], float]]:
    """The figures of this name, with their labels."""
    families = text_string_to_metric_families(scrape)
    return [(one.labels, one.value) for family in families for one in family.samples if one.name == name]


def test_no_file_holds_it(typed):
    """The database's own files and logs, the journal, and whatever was left in the temporary folder."""
    with psycopg.connect(typed.database, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    files = [*files_in(typed.data_dir), *files_in(typed.tmp)]
    assert any(path.name == "PG_VERSION" for path, _ in files)
    assert {str(path): seen for path, content in files if (seen := seen_in(content))} == {}


@pytest.mark.parametrize("path", ["/stories/upload/", "/login/"])
def test_what_is_half_sent_lies_in_no_file(typed, path):
    with half_sent(typed.typist, path):
        assert {str(path): seen for path, content in files_in(typed.tmp) if (seen := seen_in(content))} == {}


@pytest.mark.parametrize("form", forms(CANARY))
def test_the_search_would_find_it(form):
    assert seen_in(b"before " + forms(CANARY)[form] + b" behind")


def test_the_search_looks_into_sessions_and_tasks():
    from django.core import signing  # the settings have to be there

    for compress in (False, True):
        kept = signing.dumps({"words": ["x" * 100, f"the {CANARY} of"]}, compress=compress)
        assert seen_in_rows(f"(7,{kept},2026-11-25)".encode()), compress
