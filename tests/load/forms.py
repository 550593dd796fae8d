"""The forms of a page, read quickly: the generator of the load shares its two cores with the program."""

import re
from html import unescape

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_FIELD = re.compile(
    r"<(input|button)\b([^>]*)>|<textarea\b([^>]*)>\n?(.*?)</textarea>|<select\b([^>]*)>(.*?)</select>", re.DOTALL
)
_CHOICE = re.compile(r"<option\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


def _attributes(tag: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}


class Form:
    """A form as it stands in a page: `attributes` of the tag, and `fields` with what a browser would send."""

    def __init__(self, tag: str, inside: str) -> None:
        self.attributes = _attributes(tag)
        self.inside = inside
        self.fields = dict(_fields(inside))

    @property
    def action(self) -> str:
        """Where it goes; "" to the page itself."""
        return self.attributes.get("action", "")


def forms(html: str) -> list[Form]:
    """Those that are posted, in the order of the page."""
    found = [Form(tag, inside) for tag, inside in _FORM.findall(html)]
    return [form for form in found if form.attributes.get("method", "").lower() == "post"]


def _fields(inside: str) -> list[tuple[str, str]]:
    found = []
    for kind, tag, area, text, select, choices in _FIELD.findall(inside):
        attributes = _attributes(tag or area or select)
        if "name" not in attributes or kind == "button" or attributes.get("type") in ("submit", "file"):
            continue
        if attributes.get("type") in ("checkbox", "radio") and "checked" not in attributes:
            continue
        value = unescape(text) if area else _chosen(choices) if select else attributes.get("value", "")
        found.append((attributes["name"], value))
    return found


def _chosen(choices: str) -> str:
    """The value of the choice that is selected, or of the first one."""
    values = [_attributes(tag) for tag in _CHOICE.findall(choices)]
    selected = [one for one in values if "selected" in one] or values[:1]
    return selected[0].get("value", "") if selected else ""
