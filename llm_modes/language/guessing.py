"""Guessing which language a text is in: by its script, or by the frequent words of foreign.toml."""

import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib import resources

from llm_modes.language.foreign import MOST_CHARACTERS, MOST_WORDS, looks_foreign, unaccented
from llm_modes.language.source_code import is_source_code
from llm_modes.language.text import clean, words

# Of the letters, so many are in the script of the language; and so many words of the list say which one it is.
OF_LETTERS, LEAST_WORDS = 0.6, 4

# Scripts by the names that Unicode gives to their letters.
_SCRIPTS = {
    "ARABIC": "ar",
    "ARMENIAN": "hy",
    "BENGALI": "bn",
    "CJK": "zh-Hans",
    "CYRILLIC": "ru",
    "DEVANAGARI": "hi",
    "ETHIOPIC": "am",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HEBREW": "he",
    "HIRAGANA": "ja",
    "KANNADA": "kn",
    "KATAKANA": "ja",
    "KHMER": "km",
    "LAO": "lo",
    "MALAYALAM": "ml",
    "MYANMAR": "my",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
}
# Languages that share a script or a list of words, each told by what only it has. The first one found is the one.
_BY_LETTERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "ar": (("ur", "ٹڈڑےں"), ("fa", "پچژگ")),
    "ru": (("uk", "їєґі"), ("sr", "ђћјљњџ"), ("ru", "ыэё"), ("bg", "ъ")),
    "zh-Hans": (("zh-Hant", "們這個說國來時會對學經過還沒麼"),),
    "cs": (("cs", "ěřů"), ("sk", "ľĺŕôä")),
}
# By words where there are such, in place of letters.
_BY_WORDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "da": (("da", "af blev efter hvad noget nogle også gik til"), ("nb", "av ble etter hva noe noen også gikk til")),
    "cs": (("cs", "jsem jsme když protože více"), ("sk", "som sme keď pretože viac")),
}
# The lists of foreign.toml. Hindi in Latin letters is left out: nobody means to be interviewed in it in writing.
_LISTS = {
    "German": "de",
    "French": "fr",
    "Spanish": "es",
    "Portuguese": "pt",
    "Italian": "it",
    "Dutch": "nl",
    "Swedish": "sv",
    "Danish_Norwegian": "da",
    "Polish": "pl",
    "Czech_Slovak": "cs",
    "Romanian": "ro",
    "Hungarian": "hu",
    "Finnish": "fi",
    "Turkish": "tr",
    "Indonesian_Malay": "id",
    "Vietnamese": "vi",
    "Tagalog": "fil",
    "Swahili": "sw",
}


def guessed_language(text: str) -> str:
    """The tag of the language, other than English, that most of the text is in; "" for English and for no idea."""
    text = unicodedata.normalize("NFC", clean(text)[:MOST_CHARACTERS]).lower()
    if not looks_foreign(text) or is_source_code(text):
        return ""
    return _by_script(text) or _by_words(text)


def _by_script(text: str) -> str:
    letters = Counter(unicodedata.name(sign, "").partition(" ")[0] for sign in text if sign.isalpha())
    tags: Counter[str] = Counter()
    for script, count in letters.items():
        tags[_SCRIPTS.get(script, "")] += count
    if letters["HIRAGANA"] + letters["KATAKANA"] > 0.1 * letters["CJK"]:
        tags["ja"] += tags.pop("zh-Hans", 0)
    tag, most = tags.most_common(1)[0]
    if not tag or most < OF_LETTERS * letters.total():
        return ""
    return _told_apart(text, tag, _BY_LETTERS) or tag


def _by_words(text: str) -> str:
    found = words(text)[:MOST_WORDS]
    counts = Counter(tag for word in found for tag in _tags_of_words().get(unaccented(word), ()))
    (tag, most), (_second, less) = [*counts.most_common(2), ("", 0), ("", 0)][:2]
    if most < LEAST_WORDS or most == less:
        return ""
    return _told_apart(text, tag, _BY_LETTERS) or _told_apart(found, tag, _BY_WORDS) or tag


def _told_apart(said: str | list[str], tag: str, telling: Mapping[str, tuple[tuple[str, str], ...]]) -> str:
    """Of the languages that are easily taken for `tag`, the one whose own letters or words are said most; or ""."""
    counts = Counter[str]()
    for language, own in telling.get(tag, ()):
        counts[language] = sum(map(said.count, own if isinstance(said, str) else own.split()))
    return max(counts, key=lambda language: counts[language]) if any(counts.values()) else ""


@cache
def _tags_of_words() -> Mapping[str, tuple[str, ...]]:
    """By word without accents: the languages that have it on their list."""
    data = tomllib.loads((resources.files(__package__) / "foreign.toml").read_text(encoding="utf-8"))
    tags: dict[str, list[str]] = {}
    for name, tag in _LISTS.items():
        for word in {unaccented(word) for word in data["words"][name].split()}:
            tags.setdefault(word, []).append(tag)
    return {word: tuple(found) for word, found in tags.items()}
