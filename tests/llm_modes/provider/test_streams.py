"""Replies in the shapes in which servers and those in between really send them, over real HTTP."""

import gzip
import json

import pytest

from llm_modes.failures import LLMFailure
from llm_modes.models import Dialect, LLMCall
from tests.fake_llm import a_mark, a_reply_to, body
from tests.llm_modes.provider.test_dialect import ask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short_pause")]

MARK = json.dumps(a_mark())
HALF = len(MARK) // 2
PIECES = (MARK[:20], MARK[20:HALF], MARK[HALF:])
END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def delta(finish=None, **fields):
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def stream(*events, between="\n\n", done="data: [DONE]\n\n"):
    """Events as they are, or the data of events."""
    said = [one if isinstance(one, str) else f"data: {json.dumps(one)}" for one in events]
    return body((between.join([*said, ""]) + done).encode(), "text/event-stream")


def whole(message, **fields):
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return body(json.dumps({"choices": [choice], **fields}).encode())


def bytes_of(data, content_type="application/json", **headers):
    return lambda handler, _request: handler.send_body(200, data, content_type, headers)


def whole_text(text):
    return {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}


CONTENT = [delta(content=piece) for piece in PIECES]
ARGUMENTS = [delta(tool_calls=[{"index": 0, "function": {"arguments": piece}}]) for piece in PIECES]
EMOJI = json.dumps(a_mark() | {"note": "@@"})[: -len('@@"}')]
WHOLE = json.dumps({"choices": [{"message": {"content": MARK}, "finish_reason": "stop"}]}).encode()
EVENTS = "".join(f"data: {json.dumps(event)}\n\n" for event in (*CONTENT, END)).encode()

READ = {
    "a mark of the order of bytes before the events": bytes_of(b"\xef\xbb\xbf" + EVENTS, "text/event-stream"),
    "a mark of the order of bytes before the whole": bytes_of(b"\xef\xbb\xbf" + WHOLE),
    "no blank lines between events": stream(*CONTENT, END, between="\n", done="data: [DONE]\n"),
    "no end at all": stream(*CONTENT, done=""),
    "lines that keep it alive": stream("data:", CONTENT[0], "data: ping", ": wait", *CONTENT[1:], END),
    "comments, and then the whole": bytes_of(b": keep-alive\n\n: keep-alive\n\n" + WHOLE),
    "a line after the end": stream(*CONTENT, END, "<html>"),
    "an event over several lines": stream(
        *CONTENT[:2], f"data: {json.dumps(CONTENT[2], indent=1)}".replace("\n", "\ndata: "), END
    ),
    "the whole again in the last event": stream(
        *CONTENT, {"choices": [{"delta": None, "message": {"content": MARK}}]}, END
    ),
    "text, as before there were chats": stream(*[{"choices": [{"text": piece}]} for piece in PIECES], END),
    "a text, whole": bytes_of(json.dumps({"choices": [{"text": MARK}]}).encode()),
    "'null' for an end that is not there yet": stream(*[delta("null", content=piece) for piece in PIECES], END),
    "an end by another word": stream(*CONTENT, delta("eos")),
    "a line before the arguments of a tool": stream(delta(content="\n"), *ARGUMENTS, delta("tool_calls")),
    "words before the arguments of a tool": stream(delta(content="I call the function."), *ARGUMENTS, END),
    "an object for content": whole({"content": a_mark()}),
    "an object for arguments": whole({"content": None, "function_call": {"arguments": a_mark()}}),
    "a thought among the parts": stream(delta(content=[{"type": "reasoning", "text": '{"score": 1}'}]), *CONTENT, END),
    "a character in two halves": stream(
        delta(content=EMOJI), 'data: {"choices": [{"delta": {"content": "\\ud83d"}}]}',
        'data: {"choices": [{"delta": {"content": "\\ude00"}}]}', delta(content='"}'), END,
    ),
    "a character that is cut off": bytes_of(
        EVENTS.replace(b'"delta"', b'"x": "\xf0\x9f", "delta"', 1), "text/event-stream"
    ),
    "no choices, and null for them": stream({"choices": []}, {"choices": None}, *CONTENT, END),
    "compressed, though not asked for": bytes_of(gzip.compress(WHOLE), **{"Content-Encoding": "gzip"}),
    "a name of the model that is none": whole({"content": MARK}, model=["m"]),
    "a name of the model that no database takes": whole({"content": MARK}, model="m\x00odel"),
}  # fmt: skip


@pytest.mark.parametrize("shape", READ)
def test_is_read_at_the_first_request(fake_llm, shape):
    fake_llm.play(READ[shape])
    answer = ask()
    assert answer.reply.score == a_mark()["score"]
    assert answer.model.isprintable()
    assert len(fake_llm.requests) == 1


def error(**fields):
    return {"error": {"message": "SECRET", **fields}}


def timed(*steps, ends="data: [DONE]\n\n"):
    """Events and pauses in seconds, one after the other."""

    def play(handler, _request):
        handler.start_stream()
        for step in steps:
            if isinstance(step, dict):
                handler.send_event(step)
            else:
                handler.pause(step)
        handler.send_chunk(ends.encode())
        handler.send_chunk(b"")

    return play


@pytest.mark.parametrize(
    "play",
    [
        timed(*CONTENT, 9),
        timed(*[step for piece in PIECES for step in (delta("stop", content=piece), 1.2)]),
        timed(*CONTENT, END, 9),
        timed(*CONTENT[:2], delta("stop", content=PIECES[2]), 9),
    ],
    ids=["no end", "an end with every piece", "an end, and no end of the stream", "an end with the last piece"],
)
def test_all_of_a_reply_is_enough_however_its_stream_ends(fake_llm, settings, play):
    settings.LLM_BETWEEN_TOKENS_SECONDS = 2
    fake_llm.play(play)
    assert ask().reply.score == a_mark()["score"]
    assert len(fake_llm.requests) == 1


