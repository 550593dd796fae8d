"""The events of a stream, as servers really send them: the JSON of each, whatever stands around it."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import jiter

DONE = "[DONE]"
# With one of these a stream begins; old llama.cpp servers have a field "error:".
BEGIN = (b"data:", b"event:", b"id:", b"retry:", b"error:", b":")
# An event of more lines is none: nobody prints one piece of a reply over so many.
_MOST_LINES = 100


def events(chunks: Iterable[bytes]) -> Iterator[Any]:
    """The JSON of each event, and DONE. What is none is left out, as lines that only keep the connection alive.

    An error comes as the object {"error": …}, also where only the name of the event, or of its field, says that it is
    one. Lines of JSON without "data:", and events without a blank line between them, are read too.
    """
    lines: list[bytes] = []
    is_error = False
    for line in _lines(chunks):
        field, _, value = line.partition(b":")
        if line.startswith(b"{"):
            field, value = b"data", line
        if field == b"event":
            is_error = value.strip() == b"error"
        elif field == b"error":
            yield _as_error(value.strip())
        elif field == b"data" and len(lines) < _MOST_LINES:
            lines.append(value.strip())
            event = _as_error(value.strip()) if is_error else _read(b"\n".join(lines))
            if event is not None:
                yield event
                lines = []
        elif not line:
            lines, is_error = [], False


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    left = b""
    for chunk in chunks:
        *whole, left = (left + chunk).split(b"\n")
        yield from (line.strip() for line in whole)
    yield left.strip()


def _read(data: bytes) -> Any:
    """What the data says; None where it is not JSON. A character that was cut in two is read as far as that goes."""
    if data == DONE.encode():
        return DONE
    if not data.endswith((b"}", b"]", b'"')):
        return None
    try:
        return jiter.from_json(data)
    except ValueError:
        pass
    try:
        return json.loads(data.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None


def _as_error(data: bytes) -> dict[str, Any]:
    said = _read(data)
    if isinstance(said, dict) and "error" in said:
        return said
    return {"error": data.decode(errors="replace") if said is None else said}
