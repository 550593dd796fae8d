"""Repairs JSON that is not quite JSON, by the library json-repair, in bounded time."""

import json
import re
from typing import Any

from llm_modes.provider.objects import LONGEST

# The library looks ahead from sign to sign, so its time grows with length times signs, and with how deep things are
# nested: half a second for a text at all of these limits. The longest reply that a mode may give stays below each.
_MOST_WORK, _DEEPEST = 4_000_000, 16
_SIGNS = "\"“”'`{}[]()/#\\"
# It gives up silently what it cannot place. A text that loses more than a word or two was misread.
_MOST_KEPT = 0.98
_STRING = r"(?P<string>\"[^\"\\]*+(?:\\.[^\"\\]*+)*+\")"
_COMMENT = re.compile(rf"{_STRING}|//[^\n]*+|/\*.*?\*/|\#[^\n]*+", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:(u[0-9a-fA-F]{4})|.)", re.DOTALL)
# Within a string such quotes, colons and commas are the text's own.
_CURLY = re.compile(rf"{_STRING}|[“„](?P<curly>[^”“]*+)[”“]|(?P<wide>[：，])", re.DOTALL)
_WIDE = {"：": ":", "，": ","}
_DEPTH = {"{": 1, "[": 1, "(": 1, "}": -1, "]": -1, ")": -1}


def repaired(text: str) -> Any:
    """What the text was meant to say, as JSON's values; None if it is too long, or too far from JSON, to tell."""
    if not _could_be_a_reply(text):
        return None
    from json_repair import loads  # most replies do without

    text = _CURLY.sub(lambda said: said["string"] or _WIDE.get(said["wide"]) or json.dumps(said["curly"]), text)
    try:
        value = loads(text, skip_json_loads=True)
    except Exception:
        # It is made for texts that are broken; one that breaks it is beyond repair.
        return None
    return value if _count(json.dumps(value)) >= _MOST_KEPT * _count(_COMMENT.sub(_without_comment, text)) else None


def _without_comment(part: re.Match[str]) -> str:
    return part["string"] or ""


def _count(text: str) -> int:
    """Letters and digits, whether written or escaped."""
    return sum(map(str.isalnum, _ESCAPED.sub(lambda sign: "x" if sign[1] else "", text)))


def _could_be_a_reply(text: str) -> bool:
    if len(text) > LONGEST or len(text) * sum(map(text.count, _SIGNS)) > _MOST_WORK:
        return False
    depth = 0
    for sign in text:
        depth = max(0, depth + _DEPTH.get(sign, 0))
        if depth > _DEEPEST:
            return False
    return True
