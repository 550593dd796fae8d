"""The one door: what it sends, what it refuses, what it costs, and what it writes down."""

import json
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from llm_modes.catalogue import MODES
from llm_modes.failures import LLMFailure
from llm_modes.ledger import spending
from llm_modes.models import LLMCall
from llm_modes.provider import client
from llm_modes.provider.corrections import SHORTER
from llm_modes.stages import Stage
from tests.factories import make_call, make_user
from tests.fake_llm import MODEL, a_chat_reply, a_mark, a_reply_to, body, completion, http_error

pytestmark = pytest.mark.django_db


# Of programs like ours: PostgreSQL's own workers come and go.
OTHER_CONNECTIONS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def ask(mode="evaluate_answer", *, candidate=None, stage=None, inputs=None, on_progress=None):
    return client.ask(
        MODES[mode],
        inputs or MODES[mode].example.inputs,
        candidate=candidate or make_user(),
        stage=stage or MODES[mode].stages[0],
        on_progress=on_progress,
    )


def ledger():
    return list(LLMCall.objects.order_by("pk"))


def test_a_checked_reply_comes_with_what_gave_it(fake_llm):
    fake_llm.reply(a_mark(score=7))
    answer = ask()
    assert answer.reply.score == 7
    assert answer.model == MODEL
    assert answer.prompt_digest == MODES["evaluate_answer"].prompt_digest


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_answered_whole_and_streamed(fake_llm, mode):
    fake_llm.always(a_reply_to)
    seen = []
    whole, streamed = ask(mode), ask(mode, on_progress=seen.append)
    assert whole.reply.model_dump() == streamed.reply.model_dump()
    assert seen
    assert [request.mode for request in fake_llm.requests] == [mode, mode]
    # It is always streamed, read or not: so a slow model's first token is soon there.
    assert [request.body["stream"] for request in fake_llm.requests] == [True, True]


def test_what_is_sent_is_the_prompt_the_schema_the_model_and_a_limit(fake_llm):
    fake_llm.reply(a_mark())
    ask()
    body, inputs = fake_llm.requests[0].body, MODES["evaluate_answer"].example.inputs
    assert body["messages"] == MODES["evaluate_answer"].messages(inputs)
    reply = MODES["evaluate_answer"].reply
    schema = reply.left_by(inputs, reply.model_json_schema())  # two lines, so two ticks
    assert body["response_format"]["json_schema"]["schema"] == schema
    assert schema["properties"]["shown"]["maxItems"] == schema["properties"]["shown"]["minItems"] == 2
    assert (body["model"], body["max_tokens"]) == (MODEL, MODES["evaluate_answer"].max_output_tokens)
    assert set(body) == {"messages", "model", "max_tokens", "response_format", "stream", "stream_options"}


def test_the_fixed_part_is_byte_identical_from_call_to_call(fake_llm):
    fake_llm.always(a_mark())
    ask()
    ask(inputs=MODES["evaluate_answer"].example.inputs.model_copy(update={"answer": "Something else. " * 20}))
    first, second = (request.raw for request in fake_llm.requests)
    assert first.partition(b"<question>")[0] == second.partition(b"<question>")[0]
    assert b"You mark interview answers" in first.partition(b"<question>")[0]


def test_each_mode_may_have_a_model_of_its_own(fake_llm, settings):
    settings.COACH_MODELS = {"evaluate_answer": "careful-model"}
    fake_llm.always(a_reply_to)
    ask("evaluate_answer")
    ask("plan_chat")
    assert [request.body["model"] for request in fake_llm.requests] == ["careful-model", MODEL]


def test_a_mode_that_the_stage_does_not_list_is_refused_unasked(fake_llm):
    with pytest.raises(LLMFailure, match="not_now"):
        ask("evaluate_answer", stage=Stage.GETTING_TO_KNOW)
    assert fake_llm.requests == []


def test_it_refuses_to_run_inside_a_transaction(fake_llm):
    candidate = make_user()
    with pytest.raises(RuntimeError), transaction.atomic():
        ask(candidate=candidate)
    assert fake_llm.requests == []


# --- a model that has to be loaded first ------------------------------------------------------------------


