"""Where the # and ## headings of a Markdown text stand. The parser decides: none is in code, a list or a quotation."""

from dataclasses import dataclass

from markdown_it import MarkdownIt

from study.markdown import shallow

# Only blocks are parsed: no heading is inside a paragraph. Tags are text, as on the page (study/markdown.py), so an
# open comment hides nothing. Link definitions and underlined headings are off: they stay text.
_BLOCKS = shallow(MarkdownIt("commonmark", {"html": False})).disable(["inline", "text_join", "reference", "lheading"])


@dataclass(frozen=True)
class Heading:
    """A heading of `level` 1 or 2 (#, ##). `line` counts from 0. `text`: the heading without its # marks."""

    line: int
    level: int
    text: str

    @property
    def is_question(self) -> bool:
        """Whether it is a question in the stories file: its story follows."""
        return self.level == 2 and bool(self.text)


@dataclass(frozen=True)
class Outline:
    """The # and ## headings at the top level of a text. `open_fence`: what would close its last code block, or ""."""

    headings: list[Heading]
    open_fence: str


def outline(text: str) -> Outline:
    """The outline of a text whose lines end with \\n. It takes time in proportion to the length."""
    if not any(mark in text for mark in ("#", "```", "~~~")):
        return Outline([], "")
    tokens = _BLOCKS.parse(f"{text}\n")
    found, fence = [], ""
    for place, token in enumerate(tokens):
        if token.level == 0 and token.map and token.type == "heading_open" and token.tag in ("h1", "h2"):
            found.append(Heading(token.map[0], int(token.tag[1]), tokens[place + 1].content))
    # An open code block goes to the end of the text, so it is the last token. It has no closing line.
    last = tokens[-1] if tokens else None
    if last is not None and last.type == "fence" and last.map:
        is_closed = last.map[1] - last.map[0] == last.content.count("\n") + 2
        fence = "" if is_closed else last.markup
    return Outline(found, fence)


def lowered(lines: list[str], headings: list[Heading], *, first: int = 0) -> list[str]:
    """The lines with these headings lowered to ###, which a story may have. `first`: the number of the first line."""
    lines = list(lines)
    for heading in headings:
        place = heading.line - first
        lines[place] = lines[place].replace("#" * heading.level, "###", 1)
    return lines
