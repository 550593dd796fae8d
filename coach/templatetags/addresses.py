"""{% icon "play" %}, and {% url %} that looks up once what is the same on every page.

An icon was a template of its own, and every page has a dozen addresses without a number in them: together a fifth of
the time that it took to write home.
"""

from functools import cache

from django import template
from django.template import defaulttags
from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """The drawing of this name in static/icons.svg; docs/face.md lists them."""
    drawing = '\n<svg class="icon" aria-hidden="true">\n  <use href="{}#{}"></use>\n</svg>\n'
    return format_html(drawing, static("icons.svg"), name)


class KnownAddress(template.Node):
    """The address of a page that needs nothing but its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def render(self, _context: template.Context) -> str:
        return _address(self.name, get_script_prefix(), get_urlconf())


@cache
def _address(name: str, _prefix: str, _urlconf: str | None) -> str:
    return escape(reverse(name))


@register.tag
def url(parser: template.base.Parser, token: template.base.Token) -> template.Node:
    """Django's own, but for a name alone."""
    node = defaulttags.url(parser, token)
    name = node.view_name.var
    takes_more = node.args or node.kwargs or node.asvar or node.view_name.filters
    return node if takes_more or not isinstance(name, str) else KnownAddress(str(name))