@pytest.fixture
def loading(fake_llm, monkeypatch):
    """As llama.cpp's own server answers while it loads a model."""
    monkeypatch.setattr("llm_modes.provider.language_model.LOOK_WHETHER_LOADED", 0.05)
    return http_error(503, {"message": "Loading model", "type": "unavailable_error", "code": 503})


@pytest.mark.parametrize("mode", ["evaluate_answer", "plan_chat"])
def test_a_server_that_loads_its_model_is_waited_for(fake_llm, loading, mode):
    for _look in range(6):
        fake_llm.play(loading)
    fake_llm.always(a_reply_to)
    ask(mode)
    [call] = ledger()
    assert (call.outcome, len(fake_llm.requests)) == ("ok", 7)
    assert call.first_token_milliseconds >= 6 * 50


def test_it_is_waited_for_as_long_as_for_a_first_token_and_nothing_is_paid(fake_llm, loading, settings, monkeypatch):
    settings.LLM_FIRST_TOKEN_SECONDS = 3
    monkeypatch.setattr("llm_modes.provider.language_model.LOOK_WHETHER_LOADED", 2)
    fake_llm.refuses = lambda _request: loading
    began = time.monotonic()
    with pytest.raises(LLMFailure, match="unreachable") as failed:
        ask()
    assert failed.value.detail == "still loading the model"
    assert time.monotonic() - began > 2
    assert len(fake_llm.requests) == 2
    [call] = ledger()
    assert (call.outcome, call.input_tokens, call.output_tokens) == ("unreachable", 0, 0)


# --- invalid replies ------------------------------------------------------------------------------------


def test_words_over_the_limit_twice_are_clipped(fake_llm):
    for _ in range(2):
        fake_llm.reply(a_mark(improvement_areas=["word " * 31]))
    assert ask().reply.improvement_areas == [("word " * 30).strip() + "…"]
    assert [call.outcome for call in ledger()] == ["invalid_reply", "ok"]


def test_anything_else_wrong_twice_is_a_failure(fake_llm):
    for _ in range(2):
        fake_llm.reply(a_mark(score=11, improvement_areas=["word " * 31]))
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert failed.value.code == "invalid_reply"
    assert [call.outcome for call in ledger()] == ["invalid_reply", "invalid_reply"]


def test_a_reply_with_too_many_words_is_used_clipped_when_the_second_request_fails(fake_llm):
    fake_llm.reply(a_mark(improvement_areas=["word " * 31]))
    fake_llm.fault("refusal")
    assert ask().reply.improvement_areas[0].endswith("word…")
    assert [call.outcome for call in ledger()] == ["invalid_reply", "refused"]


def test_what_the_inputs_know_is_checked_in_the_call(fake_llm):
    for _ in range(2):
        fake_llm.reply(a_chat_reply(action="suggest_plan"))
    with pytest.raises(LLMFailure, match="invalid_reply"):
        ask("plan_chat")
    assert "only these actions are allowed now: ask" in fake_llm.requests[1].prompt


@pytest.mark.parametrize(
    "content",
    [
        "```json\n{}\n```",
        "Here you are:\n{}\nGood luck!",
        "<think>The {{candidate}} said {{something}}.</think>\n\n{}",
    ],
)
@pytest.mark.parametrize("on_progress", [None, lambda part: None])
def test_json_in_other_text_is_read(fake_llm, content, on_progress):
    before, _, after = content.partition("{}")
    fake_llm.reply(before.replace("{{", "{").replace("}}", "}") + json.dumps(a_mark(score=5)) + after)
    assert ask(on_progress=on_progress).reply.score == 5


def test_as_many_thoughts_are_read_as_the_setting_allows(fake_llm, settings):
    """A server may send them a token at a time, in 300 bytes each."""
    settings.COACH_EXTRA_OUTPUT_TOKENS = 4000
    head = {
        "id": "0" * 36,
        "object": "chat.completion.chunk",
        "created": 1,
        "model": MODEL,
        "system_fingerprint": "f" * 20,
    }
    deltas = [
        *({"content": None, "reasoning_content": " because"} for _ in range(4000)),
        {"content": json.dumps(a_mark())},
    ]
    choices = ({"index": 0, "delta": delta, "finish_reason": None, "logprobs": None} for delta in deltas)
    lines = [f"data: {json.dumps({**head, 'choices': [choice]})}\n\n".encode() for choice in choices]
    assert 280 < len(lines[0]) < 320
    fake_llm.play(body(b"".join([*lines, b"data: [DONE]\n\n"]), "text/event-stream"))
    assert ask(on_progress=lambda part: None).reply.score == a_mark()["score"]


