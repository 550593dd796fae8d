"""Every way in which servers differ, over real HTTP: what one does not take is found out once and never sent again."""

import json
import time
from threading import Thread, Timer

import pytest

from llm_modes.catalogue import MODES
from llm_modes.failures import LLMFailure
from llm_modes.language.sent_schema import BOUNDS, MOST_NESTED, nestable
from llm_modes.models import Dialect, LLMCall
from llm_modes.provider import client
from llm_modes.provider.exchange import Watch
from tests.factories import make_user
from tests.fake_llm import MODEL, a_chat_reply, a_mark, a_reply_to, body, completion, http_error

pytestmark = pytest.mark.django_db


def ask(mode="evaluate_answer", **how):
    return client.ask(
        MODES[mode],
        how.pop("inputs", MODES[mode].example.inputs),
        candidate=how.pop("candidate", None) or make_user(),
        stage=MODES[mode].stages[0],
        **how,
    )


def refusal(status, said):
    """An error of this server; `said` is its message, or its whole body."""
    if isinstance(said, str):
        return http_error(status, {"message": said})
    return body(json.dumps(said).encode(), status=status)


def form_of(request):
    return (request.body.get("response_format") or {}).get("type", "none")


def schema_of(request):
    form = request.body.get("response_format") or {}
    return form.get("schema") or form.get("json_schema", {}).get("schema") or {}


def has_bounds(request):
    return any(f'"{keyword}"' in json.dumps(schema_of(request)) for keyword in BOUNDS)


