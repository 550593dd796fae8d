"""A fake LLM: a small HTTP server on loopback that speaks the OpenAI protocol, answered by a queue per test.

    def test_something(fake_llm):
        fake_llm.reply(a_mark(score=7))                      # the next call, whatever its mode
        fake_llm.reply(a_chat_reply(), mode="plan_chat")     # the next call of this mode
        fake_llm.fault("http_500")                           # one of FAULTS
        ...
        assert fake_llm.requests[0].mode == "evaluate_answer"

A call that nothing was queued for is answered by a 500 and fails the test. Run as a program (`python -m
tests.fake_llm [port]`) it answers every mode for ever: a provider for looking at pages by hand.
"""

import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache, cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from llm_modes.catalogue import MODES
from llm_modes.checking.probe import mode as probe
from llm_modes.suggest_plan.plan import Topic

MODEL = "fake-model-1"
TRANSCRIPTION = "transcription"
# What check_llm asks before and after the modes.
PROBE = probe.PROBE.name


TOKENIZER_PIECE = 100_000  # characters: the tokenizer refuses much longer texts


@cache
def _encoding():
    import bpe_openai  # it reads its vocabularies at once: half a second that most runs have no use for

    return bpe_openai.get_encoding("o200k_base")


def count_tokens(text: str) -> int:
    """Tokens of a text by o200k_base, the encoding of OpenAI's current models."""
    encoding = _encoding()
    pieces = range(0, len(text), TOKENIZER_PIECE)
    return sum(len(encoding.encode_ordinary(text[start : start + TOKENIZER_PIECE])) for start in pieces)


@dataclass
class Request:
    """One request as it came in. `at` is time.monotonic()."""

    path: str
    headers: dict[str, str]
    raw: bytes
    at: float = field(default_factory=time.monotonic)
    # What the reply told the client; nothing where the reply never got so far.
    input_tokens: int = 0
    output_tokens: int = 0

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON body; {} for an upload."""
        return json.loads(self.raw) if self.headers.get("content-type", "").startswith("application/json") else {}

    @property
    def schema_name(self) -> str:
        return (self.body.get("response_format") or {}).get("json_schema", {}).get("name", "")

    @property
    def mode(self) -> str:
        """The mode that asked, known by the name of its reply schema."""
        if self.path.endswith("/audio/transcriptions"):
            return TRANSCRIPTION
        known = {**MODES, PROBE: probe.PROBE}
        named = (name for name, mode in known.items() if mode.reply.__name__ == self.schema_name)
        # A server that takes no schema gets the rules and the schema as text, perhaps in the user's message.
        return next(named, "") or next((name for name, mode in known.items() if mode.system in self.prompt), "")

    @property
    def system(self) -> str:
        return "\n".join(m["content"] for m in self.body.get("messages", []) if m["role"] == "system")

    @property
    def user(self) -> str:
        """The first user message: the mode's inputs."""
        return next((m["content"] for m in self.body.get("messages", []) if m["role"] == "user"), "")

    @property
    def prompt(self) -> str:
        """Everything that was sent as messages."""
        return "\n".join(str(m["content"]) for m in self.body.get("messages", []))

    def count_input(self) -> int:
        """Tokens of the messages and the schema, as sent."""
        return count_tokens(self.prompt) + count_tokens(json.dumps(self.body.get("response_format") or {}))


Play = Callable[["Handler", Request], None]


@dataclass
class _Queued:
    play: Play
    mode: str | None


