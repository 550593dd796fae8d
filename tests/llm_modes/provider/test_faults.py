"""Every fault a provider can have, over real HTTP, against every mode.

The normal tests play each fault against two modes (one reply whole, one streamed) with short times. `make llm-faults`
sets COACH_ALL_FAULTS: every fault against all modes, whole and streamed, with the real pauses, the two slowest
at their full length, and prints the table.
"""

import json
import os
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat

import pytest
from django.db import connection

from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import AskState
from llm_modes.catalogue import MODES
from llm_modes.evaluate_answer.example import ANSWER, QUESTION
from llm_modes.failures import FAILURES, LLMFailure
from llm_modes.models import LLMCall
from llm_modes.provider import client
from tests import factories
from tests.fake_llm import FAULTS, a_reply_to, completion, silence

ALL = bool(os.environ.get("COACH_ALL_FAULTS"))
MOST_REQUESTS, MOST_SECONDS = 3, 90.0

pytestmark = pytest.mark.django_db


def too_many_words(request):
    """A valid reply, but for its longest text."""
    reply = json.dumps(a_reply_to(request))
    longest = max(re.findall(r'"(?:[^"\\]|\\.)*"', reply), key=len)
    return json.loads(reply.replace(longest, json.dumps("REPLY-SECRET " * 130)))


RIGHT = completion(a_reply_to)
WORDY = completion(too_many_words)
ENDLESS = completion(pieces=lambda: repeat("{ ", 10_000), pace=0.3)


@dataclass(frozen=True)
class Case:
    """What the server plays, request by request, and what has to come of it. `code` None: answered."""

    name: str
    plays: list = field(default_factory=list)
    code: str | None = None

    @property
    def requests(self) -> int:
        return len(self.plays)


def case(name, code, *plays):
    return Case(name, [FAULTS[play] if isinstance(play, str) else play for play in plays], code)


CASES = [
    case("reset at once", "unreachable", "reset_at_once", "reset_at_once"),
    case("reset in mid-reply", "unreachable", "reset_mid_reply", "reset_mid_reply"),
    case("reset, then right", None, "reset_mid_reply", RIGHT),
    case("no byte", "timeout", "silence"),
    case("comments without a token", "timeout", "drip"),
    case("tokens without end", "timeout", ENDLESS),
    case("429 twice", "rate_limited", "http_429", "http_429"),
    case("429, then right", None, "http_429", RIGHT),
    case("429 with Retry-After 1, then right", None, "http_429_retry_after", RIGHT),
    case("429 with Retry-After 60", "rate_limited", "http_429_retry_later"),
    case("quota used up", "quota", "quota"),
    case("402 payment required", "quota", "http_402"),
    case("400", "misconfigured", "http_400"),
    case("401", "misconfigured", "http_401"),
    case("403", "misconfigured", "http_403"),
    case("404 no such model", "misconfigured", "http_404_model"),
    case("500 twice", "unreachable", "http_500", "http_500"),
    case("500, then right", None, "http_500", RIGHT),
    case("503 twice", "unreachable", "http_503", "http_503"),
    case("empty body, streamed and whole", "invalid_reply", "empty_body", "empty_body"),
    case("empty stream, then right", None, "empty_body", RIGHT),
    case("HTML instead of JSON", "invalid_reply", "html"),
    case("malformed JSON", "invalid_reply", "malformed_json"),
    case("no choices", "invalid_reply", "no_choices"),
    case("JSON of another protocol", "invalid_reply", "not_the_protocol"),
    case("content that is no JSON, twice", "invalid_reply", "not_json_content", "not_json_content"),
    case("wrong schema twice", "invalid_reply", "wrong_schema", "wrong_schema"),
    case("wrong, then right", None, "wrong_schema", RIGHT),
    case("500, wrong, then right", None, "http_500", "wrong_schema", RIGHT),
    case("wrong, 500, then right", None, "wrong_schema", "http_500", RIGHT),
    case("wrong, 500 twice", "unreachable", "wrong_schema", "http_500", "http_500"),
    case("truncated (length), then right", None, "truncated", RIGHT),
    case("truncated (length) twice", "invalid_reply", "truncated", "truncated"),
    case("500, then truncated", "invalid_reply", "http_500", "truncated"),
    case("refusal", "refused", "refusal"),
    case("content filter", "refused", "content_filter"),
    case("too many words, then right", None, WORDY, RIGHT),
    case("too many words twice", None, WORDY, WORDY),
    case("huge reply", "invalid_reply", "huge"),
]


