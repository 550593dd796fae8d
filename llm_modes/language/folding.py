"""Folds words, quotes and names into one form, so that texts are equal if they say the same.

These make no difference: case, width, an accent as one character or two, the shapes of apostrophes, quotation marks,
dashes, dots and spaces, invisible characters, the dot of a Turkish i, vowels that Arabic and Hebrew may leave out, and
asterisks around a bold word. Signs and accents do make a difference: "C", "C++" and "C#" are three names, "résumé" and
"resume" are two words. Time zones (coach/zone_names.py) and user names (coach/user_names.py) fold in their own ways.
"""

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache

from coach.candidate_text import BLANK

# A class of characters: scripts without spaces between words (Thai, Lao, Burmese, Khmer, kana, Han and their kind).
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1980-\u19df\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uaa60-\uaa7f"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
CHINESE_OR_JAPANESE = re.compile(f"[\u3005-\u3007{KANA}\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

# Characters that mean the same but look different. Those that NFKD makes equal need no line here.
_ALIKE = (
    dict.fromkeys("‘’‚‛ʼʹˈ`´′‵❛❜ꞌ׳", "'")
    | dict.fromkeys("“”„‟«»‹›「」『』〝〞〟″‶❝❞״", '"')
    | {"。": ".", "、": ",", "〜": "~", "⁓": "~", "\u034f": "", "ı": "i", "ی": "ي", "ک": "ك"}
    | dict.fromkeys(BLANK, "")
)
# Left out: the stroke that stretches an Arabic word, the vowels that Arabic and Hebrew may leave out, and variation
# selectors (which choose between two forms of one character).
_LEFT_OUT = re.compile(
    "[\u0640\u064b-\u0652\u0670\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# ASCII that has no other form: pauses, dashes, dots, "&" and "`" have one. With single spaces between, read at once.
_PLAIN = r"[A-Za-z0-9\"#$%'()*+/<=>@\[\\\]^_{|}~]+"
_PIECE = re.compile(
    rf"(?P<plain>{_PLAIN}(?: {_PLAIN})*)"
    r"|(?P<space>\s+)"
    r"|(?P<dash>[-\u05be\u2010-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]+)"
    r"|(?P<dots>[…‥⋯]+|\.\.+)"
    # Escaped characters: three that prompts escape (language.mode.data) and models copy; others that models add.
    r"|&(?:amp;)*(?P<entity>lt|gt|amp|quot|apos|#39|#x27|#34);"
    r"|&(?:amp;)*nbsp;(?P<nbsp>)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "#34": '"', "apos": "'", "#39": "'", "#x27": "'"}
# Markdown's marks around words. An underscore within a word is not such a mark.
_EMPHASIS = re.compile(r"(\*{1,3}|`)(?=\S)([^*`\n]+)(?<=\S)\1|(?<!\w)(__?)(?=\S)([^_\n]+)(?<=\S)\3(?!\w)")
# A backslash before a sign that has a meaning in Markdown.
_ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_UNSEEN = "\u2060"
_PAUSES = ",.;:!?"
# The most marks on one letter: Unicode's own bound for stream-safe text (UAX #15).
_MOST_MARKS = 30


class Folded:
    """A folded text that knows which part of the original each of its characters comes from.

    `text` is decomposed (NFKD): an accent is a character of its own. `cased`: capitals differ from small letters.
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
        # A space beside Chinese means nothing: models write "API 网关" for "API网关".
        last = self._chunks[-1][-1] if self._chunks else " "
        if last in _PAUSES and len(self._chunks) > 1:
            last = self._chunks[-2][-1]  # "，" stands for a comma with its space
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
            # In Turkish and Lithuanian the dot of an i can be a character of its own.
            if not (sign == "\u0307" and self._chunks and self._chunks[-1][-1] in "ij"):
                self._add(sign, span)
        elif len(self._chunks[-1]) < _MOST_MARKS:
            # Marks come in any order; NFKD gives them one order.
            self._chunks[-1] = unicodedata.normalize("NFKD", self._chunks[-1] + sign)
            self._spans[-1] = (self._spans[-1][0], span[1])

    def span(self, first: int, end: int) -> tuple[int, int]:
        """Where the characters of `text` from `first` up to `end` (not included) are in the original: (begin, end).

        The part includes the marks around a bold word, and invisible and optional marks after the last letter.
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
    """The text in the form for comparing, composed (NFC). `cased`: capitals differ from small letters."""
    return unicodedata.normalize("NFC", Folded(text, cased=cased).text)


def spoken(text: str) -> str:
    """What is spoken when the text is read aloud: its folded letters and digits, with one space for any signs."""
    said = folded(text)
    return " ".join("".join(sign if sign.isalnum() or is_mark(sign) else " " for sign in said).split())


def is_mark(letter: str) -> bool:
    """Whether it belongs to the letter before it: an accent, a vowel sign, a later part of a Hangul syllable."""
    return unicodedata.category(letter).startswith("M") or "\u1160" <= letter <= "\u11ff"


def _unmarked(found: re.Match[str]) -> str:
    """The emphasised words, with an invisible character for each mark, so that all positions stay."""
    marks = _UNSEEN * len(found[1] or found[3])
    return f"{marks}{found[2] or found[4]}{marks}"


@lru_cache(maxsize=4096)
def _decomposed(sign: str, cased: bool) -> str:
    """One character in the form for comparing; "" for an invisible one."""
    if sign in _ALIKE:
        return _ALIKE[sign]
    if unicodedata.category(sign) == "Cf" or _LEFT_OUT.match(sign):
        return ""
    apart = unicodedata.normalize("NFKD", sign)
    if unicodedata.decomposition(sign).startswith("<super>"):
        apart = f"^{apart}"  # 10² is not 102
    apart = "".join(_ALIKE.get(part, part) for part in apart)
    return apart if cased else unicodedata.normalize("NFKD", apart.casefold()).replace("i\u0307", "i")