def extra(name):
    """As FastAPI refuses a field that it does not know, with the whole request quoted."""
    everything = {"messages": "…", "stream": True, "max_tokens": 1, "response_format": {"type": "json_schema"}}
    error = {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"}
    return {"detail": [{**error, "input": everything}]}


LLAMA_CPP_PYTHON = (
    "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or "
    "'json_object'\", 'input': 'json_schema', 'ctx': {'expected': \"'text' or 'json_object'\"}}]"
)

# What a server does not take, the error that says so, and what is kept of it.
SERVERS = {
    "it knows no json_schema, and says so with a 500": (
        lambda request: form_of(request) == "json_schema",
        refusal(500, LLAMA_CPP_PYTHON),
        {"reply_form": "json_object"},
    ),
    "it knows no json_schema (400)": (
        lambda request: form_of(request) == "json_schema",
        refusal(400, "This response_format type is unavailable now"),
        {"reply_form": "json_object"},
    ),
    "it takes no bounds in a schema": (
        lambda request: form_of(request) == "json_schema" and has_bounds(request),
        refusal(400, "Invalid schema for response_format: 'maxLength' is not permitted."),
        {"reply_form": "unbounded"},
    ),
    "its grammar knows not all keywords": (
        lambda request: has_bounds(request),
        refusal(400, "The provided JSON schema contains features not supported by xgrammar."),
        {"reply_form": "unbounded"},
    ),
    "it knows json_object without a schema only": (
        lambda request: form_of(request) == "json_schema" or bool(schema_of(request)),
        refusal(422, extra("response_format")),
        {"reply_form": "bare_object"},
    ),
    "it knows no form at all": (
        lambda request: form_of(request) != "none",
        refusal(400, "Unrecognized request argument supplied: response_format"),
        {"reply_form": "prompt"},
    ),
    "it calls the limit by the new name": (
        lambda request: "max_tokens" in request.body,
        http_error(
            400,
            {
                "message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead.",
                "param": "max_tokens",
                "code": "unsupported_parameter",
            },
        ),
        {"limit": "max_completion_tokens"},
    ),
    "it takes no limit by any name": (
        lambda request: "max_tokens" in request.body or "max_completion_tokens" in request.body,
        refusal(422, extra("max_tokens")),
        {"limit": "none"},
    ),
    "it knows no stream_options": (
        lambda request: "stream_options" in request.body,
        refusal(422, extra("stream_options")),
        {"stream_options": False},
    ),
    "it does not stream, and says so": (
        lambda request: request.body.get("stream"),
        refusal(400, "Streaming is not supported for this model."),
        {"streams": False},
    ),
    "it streams no reply that has a form": (
        lambda request: request.body.get("stream") and form_of(request) != "none",
        refusal(400, "response_format` does not support streaming"),
        {"streams": False, "reply_form": "json_schema"},
    ),
    "it has no system role": (
        lambda request: any(message["role"] == "system" for message in request.body["messages"]),
        refusal(400, "System role not supported"),
        {"system_role": False},
    ),
    "its template wants roles in turns": (
        lambda request: request.body["messages"][0]["role"] == "system",
        refusal(500, "Jinja Exception: Conversation roles must alternate user/assistant. This is not supported."),
        {"system_role": False},
    ),
    "it names the role by its place": (
        lambda request: request.body["messages"][0]["role"] == "system",
        http_error(
            400,
            {
                "message": "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
                "param": "messages[0].role",
            },
        ),
        {"system_role": False},
    ),
    "it takes next to nothing": (
        lambda request: bool(
            {"response_format", "stream", "max_tokens", "max_completion_tokens"} & set(request.body)
            or request.body["messages"][0]["role"] == "system"
        ),
        refusal(400, "unknown: response_format, stream, stream_options, max_tokens, system role"),
        {
            "reply_form": "prompt",
            "limit": "none",
            "streams": False,
            "stream_options": False,
            "system_role": False,
        },
    ),
}


def dialect():
    return Dialect.objects.get()


@pytest.mark.parametrize("server", SERVERS)
def test_what_a_server_refuses_is_learned_at_the_first_call_and_never_sent_again(fake_llm, log_lines, server):
    is_refused, play, learned = SERVERS[server]
    fake_llm.refuses = lambda request: play if is_refused(request) else None
    fake_llm.always(a_reply_to)

    for mode in MODES:
        assert ask(mode).reply

    assert {part: getattr(dialect(), part) for part in learned} == learned
    assert (dialect().address, dialect().model) == (fake_llm.url, MODEL)
    refused = [request for request in fake_llm.requests if is_refused(request)]
    assert fake_llm.requests[: len(refused)] == refused and len(fake_llm.requests) == len(refused) + len(MODES)
    calls = list(LLMCall.objects.order_by("pk"))
    assert [call.outcome for call in calls] == ["dialect"] * len(refused) + ["ok"] * len(MODES)
    # Nobody bills a request that was refused.
    assert sum(call.input_tokens + call.output_tokens for call in calls[: len(refused)]) == 0
    assert "SECRET" not in "\n".join(log_lines)


@pytest.mark.parametrize("server", [name for name, (_refused, _play, learned) in SERVERS.items() if len(learned) == 1])
def test_one_thing_costs_as_many_requests_as_there_are_ways_to_word_it(fake_llm, server):
    is_refused, play, learned = SERVERS[server]
    fake_llm.refuses = lambda request: play if is_refused(request) else None
    fake_llm.always(a_reply_to)
    ask()
    steps = {"bare_object": 2, "prompt": 3, "none": 2}
    assert len(fake_llm.requests) == 1 + steps.get(str(next(iter(learned.values()))), 1)


def test_a_server_that_takes_all_has_no_row(fake_llm):
    fake_llm.always(a_reply_to)
    ask()
    assert not Dialect.objects.exists()


def test_each_model_has_a_dialect_of_its_own_and_a_row_that_is_deleted_is_learned_anew(fake_llm, settings):
    settings.COACH_MODELS = {"plan_chat": "other-model"}
    fake_llm.refuses = lambda request: refusal(400, "stream_options") if "stream_options" in request.body else None
    fake_llm.always(a_reply_to)
    ask("plan_chat"), ask("evaluate_answer"), ask("plan_chat")
    assert {one.model for one in Dialect.objects.all()} == {"other-model", MODEL}
    assert len(fake_llm.requests) == 5
    Dialect.objects.all().delete()
    ask("plan_chat")
    assert len(fake_llm.requests) == 7


def test_the_requests_that_find_it_out_do_not_count_among_the_three(fake_llm, monkeypatch):
    monkeypatch.setattr("llm_modes.provider.faults.DEFAULT_RETRY_AFTER", 0.02)
    fake_llm.refuses = SERVERS["it takes next to nothing"][0]
    is_refused, play, _learned = SERVERS["it takes next to nothing"]
    fake_llm.refuses = lambda request: play if is_refused(request) else None
    fake_llm.fault("http_503")
    fake_llm.reply(a_mark(score=11))
    fake_llm.reply(a_mark(score=5))
    assert ask().reply.score == 5
    outcomes = [call.outcome for call in LLMCall.objects.order_by("pk")]
    assert [outcome for outcome in outcomes if outcome != "dialect"] == ["unreachable", "invalid_reply", "ok"]


def test_a_parameter_that_a_setting_pins_is_sent_so_and_nothing_is_learned_of_it(fake_llm, settings):
    settings.LLM_DIALECT = {**settings.LLM_DIALECT, "reply_form": "json_object", "streams": "no", "limit": "none"}
    fake_llm.always(a_reply_to)
    ask()
    [request] = fake_llm.requests
    assert form_of(request) == "json_object" and not {"stream", "max_tokens", "stream_options"} & set(request.body)
    fake_llm.refuses = lambda request: refusal(400, "response_format") if form_of(request) != "none" else None
    with pytest.raises(LLMFailure, match="misconfigured"):
        ask()
    assert len(fake_llm.requests) == 2 and not Dialect.objects.exists()


def test_a_schema_beside_a_json_object_bounds_no_text_beyond_what_a_server_can_nest(fake_llm, settings):
    settings.LLM_DIALECT = {**settings.LLM_DIALECT, "reply_form": "json_object"}
    fake_llm.always(a_reply_to)
    ask("reconcile_session")
    [request] = fake_llm.requests
    assert schema_of(request)["properties"]["progress_note"]["maxLength"] == MOST_NESTED
    mode = MODES["reconcile_session"]
    told = mode.reply.left_by(mode.example.inputs, mode.reply.model_json_schema())
    assert schema_of(request) == nestable(told)


def test_the_schema_stands_in_the_prompt_where_no_server_holds_replies_to_it(fake_llm):
    fake_llm.refuses = lambda request: refusal(400, "response_format") if form_of(request) != "none" else None
    fake_llm.always(a_reply_to)
    ask(), ask()
    last = fake_llm.requests[-1]
    rules = MODES["evaluate_answer"].system
    assert last.system.startswith(rules) and '"improvement_areas"' in last.system
    # It is the same in every call, so a server can keep what it has read of it.
    assert last.system == fake_llm.requests[-2].system


def test_rules_stand_before_the_question_where_there_is_no_system_role(fake_llm):
    fake_llm.refuses = lambda request: refusal(400, "No system role: unsupported") if request.system else None
    fake_llm.always(a_reply_to)
    ask()
    [message] = fake_llm.requests[-1].body["messages"]
    assert message["role"] == "user"
    assert message["content"].startswith(MODES["evaluate_answer"].system)
    assert "<question>" in message["content"]


def test_a_server_that_takes_a_schema_and_ignores_it_is_told_it_in_words(fake_llm):
    """It answers in prose until the prompt has the schema."""
    fake_llm.always(lambda request: a_mark() if '"improvement_areas"' in request.system else "I would give it a seven.")
    assert ask().reply.score == a_mark()["score"]
    assert dialect().schema_in_prompt
    assert ask().reply.score == a_mark()["score"]
    assert len(fake_llm.requests) == 3


def test_one_slip_of_a_server_that_holds_replies_to_a_schema_is_not_learned(fake_llm):
    fake_llm.reply(a_mark(score=11))
    fake_llm.reply(a_mark())
    ask()
    assert not Dialect.objects.exists()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "max_tokens is too large: 8000. This model supports at most 4096 completion tokens."),
        (400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."),
        (400, "Bad Request"),
        (403, "response_format needs another plan"),
        (404, "The model `json_schema-7b` does not exist"),
    ],
)
def test_what_no_other_wording_can_mend_is_asked_once(fake_llm, status, said):
    fake_llm.refuses = lambda _request: refusal(status, said)
    with pytest.raises(LLMFailure, match="misconfigured"):
        ask()
    assert len(fake_llm.requests) == 1