# --- time, and the connection meanwhile -----------------------------------------------------------------


def test_a_reply_that_drips_ends_at_the_deadline(fake_llm, settings):
    settings.LLM_TOTAL_SECONDS = 0.6
    fake_llm.fault("drip")
    started = time.monotonic()
    with pytest.raises(LLMFailure, match="timeout"):
        ask()
    assert 0.5 < time.monotonic() - started < 5


def test_a_pause_in_the_middle_of_a_stream_ends_at_the_deadline_too(fake_llm, settings):
    settings.LLM_TOTAL_SECONDS = 0.6
    fake_llm.play(completion(a_mark(), pace=0.4))
    started = time.monotonic()
    with pytest.raises(LLMFailure, match="timeout"):
        ask(on_progress=lambda part: None)
    assert time.monotonic() - started < 5


def test_silence_ends_after_the_time_for_the_first_byte(fake_llm, settings):
    settings.LLM_FIRST_TOKEN_SECONDS = 0.3
    fake_llm.fault("silence")
    started = time.monotonic()
    with pytest.raises(LLMFailure, match="timeout"):
        ask()
    assert time.monotonic() - started < 5


def test_no_second_request_begins_when_its_pause_would_pass_the_deadline(fake_llm, settings, monkeypatch):
    monkeypatch.setattr("llm_modes.provider.faults.DEFAULT_RETRY_AFTER", 4.9)  # less than the longest pause
    settings.LLM_TOTAL_SECONDS = 4.8
    fake_llm.fault("http_500")
    with pytest.raises(LLMFailure, match="unreachable"):
        ask()
    assert len(fake_llm.requests) == 1


def ask_in_thread(candidate, results):
    def run():
        try:
            LLMCall.objects.count()  # as a view does: a connection is open before it asks
            results.append(ask(candidate=candidate).reply.score)
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_is_held_while_waiting(fake_llm):
    candidate, results, hold = make_user(), [], threading.Event()
    fake_llm.reply(a_mark(score=6), hold=hold)
    thread = ask_in_thread(candidate, results)
    fake_llm.wait_for(1)
    with connection.cursor() as cursor:
        cursor.execute(OTHER_CONNECTIONS)
        others = cursor.fetchone()[0]
    hold.set()
    thread.join(10)
    assert results == [6]
    assert others == 0


@pytest.mark.django_db(transaction=True)
def test_a_pool_of_two_connections_serves_eight_waiting_candidates(fake_llm):
    candidates, results, hold = [make_user() for _ in range(8)], [], threading.Event()
    fake_llm.always(a_mark(score=6), hold=hold)
    options = connections.settings["default"].setdefault("OPTIONS", {})
    options["pool"] = {"min_size": 1, "max_size": 2, "timeout": 3}
    try:
        threads = [ask_in_thread(candidate, results) for candidate in candidates]
        fake_llm.wait_for(8)
        hold.set()
        for thread in threads:
            thread.join(10)
    finally:
        hold.set()
        del options["pool"]
        for pool in connection._connection_pools.values():
            pool.close()
        connection._connection_pools.clear()
    assert results == [6] * 8


# --- the ledger and the daily budget --------------------------------------------------------------------


def test_the_ledger_has_a_row_per_request_with_the_tokens_the_server_counted(fake_llm):
    fake_llm.fault("http_503")
    fake_llm.reply(a_mark(score=11), cached=64)
    fake_llm.reply(a_mark())
    candidate = make_user()
    ask(candidate=candidate)
    rows = ledger()
    assert [row.outcome for row in rows] == ["unreachable", "invalid_reply", "ok"]
    # The server said nothing about the request that failed: what was sent is estimated.
    assert [row.estimated for row in rows] == [True, False, False]
    assert rows[0].input_tokens >= fake_llm.requests[0].count_input()
    assert [row.input_tokens for row in rows[1:]] == [request.input_tokens for request in fake_llm.requests[1:]]
    assert [row.output_tokens for row in rows] == [request.output_tokens for request in fake_llm.requests]
    assert [row.cached_tokens for row in rows] == [0, 64, 0]
    assert {(row.user, row.mode, row.model) for row in rows} == {(candidate, "evaluate_answer", MODEL)}
    assert all(row.prompt_digest == MODES["evaluate_answer"].prompt_digest for row in rows)
    assert rows[2].input_tokens > rows[1].input_tokens > 300  # the re-ask carries reply and errors


