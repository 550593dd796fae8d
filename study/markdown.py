"""Markdown of candidates and the coach as HTML: no raw HTML in it, no pictures, no links that run something."""

from collections.abc import Callable

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block

# Lists and quotations within each other, beyond which their marks are text. At its own limit of 20 the parser would
# leave out everything that follows, and each level costs another look at every line.
_DEEPEST = 12


def shallow(parser: MarkdownIt) -> MarkdownIt:
    """The parser, with lists and quotations bounded in depth (a list counts twice, for itself and its point)."""
    for name, rule, ends in (
        ("list", list_block, ["paragraph", "reference", "blockquote"]),
        ("blockquote", blockquote, ["paragraph", "reference", "blockquote", "list"]),
    ):
        parser.block.ruler.at(name, _bounded(rule), {"alt": ends})
    return parser


def _bounded(rule: Callable[[StateBlock, int, int, bool], bool]) -> Callable[[StateBlock, int, int, bool], bool]:
    def bounded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level < _DEEPEST and rule(state, start, end, silent)

    return bounded


# "html": what looks like a tag is shown as text. Links to javascript:, data: and file: are refused by the parser.
_PARSER = shallow(MarkdownIt("commonmark", {"html": False})).disable(["image", "html_block", "html_inline"])


def render(text: str, *, top: int = 2) -> SafeString:
    """The text as HTML whose highest heading is <h`top`>."""
    tokens = _PARSER.parse(text)
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    lift = min(levels, default=top) - top
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) - lift)}"
    return mark_safe(_PARSER.renderer.render(tokens, _PARSER.options, {}))  # noqa: S308 - raw HTML is off, see above