def test_a_server_that_fails_is_not_taken_for_one_that_refuses(fake_llm, monkeypatch):
    monkeypatch.setattr("llm_modes.provider.faults.DEFAULT_RETRY_AFTER", 0.02)
    fake_llm.refuses = lambda _request: refusal(500, "stream error: the schema service went away, limit max_tokens")
    with pytest.raises(LLMFailure, match="unreachable"):
        ask()
    assert len(fake_llm.requests) == 2 and not Dialect.objects.exists()


def test_a_reply_that_the_server_itself_holds_to_be_none_teaches_nothing(fake_llm, monkeypatch):
    """Groq checks a reply against the schema, and answers 400 when it does not fit."""
    monkeypatch.setattr("llm_modes.provider.faults.DEFAULT_RETRY_AFTER", 0.02)
    said = {"message": "Generated JSON does not match the expected schema.", "code": "json_validate_failed"}
    fake_llm.play(http_error(400, said))
    fake_llm.reply(a_mark())
    assert ask().reply.score == a_mark()["score"]
    fake_llm.refuses = lambda _request: http_error(400, said)
    with pytest.raises(LLMFailure, match="invalid_reply"):
        ask()
    assert len(fake_llm.requests) == 4 and not Dialect.objects.exists()


def test_a_refusal_of_everything_ends(fake_llm):
    everything = "unsupported: response_format, maxLength, max_tokens, stream_options, stream, system role"
    fake_llm.refuses = lambda _request: refusal(400, everything)
    with pytest.raises(LLMFailure, match="misconfigured"):
        ask()
    assert len(fake_llm.requests) < 12 and not Dialect.objects.exists()


