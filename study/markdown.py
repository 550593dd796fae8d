"""Markdown of candidates and the coach as HTML: no raw HTML in it, no pictures, no links that run something."""

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# "html": what looks like a tag is shown as text. Links to javascript:, data: and file: are refused by the parser.
_PARSER = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])


def render(text: str, *, top: int = 2) -> SafeString:
    """The text as HTML whose highest heading is <h`top`>."""
    tokens = _PARSER.parse(text)
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    lift = min(levels, default=top) - top
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) - lift)}"
    return mark_safe(_PARSER.renderer.render(tokens, _PARSER.options, {}))  # noqa: S308 - raw HTML is off, see above