def combinations():
    modes = list(MODES)
    for number, one in enumerate(CASES):
        for offset, mode in enumerate(modes):
            for streamed in (False, True):
                if ALL or offset == (number + (3 if streamed else 0)) % len(modes):
                    yield pytest.param(
                        one, mode, streamed, id=f"{one.name}-{mode}-{'streamed' if streamed else 'whole'}"
                    )


def row_for(mode):
    """A saved row of the kind that waits for this mode's answer; a message for a mode that none waits for yet."""
    user = factories.make_user()
    pending = {"ask_state": AskState.PENDING}
    if mode in ("suggest_plan", "suggest_plan_changes"):
        return factories.make_proposal(user, status="waiting", feedback=[ANSWER], topics=[], **pending), user
    if mode == "read_context":
        return factories.make_reading(user, **pending), user
    if mode == "read_debrief":
        factories.make_plan(user)
        return factories.make_debrief(user, ANSWER, state="pending"), user
    session = factories.make_session(user, ended=mode == "reconcile_session")
    rows = {
        "generate_questions": lambda: factories.make_round(session, questions=[], **pending),
        "assign_topics": lambda: factories.make_paste(user, **pending),
        "evaluate_answer": lambda: factories.make_attempt(user, session=session, state="submitted"),
        "build_story": lambda: factories.make_story(user, notes=ANSWER, **pending),
        "reconcile_session": lambda: factories.make_reconciliation(session),
    }
    return rows.get(mode, lambda: factories.make_message(user, ANSWER, **pending))(), user


def words_of(row):
    """Everything in the row but the state of its asking."""
    return {
        field.attname: field.value_from_object(row)
        for field in row._meta.concrete_fields
        if not field.name.startswith("ask") and field.name not in ("updated_at", "score_rating")
    }


def apply(row, _answer):
    if hasattr(row, "score_rating"):
        row.score_rating = 5


def run(row, user, mode, streamed):
    return ask_and_apply(
        row,
        mode=MODES[mode],
        candidate=user,
        stage=lambda _row: MODES[mode].stages[0],
        inputs=lambda row: MODES[mode].example.inputs,
        apply=apply,
        on_progress=(lambda part: None) if streamed else None,
    )


@pytest.fixture
def short_pause(monkeypatch):
    """Between two requests; `make llm-faults` waits as long as production does."""
    if not ALL:
        monkeypatch.setattr("llm_modes.provider.faults.DEFAULT_RETRY_AFTER", 0.02)


@pytest.fixture(scope="module")
def table(request):
    """Prints what happened, a line per case, when all are through."""
    lines: dict[str, list[tuple[str, int, float, str]]] = {}
    yield lines
    if not ALL or not lines:
        return
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n\n{'fault':<38}{'outcome':<15}{'Retry':<7}{'requests':<10}{'slowest':>8}  modes × ways")
        for name, results in lines.items():
            print(table_line(name, results))


def table_line(name, results):
    codes, requests, seconds, modes = zip(*results, strict=True)
    outcome = "/".join(sorted(set(codes)))
    retry = "-" if outcome == "answered" else ("yes" if FAILURES[codes[0]].can_retry else "no")
    ways = f"{len(set(modes))} × {len(modes) // len(set(modes))}"
    return f"{name:<38}{outcome:<15}{retry:<7}{max(requests):<10}{max(seconds):>6.2f} s  {ways}"


