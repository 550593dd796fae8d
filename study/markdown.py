"""Markdown of candidates and the coach as safe HTML: without raw HTML, pictures and links that run code."""

from collections.abc import Callable

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block

# The deepest nesting of lists and quotations; marks of deeper ones are text. At its own limit of 20 the parser would
# drop all that follows, and each level costs another look at every line.
_DEEPEST = 12


def shallow(parser: MarkdownIt) -> MarkdownIt:
    """The same parser, changed so that nesting ends at _DEEPEST. A list counts twice: for the list and for its item."""
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


# "html": False shows tags as text. The parser itself refuses links to javascript:, data: and file:.
_PARSER = shallow(MarkdownIt("commonmark", {"html": False})).disable(["image", "html_block", "html_inline"])


def render(text: str, *, top: int = 2) -> SafeString:
    """The text as safe HTML. `top`: the level of its highest heading, 1 to 6. No heading is deeper than 6."""
    tokens = _PARSER.parse(text)
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    lift = min(levels, default=top) - top
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) - lift)}"
    return mark_safe(_PARSER.renderer.render(tokens, _PARSER.options, {}))  # noqa: S308 - raw HTML is off, see above
