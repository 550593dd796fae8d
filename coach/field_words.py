"""The errors of form fields, in our words instead of Django's.

They are set before the first form is made, for all forms. A form with better words for a field gives them as
`error_messages`.
"""

from django import forms

OURS: dict[type[forms.Field], dict[str, str]] = {
    forms.Field: {"required": "Please fill this in."},
    forms.CharField: {
        "max_length": "This is %(show_value)s characters long; at most %(limit_value)s fit. Please shorten it.",
        "null_characters_not_allowed": "A character in here cannot be kept. Please type it again.",
    },
    forms.IntegerField: {
        "invalid": "Enter a whole number, in digits.",
        "min_value": "Please give at least %(limit_value)s.",
        "max_value": "Please give at most %(limit_value)s.",
    },
    forms.BooleanField: {"required": "Please tick this."},
    forms.ChoiceField: {
        "required": "Please choose one.",
        "invalid_choice": "Please choose one from the list.",
    },
    forms.FileField: {
        "required": "Please choose a file first.",
        "invalid": "The file did not arrive. Please choose it once more.",
        "missing": "The file did not arrive. Please choose it once more.",
        "empty": "That file is empty.",
        "max_length": "The name of that file is too long. Please give it a shorter one.",
        "contradiction": "Please either choose a file or tick the box, not both.",
    },
}


def use_our_words() -> None:
    """Replace Django's words by ours."""
    for kind, words in OURS.items():
        kind.default_error_messages = {**kind.__dict__.get("default_error_messages", {}), **words}