class FakeLLM:
    """The server and its queue. Use as a context manager, or through the fixture `fake_llm`."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.unexpected: list[Request] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._queue: list[_Queued] = []
        self._standing: dict[str | None, Play] = {}
        # What this server does not take: gives the refusal of a request, or None.
        self.refuses: Callable[[Request], Play | None] = lambda _request: None
        # The models that it lists; None: it has no list.
        self.models: list[str] | None = [MODEL]
        self._standing[PROBE] = completion(a_reply_to)
        self._server = _Server(("127.0.0.1", port), Handler)
        self._server.fake = self

    @property
    def url(self) -> str:
        """What OPENAI_BASE_URL has to be."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> "FakeLLM":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    # --- what a test says --------------------------------------------------------------------------------------

    def reply(self, content: Any, *, mode: str | None = None, **how: Any) -> None:
        """Queue a reply: a dict (sent as JSON) or a string (sent as it is). `how` as in `completion`."""
        self.play(completion(content, **how), mode=mode)

    def fault(self, name: str, *, mode: str | None = None) -> None:
        """Queue one of FAULTS."""
        self.play(FAULTS[name], mode=mode)

    def play(self, play: Play, *, mode: str | None = None) -> None:
        """Queue anything that writes to the connection."""
        with self._lock:
            self._queue.append(_Queued(play, mode))

    def always(self, content: Any, *, mode: str | None = None, **how: Any) -> None:
        """Answer every call of this mode (or of any) that nothing is queued for.

        `content` may be a function of the request.
        """
        with self._lock:
            self._standing[mode] = completion(content, **how)

    def transcript(self, text: str, *segments: tuple[str, float, float]) -> None:
        """Queue the text of a dictation; with `segments` (text, no_speech_prob, avg_logprob) as Whisper sends it."""
        names = ("text", "no_speech_prob", "avg_logprob")
        parts = [{"id": number} | dict(zip(names, one, strict=True)) for number, one in enumerate(segments)]
        body = {"text": text} | ({"language": "english", "duration": 2.0, "segments": parts} if parts else {})
        self.play(lambda handler, _request: handler.send_json(200, body), mode=TRANSCRIPTION)

    # --- what a test asks ---------------------------------------------------------------------------------------

    def asked(self, mode: str) -> list[Request]:
        """The requests of this mode."""
        return [request for request in self.requests if request.mode == mode]

    @property
    def input_tokens(self) -> int:
        """Input tokens of all replies, as the client was told."""
        return sum(request.input_tokens for request in self.requests)

    @property
    def output_tokens(self) -> int:
        return sum(request.output_tokens for request in self.requests)

    def check(self) -> None:
        """Fail when something was asked that nothing was queued for."""
        if self.unexpected:
            pytest.fail(f"unexpected LLM calls: {[request.mode or request.path for request in self.unexpected]}")

    def wait_for(self, count: int = 1, seconds: float = 10, *, mode: str | None = None) -> None:
        """Wait until that many requests, of this mode if one is named, have come in."""
        until = time.monotonic() + seconds
        while (came := len(self.asked(mode) if mode else self.requests)) < count:
            assert time.monotonic() < until, f"{came} of {count} requests came in"
            time.sleep(0.005)

    def take(self, request: Request) -> Play | None:
        """The queued or standing answer to this request."""
        with self._lock:
            self.requests.append(request)
            if refusal := self.refuses(request):
                return refusal
            for index, queued in enumerate(self._queue):
                if queued.mode == request.mode or (queued.mode is None and request.mode != PROBE):
                    return self._queue.pop(index).play
            standing = self._standing.get(request.mode) or self._standing.get(None)
            if standing is None:
                self.unexpected.append(request)
            return standing


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    fake: FakeLLM

    def handle_error(self, *_args: object) -> None:
        """The client went away: that is what faults are about."""


