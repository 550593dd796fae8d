"""The text of a Word document (.docx). Its macros are never run, nor its links followed."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from docx import Document

from coach.files.refusal import MOST_CHARACTERS, Refused

# Of all its parts when they are unpacked. No part can be longer than the package says of it: its reader stops there.
MOST_UNPACKED, MOST_PARTS = 30_000_000, 2_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BREAKS = {f"{_WORD}p": "\n", f"{_WORD}br": "\n", f"{_WORD}cr": "\n", f"{_WORD}tab": "\t", f"{_WORD}noBreakHyphen": "-"}
# Some programs put a number into the name.
_MAIN_PART = re.compile(r"word/document\d*\.xml")
# A text box stands there a second time, for programs that do not know text boxes.
_SAID_TWICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def read(content: bytes) -> str:
    """The text with its tables and text boxes. Raises Refused, and whatever the library makes of a broken file."""
    try:
        with ZipFile(BytesIO(content)) as package:
            _check(package)
    except BadZipFile:
        raise Refused("broken") from None
    text = "".join(_texts(Document(BytesIO(content)).element.body))
    if len(text) > MOST_CHARACTERS:
        raise Refused("too_long")
    return text


def _check(package: ZipFile) -> None:
    """Refuse what must not be opened as a document. Raises Refused."""
    parts = package.infolist()
    names = {part.filename.lower() for part in parts}
    if not any(map(_MAIN_PART.fullmatch, names)):
        raise Refused("unknown")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refused("too_much")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Refused("macros")
    for part in parts:
        # Word writes no such declarations. They are for entities: of files of ours, or that grow without end.
        if part.filename.lower().endswith((".xml", ".rels")) and b"<!DOCTYPE" in package.read(part).replace(b"\0", b""):
            raise Refused("broken")


def _texts(body: Any) -> Iterator[str]:
    """The texts of all elements in their order."""
    twice: set[Any] = set()
    for element in body.iter():
        if element.tag == _SAID_TWICE:
            twice.update(element.iter())
        elif element not in twice and element.tag == f"{_WORD}t":
            yield element.text or ""
        elif element not in twice and element.tag in _BREAKS:
            yield _BREAKS[element.tag]
