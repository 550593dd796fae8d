"""Texts that candidates write: cleaned of what cannot be typed, never shortened."""

import unicodedata
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator

_KEPT = {"\n", "\t"}


def clean_text(text: str) -> str:
    """Unix line ends, no control characters (they come with pasted text and show nowhere), no outer white space."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character for character in text if character in _KEPT or unicodedata.category(character) not in ("Cc", "Cs")
    ).strip()


def one_line(text: str) -> str:
    """A name or a heading: cleaned, with single spaces."""
    return " ".join(clean_text(text).split())


class CandidateTextField(forms.CharField):
    """A long text of the candidate: says its limit before and after, and clears nothing."""

    widget = forms.Textarea

    def __init__(self, *, max_characters: int, **kwargs: Any) -> None:
        self.max_characters = max_characters
        super().__init__(strip=False, **kwargs)
        # Not a maxlength: a browser would cut a pasted text without a word.
        self.widget.attrs.setdefault("data-limit", str(max_characters))

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")

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
