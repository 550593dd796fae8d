"""Finds the JSON objects in the text of a reply: without thoughts, and whatever prose stands around them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# Tags of thoughts that models have been seen to write, and the channels of gpt-oss where a server lets them through.
_NAME = r"(?:seed:|ant)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|analysis|scratchpad)"
_OPENED = (
    rf"<{_NAME}(?:\s[^<>]{{0,80}})?(?<!/)>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|START_THINKING\|>"
    r"|<\|channel\|>\s*(?:analysis|commentary)\b"
)
_CLOSED = rf"</{_NAME}\s*>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|END_THINKING\|>|<\|channel\|>\s*final\b"
# What may begin an object, quoted as in JSON or not; braces in prose and in formulas do not look like that.
_OBJECT = r"\{(?=\s*+(?:[\"'“”„‘’}]|[\w$-]++[\"'”]?\s*+:|//|/\*|\#|\Z))"
_MARK = re.compile(f"(?P<opened>{_OPENED})|(?P<closed>{_CLOSED})|(?P<object>{_OBJECT})", re.IGNORECASE)
_OPENED_MARK = re.compile(_OPENED, re.IGNORECASE)
_CLOSED_MARK = re.compile(_CLOSED, re.IGNORECASE)
_LINE_ENDS_MAY_BE_RAW = json.JSONDecoder(strict=False)
# After so many braces of a text that begin no object that can be read it is no reply; each is read as far as it goes.
_MOST_UNREADABLE = 12
# Characters of an object that is not quite JSON; no mode has a longer reply.
LONGEST = 16_000

# Strings and brackets of an object whose strings stand between such marks. A string that does not end goes to the end.
_DOUBLE = r"(?P<string>\"[^\"\\]*+(?:\\.[^\"\\]*+)*+(?:\"|(?P<open>\Z|\\\Z)))"
_SINGLE = r"(?P<single>'[^'\\]*+(?:\\.[^'\\]*+)*+(?:'|(?P<open_single>\Z|\\\Z)))"
_CURLY = r"(?P<curly>[“„][^”“]*+(?:[”“]|(?P<open_curly>\Z)))"
_BRACKET = r"(?P<bracket>[{}\[\]])"
_TOKENS = re.compile(f"{_DOUBLE}|{_CURLY}|{_BRACKET}", re.DOTALL)
_TOKENS_IN_SINGLE_QUOTES = re.compile(f"{_DOUBLE}|{_SINGLE}|{_BRACKET}", re.DOTALL)
_QUOTE = re.compile("[\"'“„]")


@dataclass(frozen=True)
class Found:
    """A part of a text that is an object, or looks like one.

    `value` is None where it cannot be read as it is. `ends`: by its brackets; else it goes as far as the model spoke.
    """

    text: str
    value: dict[str, Any] | None
    ends: bool = True


def behind_thoughts(content: str) -> int:
    """Where the text behind the last thought that ends begins; 0 if none does."""
    end = 0
    for mark in _CLOSED_MARK.finditer(content):
        end = mark.end()
    return end


def without_thoughts(content: str) -> str:
    """The text that is said, and not thought: "" for a model that has not come to an end of its thoughts."""
    said: list[str] = []
    place = 0
    while mark := _MARK.search(content, place):
        if mark["closed"]:
            said.clear()
        elif mark["opened"]:
            said.append(content[place : mark.start()])
            closed = _CLOSED_MARK.search(content, mark.end())
            if closed is None:
                return "".join(said).strip()
            mark = closed
        else:
            said.append(content[place : mark.end()])
        place = mark.end()
    return "".join([*said, content[place:]]).strip()


def found_in(content: str, start: int = 0) -> list[Found]:
    """What is an object in the text from `start` on, or looks like one, in order; those within others are left out.

    A thought whose end has no beginning hides all that stands before it.
    """
    found: list[Found] = []
    unreadable, place, spoken = 0, start, start
    while mark := _MARK.search(content, place):
        place = mark.end()
        if mark["opened"]:
            closed = _CLOSED_MARK.search(content, place)
            if closed is None:
                break
            place = closed.end()
        elif mark["closed"]:
            found.clear()
        elif unreadable == _MOST_UNREADABLE:
            continue
        elif read := object_at(content, mark.start()):
            value, place = read
            if value:
                found.append(Found(content[mark.start() : place], value))
        else:
            unreadable += 1
            end = end_of(content, mark.start())
            spoken = spoken if spoken > place else _end_of_speech(content, place)
            found.append(Found(content[mark.start() : end or spoken], None, ends=bool(end)))
            place = end or place
    return found


def object_at(content: str, start: int) -> tuple[dict[str, Any], int] | None:
    """The whole object that begins here, and where it ends; None if it is not quite JSON. Line ends may be raw."""
    try:
        value, end = _LINE_ENDS_MAY_BE_RAW.raw_decode(content, start)
    except (ValueError, RecursionError):
        return None
    return (value, end) if isinstance(value, dict) else None


def starts(content: str, start: int) -> Iterator[int]:
    """Where objects may begin in a growing text, from `start` on, until a thought begins."""
    for mark in _MARK.finditer(content, start):
        if mark["opened"]:
            return
        yield mark.start()


def is_cut_off(text: str) -> bool:
    """Whether more is missing of a text that looks like an object than its last brace."""
    depth, is_open = 0, False
    for token in _tokens(text, 0):
        bracket = token["bracket"]
        depth += 0 if bracket is None else 1 if bracket in "{[" else -1
        is_open = bracket is None and _is_open(token)
    return is_open or depth > 1 or text.endswith((",", ":"))


def end_of(content: str, start: int) -> int | None:
    """Where the object that begins here ends, by its brackets outside of strings; None if it does not, or too late."""
    depth = 0
    for token in _tokens(content, start):
        if bracket := token["bracket"]:
            depth += 1 if bracket in "{[" else -1
            if depth <= 0:
                return token.end()
    return None


def _end_of_speech(content: str, start: int) -> int:
    thought = _OPENED_MARK.search(content, start)
    return len(content[: thought.start() if thought else None].rstrip().removesuffix("```").rstrip())


def _tokens(content: str, start: int) -> Iterator[re.Match[str]]:
    quote = _QUOTE.search(content, start)
    tokens = _TOKENS_IN_SINGLE_QUOTES if quote and quote[0] == "'" else _TOKENS
    return tokens.finditer(content, start, start + LONGEST)


def _is_open(token: re.Match[str]) -> bool:
    return any(group.startswith("open") and said is not None for group, said in token.groupdict().items())