class Handler(BaseHTTPRequestHandler):
    """One connection. The queued `Play` writes the response."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_args: object) -> None:
        pass

    @property
    def fake(self) -> FakeLLM:
        return self.server.fake

    def do_POST(self) -> None:
        if self.fake.closing.is_set():
            self.reset()  # a connection kept open from before the server ended
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, raw)
        play = self.fake.take(request)
        if play is None:
            self.send_json(500, {"error": {"message": "nothing is queued for this call"}})
        else:
            play(self, request)

    def do_GET(self) -> None:
        """The list of models."""
        if self.path == "/v1/models" and self.fake.models is not None:
            self.send_json(200, {"object": "list", "data": [{"id": name} for name in self.fake.models]})
        else:
            self.send_json(404, {"error": {"message": "there is nothing here"}})

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the test runs."""
        self.fake.closing.wait(seconds)

    def send_body(self, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.send_body(status, json.dumps(body).encode(), "application/json", headers)

    def start_stream(self, content_type: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send_chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def send_event(self, event: Any) -> None:
        self.send_chunk(f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n".encode())

    def reset(self) -> None:
        """Break the connection as a crashing server does."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.shutdown(socket.SHUT_RD)
        self.connection.close()
        self.close_connection = True
        raise ConnectionError


# --- replies -------------------------------------------------------------------------------------------------------


def _pieces(text: str, words: int = 3) -> list[str]:
    parts = text.split(" ")
    return [
        ("" if start == 0 else " ") + " ".join(parts[start : start + words]) for start in range(0, len(parts), words)
    ]


@dataclass(frozen=True, kw_only=True)
class Completion:
    """A chat completion, plain or streamed as the request wants it.

    `content`: a dict, a string, or a function of the request that gives one. `delay` seconds, then until `hold` is
    set, before the first byte. Streamed: in `pieces` (a function, which may wait between them), else a few words
    each, `pace` seconds apart; after `break_after` pieces the connection is reset.
    """

    content: Any = ""
    finish: str = "stop"
    refusal: str | None = None
    delay: float = 0.0
    hold: threading.Event | None = None
    pieces: Callable[[], Iterable[str]] | None = None
    pace: float = 0.0
    cached: int = 0
    break_after: int | None = None
    model: str = MODEL
    # How a server speaks: its thoughts in a channel of their own, in pieces; a piece of the reply as a delta; what it
    # says it sends; whether it sends all at once whatever it is asked; whether it counts tokens, and says that it ends.
    thoughts: tuple[str, ...] = ()
    thinks_in: str = "reasoning_content"
    delta: Callable[[str], dict[str, Any]] = lambda piece: {"content": piece}
    content_type: str = "text/event-stream"
    whole: bool = False
    counts: bool = True
    ends: bool = True

    def __call__(self, handler: "Handler", request: Request) -> None:
        handler.pause(self.delay)
        if self.hold is not None:
            self.hold.wait(60)
        if request.body.get("stream") and not self.whole:
            self._stream(handler, request)
        else:
            self._whole(handler, request)

    def _text(self, request: Request) -> str:
        if self.pieces:
            return "".join(self.pieces())
        content = self.content(request) if callable(self.content) else self.content
        return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)

    def _usage(self, request: Request, sent: str) -> dict[str, Any]:
        request.input_tokens = request.count_input()
        request.output_tokens = count_tokens(sent + (self.refusal or ""))
        return {
            "prompt_tokens": request.input_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens": request.output_tokens,
            "total_tokens": request.input_tokens + request.output_tokens,
        }

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": "chatcmpl-fake", "created": int(time.time()), "model": self.model, "object": kind}

    def _whole(self, handler: "Handler", request: Request) -> None:
        text = self._text(request)
        message = {
            "role": "assistant",
            "content": None,
            "refusal": self.refusal,
            self.thinks_in: "".join(self.thoughts),
        }
        if not self.refusal:
            message |= self.delta(text)
        choice = {"index": 0, "finish_reason": self.finish, "message": message, "logprobs": None}
        usage = self._usage(request, text)
        handler.send_json(200, {**self._head("chat.completion"), "choices": [choice], "usage": usage})

    def _stream(self, handler: "Handler", request: Request) -> None:
        head = self._head("chat.completion.chunk")

        def send(delta: dict[str, Any], reason: str | None = None) -> None:
            handler.send_event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

        handler.start_stream(self.content_type)
        send({"role": "assistant", "content": ""})
        for thought in self.thoughts:
            send({"content": None, self.thinks_in: thought})
            handler.pause(self.pace)
        if self.refusal:
            send({"refusal": self.refusal})
        sent = ""
        for number, piece in enumerate(self.pieces() if self.pieces else _pieces(self._text(request))):
            if number == self.break_after:
                handler.reset()
            send(self.delta(piece))
            sent += piece
            handler.pause(self.pace)
        send({}, self.finish)
        if (request.body.get("stream_options") or {}).get("include_usage"):
            usage = self._usage(request, sent)
            if self.counts:
                handler.send_event({**head, "choices": [], "usage": usage})
        if self.ends:
            handler.send_event("[DONE]")
        else:
            handler.pause(30)
        handler.send_chunk(b"")


def completion(content: Any = "", **how: Any) -> Completion:
    """A completion with this content; `how`: the other fields of Completion."""
    return Completion(content=content, **how)


def http_error(status: int, error: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> Play:
    """An error as OpenAI words it."""
    body = {"error": {"message": "SECRET-OF-THE-PROVIDER", "type": None, "code": None, **(error or {})}}
    return lambda handler, _request: handler.send_json(status, body, headers)


def body(content: bytes, content_type: str = "application/json", status: int = 200) -> Play:
    """Any bytes as the response."""
    return lambda handler, _request: handler.send_body(status, content, content_type)


def _reset_mid_reply(handler: Handler, request: Request) -> None:
    if request.body.get("stream"):
        completion(a_long_string(), break_after=2)(handler, request)
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "4000")
    handler.end_headers()
    handler.wfile.write(b'{"id": "chatcmpl-fake", "choices": [')
    handler.reset()


def _reset_at_once(handler: Handler, _request: Request) -> None:
    handler.reset()


def silence(seconds: float) -> Play:
    """No byte for that long, then a reset."""

    def play(handler: Handler, _request: Request) -> None:
        handler.pause(seconds)
        handler.reset()

    return play


def drip(interval: float, bytes_each: int = 1) -> Play:
    """A reply that never ends: white space, a little at a time."""

    def play(handler: Handler, request: Request) -> None:
        streamed = request.body.get("stream")
        handler.start_stream()
        while not handler.fake.closing.is_set():
            handler.send_chunk(b": drip\n\n" if streamed else b" " * bytes_each)
            handler.pause(interval)

    return play


def _dripping_head(handler: Handler, _request: Request) -> None:
    """Headers that come a byte at a time, for ten seconds."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Wait: ")
    for _byte in range(200):
        handler.wfile.write(b"x")
        handler.pause(0.05)
    handler.reset()


def _huge(handler: Handler, request: Request) -> None:
    if request.body.get("stream"):
        completion("", pieces=lambda: ("x" * 100_000 for _ in range(200)))(handler, request)
    else:
        handler.send_body(200, b'{"choices": "' + b"x" * 20_000_000 + b'"}', "application/json")


def a_long_string() -> str:
    return json.dumps({"reply": "word " * 60})


# Each can be queued for any mode by its name.
FAULTS: dict[str, Play] = {
    "reset_at_once": _reset_at_once,
    "reset_mid_reply": _reset_mid_reply,
    "http_429": http_error(429),
    "http_429_retry_after": http_error(429, headers={"Retry-After": "1"}),
    "http_429_retry_later": http_error(429, headers={"Retry-After": "60"}),
    "quota": http_error(429, {"code": "insufficient_quota", "type": "insufficient_quota"}),
    "http_400": http_error(400),
    "http_401": http_error(401, {"code": "invalid_api_key"}),
    "http_402": http_error(402),
    "http_403": http_error(403),
    "http_404_model": http_error(404, {"code": "model_not_found"}),
    "http_500": http_error(500),
    "http_503": http_error(503),
    "empty_body": body(b""),
    "html": body(b"<!doctype html><title>Welcome</title><p>Log in to the guest network", "text/html"),
    "malformed_json": body(b'{"id": "chatcmpl-fake", "choices": [{'),
    "no_choices": body(b'{"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": []}'),
    "not_the_protocol": body(b'{"hello": "world"}'),
    "wrong_schema": completion({"unexpected": "shape"}),
    "not_json_content": completion("I would rather talk about the weather."),
    "truncated": completion('{"reply": "and then', finish="length"),
    "refusal": completion("", refusal="I cannot help with that."),
    "content_filter": completion("", finish="content_filter"),
    "huge": _huge,
    "silence": silence(25),
    "drip": drip(0.05),
    "dripping_head": _dripping_head,
}


# --- the replies of the modes' examples, to be bent by keyword arguments ----------------------------------------------


def example_reply(mode: str) -> dict[str, Any]:
    """The valid reply that the mode's folder has as its example; a copy."""
    return deepcopy(MODES[mode].example.reply)


def a_chat_reply(reply: str = "", *, action: str = "ask", **known: Any) -> dict[str, Any]:
    example = example_reply("plan_chat")
    return {"reply": reply or example["reply"], "known": {**example["known"], **known}, "action": action}


def a_topic(name: str = "System design", *, priority: int = 1, minutes: int = 20, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": "Designing services that grow.",
        "priority": priority,
        "daily_study_minutes": minutes,
        "expected_outcome": "Can lead a design interview.",
        **fields,
    }


def a_plan(
    *topics: dict[str, Any] | Topic, role: str = "Backend engineer", weeks: int = 6, **fields: Any
) -> dict[str, Any]:
    """A reply of SuggestPlan: three topics and 45 minutes a day, unless topics are given."""
    example = example_reply("suggest_plan")
    given = [topic.as_json() if isinstance(topic, Topic) else topic for topic in topics]
    chosen = given or example["plan_topics"]
    total = sum(topic["daily_study_minutes"] for topic in chosen)
    said = {"target_role": role, "total_daily_minutes": total, "time_horizon_weeks": weeks, **fields}
    return {"plan_overview": {**example["plan_overview"], **said}, "plan_topics": chosen}


def a_plan_change(
    *topics: dict[str, Any] | Topic, changes: list[tuple[str, str]] | None = None, **fields: Any
) -> dict[str, Any]:
    """A reply of SuggestPlanChanges: the new topics, and (topic, change) pairs, each with a reason."""
    explained = [
        {"topic": topic, "change": change, "reason": f"Because you asked for it ({topic})."}
        for topic, change in (changes or [])
    ]
    return {**a_plan(*topics, **fields), "changes": explained}


def a_question(text: str, *, status: str = "new", difficulty: str = "medium", **fields: Any) -> dict[str, Any]:
    return {
        "question": text,
        "status": status,
        "redo_reason": None,
        "difficulty": difficulty,
        "redo_of": None,
        "kind": "technical",
        "looks_for": ["names the main point", "one example of your own"],
        **fields,
    }


def some_questions(*questions: dict[str, Any]) -> dict[str, Any]:
    """A reply of GenerateQuestions: three new ones, unless questions are given."""
    return {"questions": list(questions)} if questions else example_reply("generate_questions")


def an_anchor(name: str = "Own part", anchor: str = "Say what you did yourself, step by step.") -> dict[str, str]:
    return {"name": name, "anchor": anchor}


def a_mark(score: int = 6, **fields: Any) -> dict[str, Any]:
    """A reply of EvaluateAnswer."""
    return {**example_reply("evaluate_answer"), "score": score, **fields}


def a_story(**fields: Any) -> dict[str, Any]:
    """A reply of BuildStory."""
    return {**example_reply("build_story"), **fields}


def a_debrief(**fields: Any) -> dict[str, Any]:
    """A reply of ReadDebrief."""
    return {**example_reply("read_debrief"), **fields}


def a_reconciliation(*questions: str, **fields: Any) -> dict[str, Any]:
    """A reply of ReconcileSession about these questions."""
    example = example_reply("reconcile_session")
    [practised] = example["question_attempts"]
    asked = questions or (practised["question"],)
    return {**example, "question_attempts": [{**practised, "question": question} for question in asked], **fields}


def a_reply_to(request: Request) -> dict[str, Any]:
    """The example's reply to any request; a plan that it is asked to change is kept as the request has it."""
    if request.mode == PROBE:
        return {"code_word": request.prompt.partition("Code word: ")[2].partition("\n")[0]}
    return a_plan_change(*topics_of(request)) if request.mode == "suggest_plan_changes" else example_reply(request.mode)


def topics_of(request: Request) -> list[Topic]:
    """The plan that a request of SuggestPlanChanges is about."""
    return [_topic_of(line) for line in request.user.split("<plan>\n")[1].split("\n</plan>")[0].splitlines()]


def _topic_of(line: str) -> Topic:
    """Reads Topic.line()."""
    head, _, rest = line.partition(" min/day. ")
    priority, _, named = head.partition(". ")
    name, _, minutes = named.rpartition(": ")
    description, _, outcome = rest.partition(" Outcome: ")
    numbers = {"priority": int(priority), "daily_study_minutes": int(minutes)}
    return Topic(name=name, description=description, expected_outcome=outcome, **numbers)


@pytest.fixture
def fake_llm(settings):
    """A configured LLM provider that answers what the test queues, and nothing else."""
    with FakeLLM() as fake:
        settings.OPENAI_API_KEY = "test-key"
        settings.OPENAI_BASE_URL = fake.url
        settings.OFFLINE_COACH = False
        settings.COACH_MODEL = MODEL
        settings.COACH_MODELS = {}
        yield fake
    fake.check()


if __name__ == "__main__":
    with FakeLLM(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8099) as server:
        server.always(a_reply_to, pace=0.15)
        print(f"OPENAI_API_KEY=any OPENAI_BASE_URL={server.url}")
        threading.Event().wait()
