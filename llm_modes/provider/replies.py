"""Reading the text of a reply, whole or as far as it has come. The mode's schema.py says what it has to keep to."""

from typing import Any

import jiter
from pydantic import ValidationError

from llm_modes.language.mode import Mode
from llm_modes.language.words import clipping


def json_of(content: str) -> str:
    """The JSON object in a reply; the reply without its thoughts if it has none. Some models put it in a fence."""
    content = _without_thoughts(content)
    start = content.find("{")
    end = content.rfind("}")
    return content[start : end + 1] if 0 <= start < end else content


def so_far(content: str) -> dict[str, Any] | None:
    """The readable part of a reply that is still being written; None if nothing can be read yet."""
    content = _without_thoughts(content)
    start = content.find("{")
    try:
        part = jiter.from_json(content[max(start, 0) :].encode(), partial_mode="trailing-strings")
    except ValueError:
        return None
    return part if isinstance(part, dict) else None


def clipped(mode: Mode, content: str) -> Any | None:
    """The reply with its texts clipped, when word limits are all that is wrong with it; else None."""
    try:
        with clipping():
            return mode.reply.model_validate_json(content)
    except ValidationError:
        return None


def is_whole(content: str) -> bool:
    """Whether nothing of the reply's JSON is missing."""
    try:
        jiter.from_json(json_of(content).encode())
    except ValueError:
        return False
    return True


def _without_thoughts(content: str) -> str:
    """What follows the thoughts that some models write before their answer; "" while they are still thinking."""
    return content.partition("</think>")[2] if content.lstrip().startswith("<think>") else content
