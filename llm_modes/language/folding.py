"""The one form in which words, quotes and names are compared: by what they say.

Case, width, accents written as one character or as two, the shapes of apostrophes, quotation marks, dashes, dots and
spaces, characters that nobody sees, the dot of a Turkish i, vowels that Arabic and Hebrew may leave out, and the
asterisks around a bold word make no difference. Signs and accents do: "C", "C++" and "C#" are three names, "résumé" and
"resume" two words. Places (coach/zone_names.py) and user names (coach/user_names.py) are compared by less and by more
than what they say, and stored by it: they fold in their own way.
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
    dict.fromkeys("‘’‚‛ʼʹˈ`´′‵❛❜ꞌ׳", "'")
    | dict.fromkeys("“”„‟«»‹›「」『』〝〞〟″‶❝❞״", '"')
    | {"。": ".", "、": ",", "〜": "~", "⁓": "~", "\u034f": "", "ı": "i", "ی": "ي", "ک": "ك"}
    | dict.fromkeys(BLANK, "")
)
# What makes an Arabic word longer, the vowels that Arabic and Hebrew are written with and without, and what chooses
# between forms of one character.
_LEFT_OUT = re.compile(
    "[\u0640\u064b-\u0652\u0670\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_PIECE = re.compile(
    r"(?P<plain>[A-Za-z0-9]+)"
    r"|(?P<space>\s+)"
    r"|(?P<dash>[-\u05be\u2010-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]+)"
    r"|(?P<dots>[…‥⋯]+|\.\.+)"
    # The three characters that prompts escape (language.mode.data), as models copy them, and those that they add.
    r"|&(?:amp;)*(?P<entity>lt|gt|amp|quot|apos|#39|#x27|#34);"
    r"|&(?:amp;)*nbsp;(?P<nbsp>)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "#34": '"', "apos": "'", "#39": "'", "#x27": "'"}
# Marks around a word, as Markdown has them; an underscore within a word is none.
_EMPHASIS = re.compile(r"(\*{1,3}|`)(?=\S)([^*`\n]+)(?<=\S)\1|(?<!\w)(__?)(?=\S)([^_\n]+)(?<=\S)\3(?!\w)")
# A backslash before a sign that Markdown would read.
_ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_UNSEEN = "\u2060"
_PAUSES = ",.;:!?"
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
        self._unmarked = _ESCAPE.sub(_UNSEEN, original)
        for _twice in range(2):  # **_both_**, and **a bold line with a _word_ in it**
            self._unmarked = _EMPHASIS.sub(_unmarked, self._unmarked)
        for piece in _PIECE.finditer(self._unmarked):
            kind = piece.lastgroup
            said = piece.group()
            if kind == "plain":
                self._add(said if cased else said.lower(), piece.span())
            elif kind in ("space", "nbsp"):
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
        if last in _PAUSES and len(self._chunks) > 1:
            last = self._chunks[-2][-1]  # "，" has its space within
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
        """Where the characters from `first` up to `end` of `text` stand in the original.

        With the marks around a bold word, and the unseen and optional marks that belong to the last letter.
        """
        chunk, last = bisect_right(self._places, first) - 1, bisect_right(self._places, end - 1) - 1
        start, stop = self._spans[chunk][0], self._spans[last][1]
        if len(self._chunks[chunk]) == self._spans[chunk][1] - start:
            start += first - self._places[chunk]
        if len(self._chunks[last]) == stop - self._spans[last][0]:
            stop -= self._places[last + 1] - end
        while start > 0 and self._is_emphasis(start - 1):
            start -= 1
        while stop < len(self.original) and (self._is_emphasis(stop) or is_mark(self.original[stop])):
            stop += 1
        return start, stop

    def _is_emphasis(self, place: int) -> bool:
        return self._unmarked[place] == _UNSEEN != self.original[place]


def folded(text: str, *, cased: bool = False) -> str:
    """The text as it is compared, composed (NFC). `cased`: capitals are other letters."""
    return unicodedata.normalize("NFC", Folded(text, cased=cased).text)


def spoken(text: str) -> str:
    """What of the text is said aloud: its letters and digits, folded, with single spaces for all signs."""
    said = folded(text)
    return " ".join("".join(sign if sign.isalnum() or is_mark(sign) else " " for sign in said).split())


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
    if unicodedata.category(sign) == "Cf" or _LEFT_OUT.match(sign):
        return ""
    apart = unicodedata.normalize("NFKD", sign)
    if unicodedata.decomposition(sign).startswith("<super>"):
        apart = f"^{apart}"  # 10² is not 102
    apart = "".join(_ALIKE.get(part, part) for part in apart)
    return apart if cased else unicodedata.normalize("NFKD", apart.casefold()).replace("i\u0307", "i")
