"""An input without a template is the one that Django's templates make."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import SafeString

from coach.form_renderer import INPUTS, Renderer

VALUES = (None, "", "words", "<b> & \"quotes\" and 'others'", 0, 7.5, True, SafeString("&amp;"))
ATTRIBUTES = ({}, {"id": "id_a", "required": True, "disabled": False, "max": 480, "title": 'a "b" <c>', "data-x": None})


@pytest.mark.parametrize("widget", [forms.TextInput, forms.NumberInput, forms.HiddenInput, forms.DateInput])
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("attributes", ATTRIBUTES)
def test_an_input_is_written_as_django_writes_it(widget, value, attributes):
    assert widget.template_name in INPUTS
    own, djangos = (
        widget().render("name-1", value, attributes, renderer) for renderer in (Renderer(), DjangoTemplates())
    )
    assert own.strip() == djangos.strip()