@pytest.mark.parametrize(("one", "mode", "streamed"), list(combinations()))
def test_fault(fake_llm, settings, short_pause, table, log_lines, capfd, one, mode, streamed):
    if one.code == "timeout":
        # Played at full length further below.
        settings.LLM_FIRST_TOKEN_SECONDS, settings.LLM_TOTAL_SECONDS = 0.5, 1.5
    for play in one.plays:
        fake_llm.play(play)
    row, user = row_for(mode)
    before = words_of(row)
    started = time.monotonic()

    row = run(row, user, mode, streamed)

    seconds = time.monotonic() - started
    table.setdefault(one.name, []).append((row.ask_failure or "answered", len(fake_llm.requests), seconds, mode))
    assert len(fake_llm.requests) == one.requests <= MOST_REQUESTS
    assert seconds < MOST_SECONDS
    assert (row.ask_state, row.ask_failure) == ((AskState.FAILED, one.code) if one.code else (AskState.DONE, ""))
    if one.code:
        assert row.failure == FAILURES[one.code]
    assert words_of(row) == before
    calls = list(LLMCall.objects.order_by("pk"))
    assert len(calls) == len(fake_llm.requests)
    for call, request in zip(calls, fake_llm.requests, strict=True):
        if request.input_tokens:
            assert (call.input_tokens, call.output_tokens) == (request.input_tokens, request.output_tokens)
        else:
            # The server did not say: what was sent counts, and what came of the reply, at most the longest one.
            assert call.estimated
            assert request.count_input() <= call.input_tokens < 3 * request.count_input()
            assert call.output_tokens <= MODES[mode].max_output_tokens
    assert calls[-1].outcome == (one.code or "ok")
    printed = capfd.readouterr()
    everything = "\n".join([*log_lines, printed.out, printed.err])
    assert not [words for words in ("SECRET", ANSWER[:40], QUESTION, "weather", "rate limiter") if words in everything]


@pytest.mark.parametrize("mode", MODES if ALL else ["evaluate_answer"])
@pytest.mark.parametrize("streamed", [False, True])
def test_connection_refused(fake_llm, settings, short_pause, table, mode, streamed):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    row, user = row_for(mode)
    started = time.monotonic()
    row = run(row, user, mode, streamed)
    table.setdefault("connection refused", []).append((row.ask_failure, 2, time.monotonic() - started, mode))
    assert row.ask_failure == "unreachable"
    assert [call.outcome for call in LLMCall.objects.all()] == ["unreachable"] * 2
    # Nothing was sent, so nothing counts.
    assert [call.input_tokens + call.output_tokens for call in LLMCall.objects.all()] == [0, 0]


@pytest.mark.skipif(not ALL, reason="takes a minute: make llm-faults")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fault", "play", "longest"),
    [
        ("no byte (in full)", silence(80), 60.0),
        ("comments without a token (in full)", FAULTS["drip"], 60.0),
        ("tokens without end (in full)", ENDLESS, MOST_SECONDS),
    ],
)
def test_the_slowest_faults_at_their_full_length(fake_llm, settings, table, fault, play, longest):
    """For all modes at once, with the times as they are in production."""
    assert (settings.LLM_FIRST_TOKEN_SECONDS, settings.LLM_TOTAL_SECONDS) == (60.0, 90.0)
    users = {mode: factories.make_user() for mode in MODES}
    for _ in MODES:
        fake_llm.play(play)

    def ask(mode):
        started = time.monotonic()
        try:
            client.ask(MODES[mode], MODES[mode].example.inputs, candidate=users[mode], stage=MODES[mode].stages[0])
        except LLMFailure as failure:
            return mode, failure.code, time.monotonic() - started
        finally:
            connection.close()

    with ThreadPoolExecutor(len(MODES)) as pool:
        results = list(pool.map(ask, MODES))
    for mode, code, seconds in results:
        table.setdefault(fault, []).append((code, 1, seconds, mode))
        assert code == "timeout"
        assert longest - 0.5 < seconds < longest + 3.0  # a busy machine wakes up late
    assert len(fake_llm.requests) == len(MODES)


def test_every_failure_says_whether_retry_helps():
    helps = {code for code, failure in FAILURES.items() if failure.can_retry}
    assert helps == {
        "unreachable",
        "timeout",
        "rate_limited",
        "invalid_reply",
        "unreadable",
        "interrupted",
        "not_now",
        "stopped",
    }
