"""The offline coach behind the OpenAI protocol: an httpx2 transport without a port."""

import json
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

import httpx2

from llm_modes.offline import coach

MODEL = "offline-coach"
MODE_HEADER = "X-Coach-Mode"
INPUTS_FIELD = "coach_inputs"

# English text has about four characters to a token; good enough for a ledger of calls that cost nothing.
CHARACTERS_PER_TOKEN = 4
WORDS_PER_CHUNK = 6


def offline_transport() -> httpx2.BaseTransport:
    """A transport that answers POST …/chat/completions with the offline coach's replies."""
    return _OfflineTransport()


class _OfflineTransport(httpx2.BaseTransport):
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method != "POST" or not request.url.path.endswith("/chat/completions"):
            return _error(404, "The offline coach only answers POST /chat/completions.")
        try:
            body = json.loads(request.read())
        except ValueError:
            return _error(400, "The request is not JSON.")
        mode = request.headers.get(MODE_HEADER, "")
        if mode not in coach.RULES or not isinstance(body.get(INPUTS_FIELD), dict):
            return _error(400, f"The offline coach needs the header {MODE_HEADER} and the field {INPUTS_FIELD}.")
        content = json.dumps(coach.reply(mode, body[INPUTS_FIELD]))
        usage = _usage(body.get("messages") or [], content)
        if body.get("stream"):
            with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
            events = "".join(_events(content, usage if with_usage else None))
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=events.encode())
        return httpx2.Response(200, json=_completion(content, usage))


def _error(status: int, message: str) -> httpx2.Response:
    return httpx2.Response(status, json={"error": {"message": message, "type": "invalid_request_error", "code": None}})


def _usage(messages: list[dict[str, Any]], content: str) -> dict[str, int]:
    """Estimated tokens. The inputs sent beside the messages repeat them, so they are not counted."""
    asked = sum(len(str(message.get("content", ""))) for message in messages)
    prompt, completion = (size // CHARACTERS_PER_TOKEN + 1 for size in (asked, len(content)))
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _completion(content: str, usage: dict[str, int]) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**_head("chat.completion"), "choices": [choice], "usage": usage}


def _events(content: str, usage: dict[str, int] | None) -> Iterator[str]:
    """The reply as server-sent events, a few words each; the token counts last, when they were asked for."""
    deltas = chain([{"role": "assistant", "content": ""}], ({"content": piece} for piece in _pieces(content)), [{}])
    for delta in deltas:
        finish = None if delta else "stop"
        yield _event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    if usage:
        yield _event({"choices": [], "usage": usage})
    yield "data: [DONE]\n\n"


def _event(fields: dict[str, Any]) -> str:
    return f"data: {json.dumps({**_head('chat.completion.chunk'), **fields})}\n\n"


def _pieces(content: str) -> Iterator[str]:
    words = content.split(" ")
    for start in range(0, len(words), WORDS_PER_CHUNK):
        piece = " ".join(words[start : start + WORDS_PER_CHUNK])
        yield piece if start == 0 else f" {piece}"


def _head(kind: str) -> dict[str, Any]:
    return {"id": "offline", "object": kind, "created": int(time.time()), "model": MODEL}
