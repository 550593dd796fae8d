"""Texts that candidates write: cleaned of what cannot be typed, never shortened."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator

# Control characters (they come with pasted text and show nowhere) and halves of characters; not \n and \t.
_UNTYPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")

# Unseen, though Unicode has them among letters and signs: fillers of Hangul, Braille without a dot, an empty note, and
# what a pasted picture leaves.
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159\ufffc")
# Separators, controls, formats (joiners, direction, tags), halves, and marks, which need a letter to stand with.
_UNSEEN = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"))


def is_seen(letter: str) -> bool:
    """True for a character that shows something by itself."""
    return unicodedata.category(letter) not in _UNSEEN and letter not in BLANK


def _typed(text: str) -> str:
    """Nothing at all where nobody would see anything. Unseen characters between others stay: they join and shape."""
    text = _UNTYPED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if any(map(is_seen, text)) else ""


def clean_text(text: str) -> str:
    """Unix line ends, no control characters, no outer white space. A megabyte takes some milliseconds.

    A text of characters that nobody sees is empty.
    """
    return _typed(text).strip()


def clean_markdown(text: str) -> str:
    """The same, except that the first line keeps its indentation: it may be code."""
    text = _typed(text).rstrip()
    return text[text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1 :]


def one_line(text: str) -> str:
    """A name or a heading: cleaned, with single spaces."""
    return " ".join(clean_text(text).split())


def isolated(name: str) -> str:
    """The name for a sentence of ours: if it runs from right to left, it takes no signs and figures beside it along.

    It then stands between the two signs that Unicode has for this (FSI and PDI); others stay as they are.
    """
    runs_left = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name)
    return f"\u2068{name}\u2069" if runs_left else name


class CandidateTextField(forms.CharField):
    """A long text of the candidate: says its limit before and after, and clears nothing."""

    widget = forms.Textarea

    def __init__(self, *, max_characters: int, **kwargs: Any) -> None:
        self.max_characters = max_characters
        super().__init__(strip=False, **kwargs)
        # Not a maxlength: a browser would cut a pasted text without a word.
        self.widget.attrs.setdefault("data-limit", str(max_characters))
        self.widget.attrs.setdefault("dir", "auto")

    def to_python(self, value: Any) -> str:
        return self.clean_typed(super().to_python(value) or "")

    def clean_typed(self, text: str) -> str:
        """The text as it is kept."""
        return clean_text(text)

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.max_characters:
            raise forms.ValidationError(
                f"This is {len(value):,} characters long; at most {self.max_characters:,} fit. "
                "Nothing was cut: shorten it and send it again."
            )

    def run_validators(self, value: str) -> None:
        """No null-character check: `to_python` has removed them."""
        if value not in self.empty_values:
            for validator in self.validators:
                if not isinstance(validator, ProhibitNullCharactersValidator):
                    validator(value)


class MarkdownField(CandidateTextField):
    """The same for Markdown, in which the indentation of the first line says something."""

    def clean_typed(self, text: str) -> str:
        """The text as it is kept."""
        return clean_markdown(text)
