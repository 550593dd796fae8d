"""The one form in which words, quotes and names are compared: by what they say.

Case, width, accents written as one character or as two, the shapes of apostrophes, quotation marks, dashes, dots and
spaces, characters that nobody sees, and the asterisks around a bold word make no difference. Signs and accents do:
"C", "C++" and "C#" are three names, "résumé" and "resume" two words.
"""

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache

from coach.candidate_text import BLANK

# Thai to Burmese and Khmer, kana, Han and the like: scripts that put no spaces between words. A class of characters.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1980-\u19df\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uaa60-\uaa7f"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
CHINESE_OR_JAPANESE = re.compile(f"[\u3005-\u3007{KANA}\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

# Drawn differently, and the same. What Unicode itself calls compatible (NFKD) needs no line here.
_ALIKE = (
    dict.fromkeys("‘’‚‛ʼʹˈ`´′", "'")
    | dict.fromkeys("“”„‟«»‹›「」『』〝〞〟″", '"')
    | {"。": ".", "、": ",", "〜": "~", "⁓": "~", "\u034f": ""}
    | dict.fromkeys(BLANK, "")
)
_PIECE = re.compile(
    r"(?P<plain>[A-Za-z0-9]+)"
    r"|(?P<space>\s+)"
    r"|(?P<dash>[-\u2010-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]+)"
    r"|(?P<dots>[…‥⋯]+|\.\.+)"
    # The three characters that prompts escape (llm_modes.mode.data), as models copy them.
    r"|&(?:amp;)*(?P<entity>lt|gt|amp);"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&"}
# Marks around a word, as Markdown has them; an underscore within a word is none.
_EMPHASIS = re.compile(r"(\*{1,3}|`)(?=\S)([^*`\n]+)(?<=\S)\1|(?<!\w)(__?)(?=\S)([^_\n]+)(?<=\S)\3(?!\w)")
_UNSEEN = "\u2060"
# Nobody writes more marks on one letter, and Unicode's own bound is the same (UAX #15, stream-safe text).
_MOST_MARKS = 30


class Folded:
    """A folded text that knows which part of the original each character stands for.

    `text` is decomposed (NFKD), so that an accent is a character of its own in it.
    """

    def __init__(self, original: str, *, cased: bool = False) -> None:
        self.original = original
        self._chunks: list[str] = []
        self._spans: list[tuple[int, int]] = []
        for piece in _PIECE.finditer(_EMPHASIS.sub(_unmarked, original)):
            kind = piece.lastgroup
            said = piece.group()
            if kind == "plain":
                self._add(said if cased else said.lower(), piece.span())
            elif kind == "space":
                self._add_space(piece.span())
            elif kind == "dash":
                self._drop_space()
                self._add("-", piece.span())
            elif kind == "sign":
                self._add_sign(_decomposed(said, cased), piece.span())
            else:
                self._add("…" if kind == "dots" else _ENTITIES[piece["entity"]], piece.span())
        self._drop_space()
        self.text = "".join(self._chunks)
        self._places = [0]
        for chunk in self._chunks:
            self._places.append(self._places[-1] + len(chunk))

    def _add(self, chunk: str, span: tuple[int, int]) -> None:
        self._chunks.append(chunk)
        self._spans.append(span)

    def _add_space(self, span: tuple[int, int]) -> None:
        # Beside Chinese a space says nothing: models write "API 网关" for "API网关".
        last = self._chunks[-1][-1] if self._chunks else " "
        if last not in " -" and not CHINESE_OR_JAPANESE.match(last):
            self._add(" ", span)

    def _drop_space(self) -> None:
        if self._chunks and self._chunks[-1] == " ":
            self._chunks.pop()
            self._spans.pop()

    def _add_sign(self, sign: str, span: tuple[int, int]) -> None:
        if not sign:
            return
        if CHINESE_OR_JAPANESE.match(sign):
            self._drop_space()
        if not unicodedata.combining(sign[0]):
            self._add(sign, span)
        elif not self._chunks or not unicodedata.combining(self._chunks[-1][-1]):
            # Turkish and Lithuanian write the dot of an i apart.
            if not (sign == "\u0307" and self._chunks and self._chunks[-1][-1] in "ij"):
                self._add(sign, span)
        elif len(self._chunks[-1]) < _MOST_MARKS:
            # Marks may come in any order, and have one.
            self._chunks[-1] = unicodedata.normalize("NFKD", self._chunks[-1] + sign)
            self._spans[-1] = (self._spans[-1][0], span[1])

    def span(self, first: int, end: int) -> tuple[int, int]:
        """Where the characters from `first` up to `end` of `text` stand in the original."""
        chunk, last = bisect_right(self._places, first) - 1, bisect_right(self._places, end - 1) - 1
        start, stop = self._spans[chunk][0], self._spans[last][1]
        if len(self._chunks[chunk]) == self._spans[chunk][1] - start:
            start += first - self._places[chunk]
        if len(self._chunks[last]) == stop - self._spans[last][0]:
            stop -= self._places[last + 1] - end
        return start, stop


def folded(text: str, *, cased: bool = False) -> str:
    """The text as it is compared, composed (NFC). `cased`: capitals are other letters."""
    return unicodedata.normalize("NFC", Folded(text, cased=cased).text)


def is_mark(letter: str) -> bool:
    """True for what belongs to the letter before it: accents, vowel signs, and the later parts of a Hangul syllable."""
    return unicodedata.category(letter).startswith("M") or "\u1160" <= letter <= "\u11ff"


def _unmarked(found: re.Match[str]) -> str:
    """The emphasised words, with something unseen in place of each mark, so that all places stay."""
    marks = _UNSEEN * len(found[1] or found[3])
    return f"{marks}{found[2] or found[4]}{marks}"


@lru_cache(maxsize=4096)
def _decomposed(sign: str, cased: bool) -> str:
    """One character as it is compared; "" for one that nobody sees."""
    if sign in _ALIKE:
        return _ALIKE[sign]
    if unicodedata.category(sign) == "Cf" or "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef":
        return ""
    apart = unicodedata.normalize("NFKD", sign)
    if unicodedata.decomposition(sign).startswith("<super>"):
        apart = f"^{apart}"  # 10² is not 102
    apart = "".join(_ALIKE.get(part, part) for part in apart)
    return apart if cased else unicodedata.normalize("NFKD", apart.casefold()).replace("i\u0307", "i")
