"""Tokens of one request: as the server counted them, or else as we estimate them from what was sent and received.

A failed request counts what was sent, because many providers bill the prompt of a reply that never came. A refused one
(400, 401, 429) counts, too: it is rare, and the rule stays simple. If no byte was sent (nobody listens, the address is
wrong), it counts nothing. Estimates are rather too high (language.tokens), and the ledger marks them.
"""

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from llm_modes.language.tokens import estimate

# A larger number cannot be a count: it is far beyond every model's context.
_MOST_TOKENS = 2_000_000
# What a message costs besides its text: its role, and the marks for its begin and end.
_TOKENS_PER_MESSAGE = 4
# For a reply that broke off, of which only the number of bytes is known.
_BYTES_PER_TOKEN = 4


class Usage(NamedTuple):
    """Tokens of one request. `cached`: a part of `input`. `estimated`: the server did not tell them all."""

    input: int = 0
    cached: int = 0
    output: int = 0
    estimated: bool = False


def prompt_tokens(request: Mapping[str, Any]) -> int:
    """About how many tokens the whole prompt takes: the messages, and a schema that the model is shown.

    That is one in the form `json_schema`, as OpenAI counts it. Beside a JSON object it only holds what is written.
    """
    messages = request.get("messages") or []
    texts = sum(_TOKENS_PER_MESSAGE + _tokens_of(message) for message in messages)
    form = request.get("response_format") or {}
    return texts + (estimate(json.dumps(form)) if form.get("type") == "json_schema" else 0)


def _tokens_of(message: Mapping[str, Any]) -> int:
    text = str(message.get("content") or "")
    return _of_rules(text) if message.get("role") == "system" else estimate(text)


@lru_cache(maxsize=64)
def _of_rules(text: str) -> int:
    """Of a mode's rules, which are the same in every call. Nothing that a candidate wrote is kept here."""
    return estimate(text)


def usage_of(
    answer: Any, *, sent: int, received: int, names: tuple[str, str] = ("prompt_tokens", "completion_tokens")
) -> Usage:
    """The tokens that the server counted; our estimates `sent` and `received` if it says nothing, nonsense or 0.

    `names`: the fields of the server's counts for input and output.
    """
    said = _field(answer, "usage")
    prompt, output = _count(said, names[0]), _count(said, names[1])
    cached = _count(_field(said, "prompt_tokens_details"), "cached_tokens")
    counted_input, counted_output = prompt or sent, output or received
    return Usage(
        input=counted_input,
        cached=min(cached, counted_input),
        output=counted_output,
        estimated=(counted_input, counted_output) != (prompt, output),
    )


def byte_tokens(size: int) -> int:
    """About how many tokens `size` bytes of an unreadable reply are."""
    return math.ceil(size / _BYTES_PER_TOKEN)


def _field(said: Any, name: str) -> Any:
    """Of the SDK's objects, or of what a server sent."""
    return said.get(name) if isinstance(said, Mapping) else getattr(said, name, None)


def _count(usage: Any, name: str) -> int:
    """The number of tokens in this field; 0 if there is none, or nonsense."""
    number = _field(usage, name)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return 0
    # NaN and infinity are in no range.
    return int(number) if 0 <= number <= _MOST_TOKENS else 0
