"""Reads a completion. Servers differ in how they speak the OpenAI protocol; this accepts all that we have met.

A reply is text, or a list of parts, or the arguments of a tool; it comes in events or whole, under any content type. A
model's thoughts in a channel of their own (reasoning_content, reasoning, thinking) are a sign of life, and no reply.
"""

import codecs
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2
import jiter
import openai
from openai.types.chat import ChatCompletion

from llm_modes.failures import LLMFailure
from llm_modes.language.mode import Mode
from llm_modes.provider import events, pace
from llm_modes.provider.faults import CutOff, Retryable
from llm_modes.provider.replies import is_whole, json_of
from llm_modes.provider.transport import ReplyTooLarge

# A growing reply is shown again when it has grown by this part of its length: each time it is parsed from the start.
_WORTH_A_LOOK = 1 / 100
# A reply is a few thousand tokens long at most (Mode.max_output_tokens). Of what is far longer no more is kept.
_LONGEST_TEXT = 1_000_000
# Seconds in which a stream may end after it has said that it ends.
_LAST_WORDS = 1.0
_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_details", "thinking_blocks")
_THOUGHT_PARTS = ("thinking", "reasoning", "thought")
# How servers say, in any case of letters, that the limit of the reply or of the context was reached; that a filter
# stopped it; and that the server gave up. Other words for the end, as "eos", mean that it is whole.
_CUT_OFF = ("length", "max_tokens", "model_length", "max_output_tokens", "max_new_tokens", "context_length_exceeded")
_FILTERED = ("content_filter", "safety", "refusal", "sensitive", "prohibited_content", "recitation", "blocklist")
_GAVE_UP = ("error", "abort", "cancelled", "network_error", "insufficient_system_resource")
# What some write for "not yet".
_NOT_YET = ("", "null", "none")


class SaidNothing(ValueError):
    """A reply without a byte: llama-cpp-python ends a stream so where it would refuse the same request, asked whole."""


@dataclass
class Received:
    """What has come of a reply. `streamed`: piece by piece."""

    model: str = ""
    content: str = ""
    arguments: str = ""
    thoughts: int = 0  # characters
    refusal: str = ""
    finish: str | None = None
    ends: bool = False  # it said so in an event of its own: some say it with every piece
    usage: dict[str, Any] | None = None
    is_message: bool = False
    streamed: bool = False

    @property
    def text(self) -> str:
        """The reply: its text; or what a tool was to be called with, where the text has no object."""
        return self.arguments if self.arguments and "{" not in self.content else self.content

    @property
    def has_begun(self) -> bool:
        """Whether a token has come, of thoughts too: the server took the request."""
        return self._size > 0

    @property
    def is_over(self) -> bool:
        """Whether no more of the reply is to come."""
        return self.ends or (self.finish is not None and is_whole(self.text))

    def add(self, part: dict[str, Any]) -> bool:
        """Take in one event, or a whole completion; whether it brought a token."""
        self.model = _text(part.get("model")) or self.model
        self.usage = _mapping(part.get("usage")) or self.usage
        choice = _choice_of(part)
        if choice is None:
            return False
        finish = _text(choice.get("finish_reason")).lower()
        self.finish = self.finish if finish in _NOT_YET else finish
        message = _mapping(choice.get("delta")) or _mapping(choice.get("message"))
        if message is None and "text" in choice:
            message = {"content": choice["text"]}  # as completions had it before there were chats
        self.is_message = self.is_message or message is not None
        before = self._size
        self._take_in(message or {})
        has_grown = self._size > before
        self.ends = self.finish is not None and not has_grown
        return has_grown

    @property
    def _size(self) -> int:
        return len(self.content) + len(self.arguments) + len(self.refusal) + self.thoughts

    def _take_in(self, message: dict[str, Any]) -> None:
        self.refusal += _text(message.get("refusal"))
        content = message.get("content")
        for piece in content if isinstance(content, list) else [content]:
            if not isinstance(piece, dict):
                self.content += _text(piece)
            elif piece.get("type") in _THOUGHT_PARTS:
                self.thoughts += len(str(piece))
            else:
                # An object that is no part is the reply itself, from who reads JSON on the way.
                is_part = "type" in piece or "text" in piece
                self.content += _text(piece.get("text")) if is_part else json.dumps(piece)
        self.thoughts += sum(len(str(message.get(name) or "")) for name in _THOUGHTS)
        calls = message.get("tool_calls")
        called = [_mapping(call) or {} for call in calls] if isinstance(calls, list) else []
        for call in [*called, {"function": message.get("function_call")}]:
            arguments = (_mapping(call.get("function")) or {}).get("arguments")
            self.arguments += json.dumps(arguments) if isinstance(arguments, dict) else _text(arguments)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _choice_of(part: dict[str, Any]) -> dict[str, Any] | None:
    choices = part.get("choices")
    return _mapping(choices[0]) if isinstance(choices, list) and choices else None