def test_a_connection_that_breaks_behind_all_of_a_reply_costs_no_second_one(fake_llm):
    def play(handler, _request):
        handler.start_stream()
        for event in CONTENT:
            handler.send_event(event)
        handler.reset()

    fake_llm.play(play)
    assert ask().reply.score == a_mark()["score"]


def test_an_empty_reply_is_asked_for_once_more(fake_llm):
    """DeepSeek sends one where the model wrote no JSON."""
    fake_llm.reply("")
    fake_llm.reply(a_mark())
    assert ask().reply.score == a_mark()["score"]
    fake_llm.reply(" "), fake_llm.reply("")
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert failed.value.detail == "empty"


def test_thoughts_of_minutes_are_not_too_much(fake_llm):
    """Ten thousand tokens, each in an event of three hundred bytes."""
    thought = json.dumps(delta(reasoning_content="Hm. ") | {"id": "x" * 220})
    fake_llm.play(bytes_of(f"data: {thought}\n\n".encode() * 10_000 + EVENTS, "text/event-stream"))
    assert ask().reply.score == a_mark()["score"]


@pytest.mark.parametrize(
    "data",
    [b'{"choices": [{"message": {"content": "' + b"a" * 40_000_000, json.dumps(whole_text("a" * 2_000_000)).encode()],
    ids=["packed without end", "packed text"],
)
def test_a_reply_far_too_long_is_not_kept(fake_llm, data):
    fake_llm.play(bytes_of(gzip.compress(data), **{"Content-Encoding": "gzip"}))
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert (failed.value.code, failed.value.detail) == ("invalid_reply", "far too long")


BROKEN = {
    "an error within the choice": (
        stream(CONTENT[0], {"choices": [{"delta": {}, "finish_reason": "error", **error(code=502)}]}),
        ("unreachable", "an error in the reply", 2),
    ),
    "an error by the name of the event": (
        stream('event: error\ndata: {"message": "SECRET"}'),
        ("unreachable", "an error in the reply", 2),
    ),
    "an error by the name of the event, in words": (
        stream("event: error\ndata: SECRET"),
        ("unreachable", "an error in the reply", 2),
    ),
    "an error by the name of its field": (
        stream('error: {"message": "the request exceeds the available context size"}', done=""),
        ("misconfigured", "context window too small", 1),
    ),
    "an error without a field": (
        stream(CONTENT[0], json.dumps(error()), done=""),
        ("unreachable", "an error in the reply", 2),
    ),
    "an error in a list": (
        bytes_of(json.dumps([error(message="API key not valid.")]).encode()),
        ("misconfigured", "the key is refused", 1),
    ),
    "an error in words where a completion should be": (
        bytes_of(b'{"code": 1302, "msg": "SECRET"}'),
        ("unreachable", "an error in the reply", 2),
    ),
    "an error whose code is no word": (
        stream(error(code={"SECRET": 1}, type=["SECRET"])),
        ("unreachable", "an error in the reply", 2),
    ),
    "an error of a filter of replies": (
        stream(error(code="json_validate_failed")),
        ("invalid_reply", "the server holds it to be none", 2),
    ),
    "no credit, with the name of a parameter": (
        stream(error(code=402, message="This request requires more credits, or fewer max_tokens.")),
        ("quota", "", 1),
    ),
    "the limit of the reply, in capitals": (
        stream(CONTENT[0], delta("MAX_TOKENS")),
        ("invalid_reply", "cut off", 2),
    ),
    "a filter, by another word": (stream(delta("SAFETY", content="")), ("refused", "", 1)),
    "a server that gives up": (
        stream(CONTENT[0], delta("insufficient_system_resource")),
        ("unreachable", "broke off", 2),
    ),
    "a server that gives up before it begins": (stream(delta("abort")), ("unreachable", "broke off", 2)),
    "thoughts in details": (
        stream(delta(reasoning_details=[{"type": "reasoning.text", "text": "Hm."}]), END),
        ("invalid_reply", "only thoughts", 1),
    ),
    "thoughts in blocks": (
        stream(delta(thinking_blocks=[{"type": "thinking", "thinking": "Hm."}]), END),
        ("invalid_reply", "only thoughts", 1),
    ),
}


@pytest.mark.parametrize("shape", BROKEN)
def test_has_its_own_failure(fake_llm, log_lines, shape):
    play, (code, detail, requests) = BROKEN[shape]
    fake_llm.refuses = lambda _request: play
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert (failed.value.code, failed.value.detail, len(fake_llm.requests)) == (code, detail, requests)
    assert not Dialect.objects.exists()
    assert "SECRET" not in "\n".join([*log_lines, str(LLMCall.objects.values_list())])


@pytest.mark.parametrize(
    "said",
    [
        error(message="upstream: streaming is not supported after an error"),
        error(code=400, message="response_format is not supported"),
        {"choices": [{"delta": {}, **error(code=400, message="stream: unsupported")}]},
    ],
)
def test_an_error_after_the_first_word_teaches_nothing(fake_llm, said):
    """Who has begun to answer a request has taken it as it was."""
    fake_llm.play(stream(CONTENT[0], said))
    fake_llm.always(a_reply_to)
    assert ask().reply.score == a_mark()["score"]
    assert len(fake_llm.requests) == 2
    assert not Dialect.objects.exists()


def test_data_without_end_takes_no_time(fake_llm):
    """Lines that never become an event, as many as the transport lets through."""
    fake_llm.refuses = lambda _request: bytes_of(b'data: {"a": "}\n' * 60_000, "text/event-stream")
    with pytest.raises(LLMFailure, match="unreachable"):
        ask()
