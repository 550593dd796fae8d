"""Writes input fields without templates, and everything else of forms as Django does."""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Widgets whose template is Django's for an input, and nothing more.
INPUTS = frozenset(f"django/forms/widgets/{name}.html" for name in ("input", "text", "number", "hidden", "date"))


class Renderer(DjangoTemplates):
    """Django's own, but for inputs: a page with a plan has some thirty, and each was two templates."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        """What the template would have made."""
        if template_name in INPUTS:
            return an_input(context["widget"])
        return SafeString(super().render(template_name, context, request))


def an_input(widget: dict[str, Any]) -> SafeString:
    """The tag, as Django's two templates write it."""
    value = widget["value"]
    return format_html(
        '<input type="{}" name="{}"{}{}>',
        widget["type"],
        widget["name"],
        "" if value is None else format_html(' value="{}"', value),
        format_html_join("", "{}", ((_attribute(*one),) for one in widget["attrs"].items() if one[1] is not False)),
    )


def _attribute(name: str, value: Any) -> SafeString:
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)