# --- receiving -------------------------------------------------------------------------------------------------------


def receive(
    response: httpx2.Response,
    received: Received,
    *,
    on_token: Callable[[], None],
    on_content: Callable[[str], None] | None,
) -> None:
    """Read a reply to its end into `received`, which holds what had come when it breaks off.

    `on_token` is called for each token, of thoughts too; `on_content` with the whole text so far, each time it has
    grown enough. Raises Retryable if a stream breaks off, openai.APIError for an error in it, and ValueError if it is
    not the protocol.
    """
    begun, rest = _begun(response.iter_bytes())
    if not begun.strip():
        raise SaidNothing
    show = on_content or (lambda _text: None)
    if not begun.lstrip().startswith(events.BEGIN):
        received.add(_whole_of(begun + b"".join(rest), response))
        _require_a_bound(received)
        show(received.text)
        return
    received.streamed = True
    shown = 0
    for part in _events(_and_then(begun, rest), received):
        _raise_error(part, response)
        if received.add(part):
            on_token()
            _require_a_bound(received)
        if received.is_over:
            # All has come but the count of tokens.
            pace.running().ends_soon(_LAST_WORDS)
        if len(received.text) - shown > shown * _WORTH_A_LOOK:
            shown = len(received.text)
            show(received.text)
    if len(received.text) > shown:
        show(received.text)
    if received.finish in (None, *_GAVE_UP) and not is_whole(received.text):
        raise Retryable("unreachable", "broke off")


def _require_a_bound(received: Received) -> None:
    if len(received.text) > _LONGEST_TEXT:
        raise ReplyTooLarge


def _whole_of(body: bytes, response: httpx2.Response) -> dict[str, Any]:
    part = jiter.from_json(body)
    if isinstance(part, list) and part:
        part = part[0]  # Gemini's errors
    if not isinstance(part, dict):
        raise ValueError("no completion")
    _raise_error(part, response)
    if "choices" not in part and any(isinstance(part.get(name), str) for name in ("message", "msg", "detail")):
        _raise_error({"error": part}, response)
    return part


def _begun(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, enough of them to tell events from a whole reply; and the others."""
    begun = b""
    for chunk in chunks:
        begun += chunk
        if len(begun.lstrip()) >= len(codecs.BOM_UTF8 + b"event:"):
            break
    return begun.removeprefix(codecs.BOM_UTF8), chunks


def _and_then(begun: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield begun
    yield from rest


def _events(chunks: Iterator[bytes], received: Received) -> Iterator[dict[str, Any]]:
    """The JSON of each event, until the stream says that it ends, or has ended."""
    try:
        for part in events.events(chunks):
            if part == events.DONE:
                # Read to its end, so that the connection can be used again.
                pace.running().ends_soon(_LAST_WORDS)
                with suppress(httpx2.HTTPError):
                    for _rest in chunks:
                        pass
                return
            if isinstance(part, dict):
                yield part
    except httpx2.HTTPError:
        # All of the reply had come; only the end of the stream, or its count of tokens, had not.
        if not (received.is_over or is_whole(received.text)):
            raise


def _raise_error(part: dict[str, Any], response: httpx2.Response) -> None:
    """An error that comes with a 200, as in a stream that had begun; OpenRouter has it within the choice."""
    choice = _choice_of(part) or {}
    error = part.get("error") or choice.get("error") or (part if part.get("object") == "error" else None)
    if error:
        body = error if isinstance(error, dict) else {"message": str(error)}
        raise openai.APIError("an error in the reply", request=response.request, body=body)


# --- what it comes to ------------------------------------------------------------------------------------------------


def completion_of(received: Received, *, mode: Mode, model: str) -> ChatCompletion:
    """The completion, with only the JSON as its content. The JSON is not validated here.

    Raises LLMFailure, because asking again would not help: not the protocol, refused, filtered or only thought; CutOff;
    Retryable for an empty one.
    """
    if not received.is_message:
        raise LLMFailure("invalid_reply", "not the protocol")
    if received.refusal or received.finish in _FILTERED:
        raise LLMFailure("refused")
    # A character may have come as two halves, in two pieces.
    said = received.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    content = json_of(said, mode)
    if received.finish in _CUT_OFF and not is_whole(said):
        raise CutOff if "{" in content else LLMFailure("invalid_reply", "cut off while it was thinking")
    if not content:
        if said.strip():
            raise LLMFailure("invalid_reply", "nothing but thoughts")
        if received.thoughts:
            raise LLMFailure("invalid_reply", "only thoughts")
        raise Retryable("invalid_reply", "empty")  # as DeepSeek and Gemini send now and then
    message = {"role": "assistant", "content": content, "refusal": None}
    choice = {"index": 0, "finish_reason": "stop", "message": message, "logprobs": None}
    return ChatCompletion.construct(
        id="",
        object="chat.completion",
        created=0,
        model=received.model or model,
        choices=[choice],
    )