def test_an_address_keeps_no_password_in_its_row(fake_llm, settings):
    settings.OPENAI_BASE_URL = fake_llm.url.replace("://", "://me:geheim@")
    fake_llm.refuses = lambda request: refusal(400, "stream_options") if "stream_options" in request.body else None
    fake_llm.always(a_reply_to)
    ask(), ask()
    assert dialect().address == fake_llm.url
    assert len(fake_llm.requests) == 3


# --- where a reply stands ---------------------------------------------------------------------------------------------

THOUGHTS = ("First I look at {the} answer. ", "It has a score of 3, no, ", '{"score": 1}')

REPLIES = {
    "whole": {"whole": True},
    "in parts": {"delta": lambda piece: {"content": [{"type": "text", "text": piece}]}},
    "in parts, whole": {"delta": lambda piece: {"content": [{"type": "text", "text": piece}]}, "whole": True},
    "in parts beside thoughts": {
        "delta": lambda piece: {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                {"type": "text", "text": piece},
            ]
        }
    },
    "as a tool's arguments": {
        "delta": lambda piece: {"content": None, "tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
    },
    "as a tool's arguments, whole": {
        "delta": lambda piece: {"content": None, "tool_calls": [{"function": {"name": "x", "arguments": piece}}]},
        "whole": True,
    },
    "as a function's arguments": {"delta": lambda piece: {"function_call": {"arguments": piece}}},
    "events that are called JSON": {"content_type": "application/json"},
    "events that are called text": {"content_type": "text/plain; charset=utf-8"},
    "events that are called nothing": {"content_type": ""},
    "after thoughts": {"thoughts": THOUGHTS},
    "after thoughts, whole": {"thoughts": THOUGHTS, "whole": True},
    "after reasoning": {"thoughts": THOUGHTS, "thinks_in": "reasoning"},
    "without a count of tokens": {"counts": False},
    "with another word for its end": {"finish": "eos"},
    "cut off behind its end": {"finish": "length"},
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("how", REPLIES)
def test_a_reply_is_read_wherever_it_stands(fake_llm, how, streamed):
    fake_llm.always(a_mark(), **REPLIES[how])
    seen = []
    assert ask(on_progress=seen.append if streamed else None).reply.score == a_mark()["score"]
    assert len(fake_llm.requests) == 1
    assert bool(seen) == streamed
    # What is shown while it comes is the reply, and nothing of the thoughts.
    assert all(part.get("score") in (None, a_mark()["score"]) for part in seen)
    call = LLMCall.objects.get()
    assert call.outcome == "ok" and call.output_tokens > 40
    assert (call.first_token_milliseconds is None) == bool(REPLIES[how].get("whole"))


def test_that_a_server_sends_all_at_once_is_learned_without_another_request(fake_llm):
    fake_llm.always(a_mark(), whole=True)
    ask(), ask()
    assert [request.body.get("stream") for request in fake_llm.requests] == [True, None]
    assert not dialect().streams


def test_thoughts_alone_are_no_reply(fake_llm):
    fake_llm.reply("", thoughts=THOUGHTS)
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert (failed.value.code, failed.value.detail) == ("invalid_reply", "only thoughts")


def test_thoughts_that_eat_the_limit_are_told_apart_from_a_reply_that_is_too_long(fake_llm):
    fake_llm.reply("", thoughts=THOUGHTS, finish="length")
    for _ in range(2):
        fake_llm.reply('{"score": 7, "quotes": ["and the', finish="length")
    details = []
    for _ in range(2):
        with pytest.raises(LLMFailure) as failed:
            ask()
        details.append(failed.value.detail)
    assert details == ["cut off while it was thinking", "cut off"]


def test_an_error_within_a_stream_that_names_a_parameter_is_learned_from(fake_llm):
    error = {"error": {"code": 400, "message": "response_format json_schema is not supported by this provider"}}
    stream = body(f"data: {json.dumps(error)}\n\ndata: [DONE]\n\n".encode(), "text/event-stream")
    fake_llm.refuses = lambda request: stream if form_of(request) == "json_schema" else None
    fake_llm.always(a_reply_to)
    ask()
    assert dialect().reply_form == "json_object"


@pytest.mark.parametrize(
    ("code", "failure", "requests"),
    [
        (401, "misconfigured", 1),
        (402, "quota", 1),
        (429, "rate_limited", 2),
        (502, "unreachable", 2),
        (None, "unreachable", 2),
    ],
)
def test_an_error_within_a_stream_is_told_by_its_code(fake_llm, monkeypatch, code, failure, requests):
    monkeypatch.setattr("llm_modes.provider.faults.DEFAULT_RETRY_AFTER", 0.02)
    error = {"error": {"code": code, "message": "the other side said no"}}
    stream = body(f": wait\n\ndata: {json.dumps(error)}\n\n".encode(), "text/event-stream")
    fake_llm.refuses = lambda _request: stream
    with pytest.raises(LLMFailure, match=failure):
        ask()
    assert len(fake_llm.requests) == requests


# --- time -------------------------------------------------------------------------------------------------------------


def test_a_slow_reply_comes_when_each_of_its_tokens_does(fake_llm, settings):
    """It takes many times as long as one token may."""
    settings.LLM_FIRST_TOKEN_SECONDS, settings.LLM_BETWEEN_TOKENS_SECONDS = 0.6, 0.4
    fake_llm.reply(a_mark(), delay=0.3, pace=0.08)
    started = time.monotonic()
    assert ask().reply.score == a_mark()["score"]
    assert time.monotonic() - started > 1
    assert 300 <= LLMCall.objects.get().first_token_milliseconds < 600


def test_thoughts_are_a_sign_of_life(fake_llm, settings):
    settings.LLM_FIRST_TOKEN_SECONDS = settings.LLM_BETWEEN_TOKENS_SECONDS = 0.4
    fake_llm.reply(a_mark(), thoughts=("Hm. ",) * 6, pace=0.15)
    assert ask().reply.score == a_mark()["score"]


def test_comments_in_a_stream_are_none(fake_llm, settings):
    settings.LLM_FIRST_TOKEN_SECONDS = 0.4
    fake_llm.fault("drip")
    assert why_it_failed() == ("timeout", "no first token within 0.4 s")


def test_a_pause_between_two_tokens_ends_it(fake_llm, settings):
    settings.LLM_BETWEEN_TOKENS_SECONDS = 0.3
    fake_llm.reply(a_mark(), pace=1.0)
    assert why_it_failed() == ("timeout", "no further token for 0.3 s")


def test_all_of_it_has_an_end(fake_llm, settings):
    settings.LLM_TOTAL_SECONDS = 1
    fake_llm.reply(a_mark(), pace=0.3)
    assert why_it_failed() == ("timeout", "not finished within 1 s")


def why_it_failed():
    with pytest.raises(LLMFailure) as failed:
        ask()
    return failed.value.code, failed.value.detail


def test_a_reply_that_comes_whole_has_the_time_of_the_whole(fake_llm, settings):
    settings.LLM_FIRST_TOKEN_SECONDS = settings.LLM_BETWEEN_TOKENS_SECONDS = 0.3
    settings.LLM_DIALECT = {**settings.LLM_DIALECT, "streams": "no"}
    fake_llm.reply(a_mark(), delay=1.0)
    assert ask().reply.score == a_mark()["score"]


def test_a_stream_that_has_said_all_is_not_waited_for(fake_llm):
    fake_llm.reply(a_chat_reply(), ends=False, counts=False)
    started = time.monotonic()
    assert ask("plan_chat").reply
    assert time.monotonic() - started < 5


def test_a_call_that_nobody_wants_any_more_ends_soon(fake_llm):
    watch = Watch()
    fake_llm.reply(a_mark(), pace=0.2)
    Thread(target=lambda: watch.writing.wait(10) and watch.stopped.set(), daemon=True).start()
    started = time.monotonic()
    with pytest.raises(LLMFailure, match="stopped"):
        ask(watch=watch)
    assert time.monotonic() - started < 2
    call = LLMCall.objects.get()
    assert call.outcome == "stopped" and call.output_tokens > 0 and call.input_tokens > 0


def test_it_may_be_stopped_before_the_first_word_and_between_two_requests(fake_llm):
    for play in (completion(a_mark(), delay=20), http_error(429, headers={"Retry-After": "4"})):
        watch = Watch()
        fake_llm.play(play)
        Timer(0.3, watch.stopped.set).start()
        started = time.monotonic()
        with pytest.raises(LLMFailure, match="stopped"):
            ask(watch=watch)
        assert time.monotonic() - started < 2
