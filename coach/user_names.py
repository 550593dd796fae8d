"""User names: what may be one, and the key that is the same for all spellings of one name.

Only this module folds names. PostgreSQL's LOWER() and UPPER() and Python's casefold() disagree about ı, ς and ß, so no
query folds: keys are stored, and compared as they are.
"""

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

MAX_CHARACTERS = 150
# The longest ligature, ﷺ, becomes eighteen letters.
MAX_KEY_CHARACTERS = 20 * MAX_CHARACTERS

SIGNS = frozenset("@.+-_")
# With no-break spaces, so that the signs stay on one line.
_TEXT = "letters of any script, digits and @\u00a0.\u00a0+\u00a0-\u00a0_"
HELP_TEXT = _TEXT.capitalize()
# Between a key and the number that tells two accounts of release 0.1 with the same key apart. No name may have it.
NUMBER_SIGN = "#"

_JOINERS = frozenset("\u200c\u200d")
_DOT_ABOVE = "\u0307"
# The categories of letters, of digits, and of marks above, below and beside letters.
_WRITTEN = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Mn", "Mc"))
_VIRAMA = 9  # the combining class of the sign that removes a letter's vowel, in the scripts of India
# Letters that look like i (or j) but for the dot, the case or the script; the two ways of writing an Arabic yeh and
# kaf; and the stroke that only stretches an Arabic word.
_ALIKE = str.maketrans(dict.fromkeys("ıɩɪιіꙇᎥꟾ", "i") | {"ȷ": "j", "ی": "ي", "ى": "ي", "ک": "ك", "ـ": None})
# The circle of a Thai or Lao am looks the same before and after the sign of its tone.
_CIRCLE_THEN_TONE = re.compile("([\u0e4d\u0ecd])([\u0e48-\u0e4b\u0ec8-\u0ecb])")
# Invisible characters: Unicode's default ignorable ones, besides the format characters (Cf).
_INVISIBLE = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)


def as_written(name: str) -> str:
    """The name as it is stored: in NFC, without outer spaces."""
    return unicodedata.normalize("NFC", name).strip()


def search_key(term: str) -> str:
    """The key of a part of a name, for searching. If it is longer than any name: a key that no name contains."""
    return name_key(term) if len(term) <= MAX_CHARACTERS else NUMBER_SIGN * MAX_CHARACTERS


def name_key(name: str) -> str:
    """The key of a name. Spellings that differ in case, width, ligatures, digits, dots of i or joiners have the same.

    The key of a key is the key itself. A name of MAX_CHARACTERS has a key of at most MAX_KEY_CHARACTERS.
    """
    key = _fold(name)
    while (again := _fold(key)) != key:
        key = again
    return key


def _fold(name: str) -> str:
    letters: list[str] = []
    base = ""
    apart = unicodedata.normalize("NFKD", name.casefold()).casefold().translate(_ALIKE)
    for letter in _CIRCLE_THEN_TONE.sub(r"\2\1", apart):
        if _is_invisible(letter) or (letter == _DOT_ABOVE and base in ("i", "j")):
            continue
        if not unicodedata.combining(letter):
            base = letter
        letters.append(str(unicodedata.decimal(letter, letter)))
    return unicodedata.normalize("NFKC", "".join(letters)).strip()


def _is_invisible(letter: str) -> bool:
    code = ord(letter)
    return unicodedata.category(letter) == "Cf" or any(first <= code <= last for first, last in _INVISIBLE)


def validate_user_name(name: str) -> None:
    """Raise ValidationError, in words for the person who typed it, if this cannot be a user name."""
    written = as_written(name)
    for letter in written:
        if not _is_written(letter) and letter not in SIGNS and letter not in _JOINERS:
            raise ValidationError(f"A user name cannot hold {_shown(letter)}, only {_TEXT}", code="invalid")
    padded = f" {written} "
    if not all(_fits(*around) for around in zip(padded, padded[1:], padded[2:], strict=False)):
        raise ValidationError(
            "In this user name an accent or a joining sign has no letter to stand with.", code="invalid"
        )


def _is_written(letter: str) -> bool:
    return unicodedata.category(letter) in _WRITTEN and not _is_invisible(letter)


def _shown(letter: str) -> str:
    if letter.isspace():
        return "a space"
    return "a sign that nobody sees" if _is_invisible(letter) or not letter.isprintable() else f"“{letter}”"


def _fits(before: str, letter: str, behind: str) -> bool:
    """Whether `letter` may stand there. A mark needs a letter before it; a joiner needs two letters, or a virama."""
    if letter in _JOINERS:
        return unicodedata.combining(before) == _VIRAMA or (_is_written(before) and _is_written(behind))
    return not unicodedata.category(letter).startswith("M") or _is_written(before) or before in _JOINERS


def belongs_to(key: str, name: str) -> bool:
    """Whether the stored key is the key of this name, with or without a number."""
    return key.partition(NUMBER_SIGN)[0] == name_key(name)


class UserNameField(models.CharField):
    """A user name. It is stored as `as_written` gives it, wherever it comes from."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": MAX_CHARACTERS, **kwargs})

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return as_written(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return as_written(value) if isinstance(value, str) else value


class NameKeyField(models.CharField):
    """The key of the row's `username`. It is computed whenever a row is saved, so no code can forget it.

    If two accounts of release 0.1 have the same key, a number after NUMBER_SIGN tells them apart until one is renamed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": MAX_KEY_CHARACTERS, "editable": False, "blank": True, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        stored = getattr(model_instance, self.attname) or ""
        name: str = model_instance.username  # type: ignore[attr-defined]
        key = stored if belongs_to(stored, name) else name_key(name)
        setattr(model_instance, self.attname, key)
        return key