def test_a_streamed_reply_is_counted_as_well(fake_llm):
    fake_llm.reply(a_mark())
    ask(on_progress=lambda part: None)
    (row,) = ledger()
    assert (row.input_tokens, row.output_tokens) == (fake_llm.input_tokens, fake_llm.output_tokens)
    assert row.output_tokens > 50


def test_the_time_of_a_request_is_written_down(fake_llm):
    fake_llm.reply(a_mark(), delay=0.2)
    ask()
    assert 200 <= ledger()[0].milliseconds < 2000


def test_the_day_ends_for_a_candidate_whose_tokens_are_used_up(fake_llm, settings):
    settings.COACH_DAILY_TOKENS = 1000
    candidate, other = make_user(), make_user()
    make_call(candidate, input_tokens=900, output_tokens=100)
    with pytest.raises(LLMFailure, match="over_budget"):
        ask(candidate=candidate)
    assert fake_llm.requests == []
    fake_llm.reply(a_mark())
    ask(candidate=other)


def test_the_budget_counts_the_candidates_own_day(fake_llm, settings):
    settings.COACH_DAILY_TOKENS = 1000
    candidate = make_user(time_zone="Pacific/Kiritimati")
    make_call(candidate, input_tokens=5000, at=timezone.now() - timedelta(hours=25))
    fake_llm.reply(a_mark())
    ask(candidate=candidate)
    assert spending.tokens_used_today(candidate) == fake_llm.input_tokens + fake_llm.output_tokens


def test_the_offline_coach_costs_nothing(settings):
    candidate = make_user()
    make_call(candidate, input_tokens=10**6, model="offline-coach")
    assert spending.tokens_used_today(candidate) == 0


# --- logs -----------------------------------------------------------------------------------------------


def test_nothing_of_prompt_or_reply_reaches_a_log(fake_llm, log_lines, capfd):
    inputs = MODES["evaluate_answer"].example.inputs.model_copy(update={"answer": "PROMPT-SECRET " * 20})
    for _ in range(2):
        fake_llm.reply(a_mark(score=11, positive_feedback=["REPLY-SECRET"]))
    with pytest.raises(LLMFailure):
        ask(inputs=inputs)
    fake_llm.fault("http_400")
    with pytest.raises(LLMFailure) as failed:
        ask(inputs=inputs)
    printed = capfd.readouterr()
    everything = "\n".join([*log_lines, printed.out, printed.err, str(failed.value), repr(failed.value.args)])
    assert "SECRET" not in everything


def test_a_failure_shows_nothing_of_what_caused_it(fake_llm):
    fake_llm.fault("http_400")
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert failed.value.__suppress_context__
    assert failed.value.__cause__ is None


def test_the_ledger_tells_how_much_of_a_reply_was_mended(fake_llm):
    fake_llm.reply(a_mark(score="7/10", positive_feedback=None))
    fake_llm.reply(a_mark())
    fake_llm.reply(a_mark(score=11, quotes="only one"))
    fake_llm.reply({**a_mark(score="5"), "anchors": None})
    fake_llm.reply(a_mark(score=6.5, improvement_areas=["word " * 40]))
    fake_llm.reply(a_mark(score=6.5, improvement_areas=["word " * 40]))
    assert [ask().reply.score for _ in range(4)] == [7, a_mark()["score"], 5, 6]
    assert [(row.outcome, row.mended) for row in ledger()] == [
        ("ok", 2),
        ("ok", 0),
        ("invalid_reply", 0),
        ("ok", 2),
        ("invalid_reply", 0),
        ("ok", 1),
    ]


