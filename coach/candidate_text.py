"""Cleans texts that candidates write of characters that nobody can type. It never shortens a text."""

import re
import unicodedata
from hashlib import sha256
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator

# Control characters (pasted text has them, and nobody sees them) and halves of characters; but not \n and \t.
_UNTYPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")

# Invisible, though Unicode counts them as letters and signs: fillers of Hangul, Braille without a dot, an empty note,
# and what remains of a pasted picture.
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159\ufffc")
# Separators, controls, formats (joiners, direction, tags), halves; and marks, which need a letter before them.
_UNSEEN = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"))


def is_seen(letter: str) -> bool:
    """Whether the character alone is visible."""
    return unicodedata.category(letter) not in _UNSEEN and letter not in BLANK


def _typed(text: str) -> str:
    """The text with Unix line ends and without control characters; "" if nothing in it is visible.

    Invisible characters between visible ones stay: they join and shape letters.
    """
    text = _UNTYPED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if any(map(is_seen, text)) else ""


def clean_text(text: str) -> str:
    """The text with Unix line ends, without control characters and outer white space; "" if nothing is visible."""
    return _typed(text).strip()


def clean_markdown(text: str) -> str:
    """As `clean_text`, but the first line keeps its indentation, because it may be code."""
    text = _typed(text).rstrip()
    return text[text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1 :]


def one_line(text: str) -> str:
    """A name or a heading: cleaned, on one line, with single spaces."""
    return " ".join(clean_text(text).split())


def digest_of(text: str) -> str:
    """64 letters and figures by which a page can tell with which cleaned text it began."""
    return sha256(text.encode()).hexdigest()


def quoted(name: str) -> str:
    """A name between quotation marks, none of which is its own: who reads it in a sentence takes it whole."""
    return "“" + re.sub("[“”]", '"', one_line(name)) + "”"


def isolated(name: str) -> str:
    """The name for a sentence of ours, so that right-to-left letters in it do not move the signs and figures beside it.

    Such a name gets Unicode's isolating characters around it (FSI and PDI). Other names stay as they are.
    """
    runs_left = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name)
    return f"\u2068{name}\u2069" if runs_left else name


class CandidateTextField(forms.CharField):
    """A long text of the candidate. The page tells its limit (in characters), and a text over the limit is not cut."""

    widget = forms.Textarea

    def __init__(self, *, max_characters: int, **kwargs: Any) -> None:
        self.max_characters = max_characters
        super().__init__(strip=False, **kwargs)
        # No maxlength: with it a browser cuts a pasted text and does not say so.
        self.widget.attrs.setdefault("data-limit", str(max_characters))
        self.widget.attrs.setdefault("dir", "auto")

    def to_python(self, value: Any) -> str:
        return self.clean_typed(super().to_python(value) or "")

    def clean_typed(self, text: str) -> str:
        """The text as it is stored."""
        return clean_text(text)

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.max_characters:
            raise forms.ValidationError(
                f"This is {len(value):,} characters long; at most {self.max_characters:,} fit. "
                "Nothing was cut: shorten it and send it again."
            )

    def run_validators(self, value: str) -> None:
        """Run all validators but the one for null characters: `to_python` has removed these."""
        if value not in self.empty_values:
            for validator in self.validators:
                if not isinstance(validator, ProhibitNullCharactersValidator):
                    validator(value)


class MarkdownField(CandidateTextField):
    """The same for Markdown, where the indentation of the first line has a meaning."""

    def clean_typed(self, text: str) -> str:
        """The text as it is stored."""
        return clean_markdown(text)
