"""Where the headings of a Markdown text stand, as the parser sees them: not in code, lists or quotations."""

from dataclasses import dataclass

from markdown_it import MarkdownIt

from study.markdown import shallow

# Blocks only: what stands within a paragraph is no heading. Tags are text, as on the page (study/markdown.py), so no
# comment that is left open hides what follows. Definitions of links, and headings that are underlined, begin nothing.
_BLOCKS = shallow(MarkdownIt("commonmark", {"html": False})).disable(["inline", "text_join", "reference", "lheading"])


@dataclass(frozen=True)
class Heading:
    """A heading of one or two #. `line` counts from 0; `text` is what follows, without the # at its end."""

    line: int
    level: int
    text: str

    @property
    def is_question(self) -> bool:
        """In the stories file: a question whose story follows."""
        return self.level == 2 and bool(self.text)


@dataclass(frozen=True)
class Outline:
    """The # and ## headings at the top level of a text, and the mark that would close its last fence ("" if closed)."""

    headings: list[Heading]
    open_fence: str


def outline(text: str) -> Outline:
    """Read the outline of a text whose lines end with \\n. Takes time in proportion to its length."""
    if not any(mark in text for mark in ("#", "```", "~~~")):
        return Outline([], "")
    tokens = _BLOCKS.parse(f"{text}\n")
    found, fence = [], ""
    for place, token in enumerate(tokens):
        if token.level == 0 and token.map and token.type == "heading_open" and token.tag in ("h1", "h2"):
            found.append(Heading(token.map[0], int(token.tag[1]), tokens[place + 1].content))
    # One that is left open goes to the end, so it is the last; it lacks the line that closes it.
    last = tokens[-1] if tokens else None
    if last is not None and last.type == "fence" and last.map:
        is_closed = last.map[1] - last.map[0] == last.content.count("\n") + 2
        fence = "" if is_closed else last.markup
    return Outline(found, fence)


def lowered(lines: list[str], headings: list[Heading], *, first: int = 0) -> list[str]:
    """The lines (the first of which has this number), with these headings as ###, which a story may have."""
    lines = list(lines)
    for heading in headings:
        place = heading.line - first
        lines[place] = lines[place].replace("#" * heading.level, "###", 1)
    return lines
