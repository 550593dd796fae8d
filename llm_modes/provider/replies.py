"""Reading a completion: what servers send in the OpenAI protocol differs in more than its content."""

from collections.abc import Callable
from typing import Any

import jiter
import openai
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from llm_modes.provider.failures import LLMFailure
from llm_modes.provider.faults import Retryable

# A growing reply is looked at anew when it has grown by this share: each look reads it from its beginning.
_WORTH_A_LOOK = 1 / 100


def json_of(content: str) -> str:
    """The JSON object in a reply: some models think aloud before it, or put it into a code fence."""
    if content.lstrip().startswith("<think>"):
        content = content.partition("</think>")[2]
    start = content.find("{")
    end = content.rfind("}")
    return content[start : end + 1] if 0 <= start < end else content


def so_far(content: str) -> dict[str, Any] | None:
    """What can be read of a reply that is still being written; None while that is nothing."""
    if content.lstrip().startswith("<think>"):
        content = content.partition("</think>")[2]
    start = content.find("{")
    try:
        part = jiter.from_json(content[max(start, 0) :].encode(), partial_mode="trailing-strings")
    except ValueError:
        return None
    return part if isinstance(part, dict) else None


def checked(completion: Any) -> ChatCompletion:
    """The completion, with the bare JSON as its content. Raises LLMFailure for what asking again cannot mend.

    That is: nothing in the protocol's shape, a refusal, a content filter, truncation.
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
    """Read a streamed reply to its end; `on_content` gets all of its text so far whenever it has grown.

    Raises Retryable when the stream breaks off, ValueError when it is no stream of ours at all.
    """
    if not stream.response.headers.get("content-type", "").startswith("text/event-stream"):
        # This server does not stream, or is no LLM.
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
    if finish is None and not _is_whole(content):
        raise Retryable("unreachable")
    message = {"role": "assistant", "content": content, "refusal": refusal or None}
    choice = {"index": 0, "finish_reason": finish or "stop", "message": message, "logprobs": None}
    # Not validated, as the SDK does not validate either: a finish reason of its own is no fault of a server.
    return ChatCompletion.construct(
        id="", object="chat.completion", created=0, model=model, choices=[choice], usage=usage
    )


def _is_whole(content: str) -> bool:
    try:
        jiter.from_json(json_of(content).encode())
    except ValueError:
        return False
    return True