def test_a_model_is_told_which_field_broke_which_bound_and_nothing_is_quoted(fake_llm):
    fake_llm.reply(a_mark(score=11, improvement_areas=["SECRET " * 41]))
    fake_llm.reply(a_mark(score=4))
    assert ask().reply.score == 4
    *prompt, reply, told = fake_llm.requests[1].body["messages"]
    assert prompt == fake_llm.requests[0].body["messages"]
    assert reply["role"] == "assistant" and "SECRET" in reply["content"]
    assert told["role"] == "user" and "SECRET" not in told["content"]
    assert "- improvement_areas[0]: at most 30 words, please; this has 41" in told["content"].splitlines()
    assert "- score: a whole number from 1 to 10" in told["content"].splitlines()


def test_a_failure_says_which_field_was_wrong_for_whoever_runs_the_site(fake_llm):
    fake_llm.always(a_mark(score=11))
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert failed.value.detail == "score: a whole number from 1 to 10"
    fake_llm.always(a_mark(score=11, improvement_areas=["word " * 41]))  # a long text would have been cut
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert failed.value.detail == "score: a whole number from 1 to 10"
    fake_llm.always("I would rather not.")
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert failed.value.detail == "no JSON"


CUT_OFF = '{"score": 7, "quotes": ["' + "and the SECRET " * 400


def cut_off(fake_llm, times=1):
    for _ in range(times):
        fake_llm.reply(CUT_OFF, finish="length")


def test_a_reply_that_was_cut_off_is_asked_for_once_more_and_shorter(fake_llm):
    """A small model that writes on and on does so by chance: its next reply nearly always has an end."""
    cut_off(fake_llm)
    fake_llm.reply(a_mark())
    assert ask().reply.score == a_mark()["score"]
    first, second = (request.body["messages"] for request in fake_llm.requests)
    # Nothing of the reply is sent back: it is long, and it would be gone on with.
    assert second[:-1] == first[:-1]
    assert second[-1] == {"role": "user", "content": f"{first[-1]['content']}\n\n{SHORTER}"}
    assert [(row.outcome, row.output_tokens > 1000) for row in ledger()] == [("invalid_reply", True), ("ok", False)]


def test_a_reply_that_is_cut_off_twice_is_a_failure_that_says_so(fake_llm):
    cut_off(fake_llm, times=2)
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert (failed.value.code, failed.value.detail) == ("invalid_reply", "cut off")
    assert [row.outcome for row in ledger()] == ["invalid_reply", "invalid_reply"]


def test_a_wrong_reply_and_one_cut_off_leave_a_third_request(fake_llm):
    fake_llm.reply(a_mark(score=11))
    cut_off(fake_llm)
    fake_llm.reply(a_mark())
    cut_off(fake_llm)
    fake_llm.reply(a_mark(score=11))
    fake_llm.reply(a_mark())
    for _ in range(2):
        assert ask().reply.score == a_mark()["score"]
    assert [row.outcome for row in ledger()] == ["invalid_reply", "invalid_reply", "ok"] * 2
    told = [request.body["messages"][-1]["content"] for request in fake_llm.requests[:3]]
    assert told[2] == f"{told[1]}\n\n{SHORTER}" and "score: a whole number" in told[1]


def test_where_shorter_words_are_cut_off_the_longer_ones_are_cut_at_a_word_at_once(fake_llm):
    fake_llm.reply(a_mark(improvement_areas=["word " * 31]))
    cut_off(fake_llm)
    assert ask().reply.improvement_areas == [("word " * 30).strip() + "…"]
    assert [row.outcome for row in ledger()] == ["invalid_reply", "invalid_reply"]


def test_shorter_words_are_not_asked_for_when_the_time_would_end_before_they_come(fake_llm, settings):
    settings.LLM_TOTAL_SECONDS = 1.5
    fake_llm.reply(a_mark(improvement_areas=["word " * 31]), delay=0.9)
    assert ask().reply.improvement_areas == [("word " * 30).strip() + "…"]
    assert [call.outcome for call in ledger()] == ["ok"]


def test_what_is_made_of_a_reply_for_the_sdk_is_made_once(fake_llm):
    fake_llm.always(a_reply_to)
    first, second = ask(), ask()
    assert type(first.reply) is type(second.reply)
