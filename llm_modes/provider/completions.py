"""Reads a completion. Servers differ in how they speak the OpenAI protocol; this accepts all that we have met."""

from collections.abc import Callable
from typing import Any

import openai
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from llm_modes.failures import LLMFailure
from llm_modes.provider.faults import Retryable
from llm_modes.provider.replies import is_whole, json_of

# A growing reply is shown again when it has grown by this part of its length: each time it is parsed from the start.
_WORTH_A_LOOK = 1 / 100


def checked(completion: Any) -> ChatCompletion:
    """The completion, with only the JSON as its content. The JSON is not validated here.

    Raises LLMFailure, because asking again would not help: not the protocol, refused, filtered, cut off or empty.
    """
    choices = getattr(completion, "choices", None)
    message = getattr(choices[0], "message", None) if isinstance(choices, list) and choices else None
    if not isinstance(completion, ChatCompletion) or message is None:
        raise LLMFailure("invalid_reply", "not the protocol")
    finish = completion.choices[0].finish_reason
    if getattr(message, "refusal", None) or finish == "content_filter":
        raise LLMFailure("refused")
    content = getattr(message, "content", None)
    if finish == "length":
        raise LLMFailure("invalid_reply", "cut off")
    if not content or not isinstance(content, str):
        raise LLMFailure("invalid_reply", "empty")
    message.content = json_of(content)
    return completion


def assembled(
    stream: openai.Stream[ChatCompletionChunk], *, model: str, on_content: Callable[[str], None]
) -> ChatCompletion:
    """Read a streamed reply to its end. `on_content` gets all its text so far, each time it has grown enough.

    Raises Retryable if the stream breaks off, and ValueError if it is neither a stream nor a completion.
    """
    if not stream.response.headers.get("content-type", "").startswith("text/event-stream"):
        # This server does not stream, or it is no LLM.
        return ChatCompletion.model_validate_json(stream.response.read())
    content, shown, refusal, finish, usage = "", 0, "", None, None
    for chunk in stream:
        model = getattr(chunk, "model", None) or model
        usage = getattr(chunk, "usage", None) or usage
        for choice in (getattr(chunk, "choices", None) or [])[:1]:
            finish = getattr(choice, "finish_reason", None) or finish
            delta = getattr(choice, "delta", None)
            refusal += getattr(delta, "refusal", None) or ""
            if written := getattr(delta, "content", None):
                content += written
                if len(content) - shown > shown * _WORTH_A_LOOK:
                    shown = len(content)
                    on_content(content)
    if finish is None and not is_whole(content):
        raise Retryable("unreachable")
    message = {"role": "assistant", "content": content, "refusal": refusal or None}
    return _completion(message, finish or "stop", model, usage)


def _completion(message: dict[str, Any], finish: str, model: str, usage: Any) -> ChatCompletion:
    """It is not validated, as the SDK does not validate either: a server may have a finish reason of its own."""
    choice = {"index": 0, "finish_reason": finish, "message": message, "logprobs": None}
    return ChatCompletion.construct(
        id="", object="chat.completion", created=0, model=model, choices=[choice], usage=usage
    )
