"""The languages an interview may be held in, each by its BCP 47 tag: "de", "pt-BR", "zh-Hant". "" is: not said."""

from functools import cache
from typing import NamedTuple

from django.conf.locale import LANG_INFO

# RFC 5646 gives no tag more room than that.
MOST_CHARACTERS = 35
# What Django has no names for, or not their own: in English, in itself, whether it is written from the right.
_NAMES = {
    "am": ("Amharic", "አማርኛ", False),
    "az": ("Azerbaijani", "Azərbaycanca", False),
    "cs": ("Czech", "čeština", False),
    "es-mx": ("Mexican Spanish", "español de México", False),
    "eu": ("Basque", "euskara", False),
    "fil": ("Filipino", "Filipino", False),
    "gu": ("Gujarati", "ગુજરાતી", False),
    "ha": ("Hausa", "Hausa", False),
    "km": ("Khmer", "ខ្មែរ", False),
    "kn": ("Kannada", "ಕನ್ನಡ", False),
    "lo": ("Lao", "ລາວ", False),
    "mn": ("Mongolian", "монгол", False),
    "mt": ("Maltese", "Malti", False),
    "pa": ("Punjabi", "ਪੰਜਾਬੀ", False),
    "ps": ("Pashto", "پښتو", True),
    "si": ("Sinhala", "සිංහල", False),
    "so": ("Somali", "Soomaali", False),
    "ti": ("Tigrinya", "ትግርኛ", False),
    "yo": ("Yoruba", "Yorùbá", False),
    "zu": ("Zulu", "isiZulu", False),
}
# "Norwegian" is asked about as one of its two written forms. Nobody is interviewed in the next three.
_NOT_OFFERED = {"no", "eo", "ia", "io"}
# Tags that name no one language: undetermined, several, none, one without a code of its own.
_NO_LANGUAGE = {"und", "mul", "zxx", "mis"}


class Language(NamedTuple):
    """A language that is offered: "de", "German", "Deutsch", "ltr" or "rtl"."""

    tag: str
    name: str
    own_name: str
    direction: str


def known_tag(text: str) -> str | None:
    """The one spelling of a tag that exists ("pt_br": "pt-BR"); None for one that does not, or names no language."""
    text = text.strip()
    if (listed := text.lower().replace("_", "-")) in _tags():
        return _tags()[listed]
    if not text or len(text) > MOST_CHARACTERS:
        return None
    # Imported here because most tags are on the list, and the tables of all that exist take some memory.
    import langcodes

    if not langcodes.tag_is_valid(text):
        return None
    tag = langcodes.standardize_tag(text)
    if any(len(part) == 1 for part in tag.split("-")):
        return None  # behind a single letter ("de-x-…") stand anybody's own words, and no part of a language
    language = primary(tag)
    is_one = language not in _NO_LANGUAGE and not "qaa" <= language <= "qtz" and len(language) > 1
    return tag if is_one and len(tag) <= MOST_CHARACTERS else None


@cache
def offered() -> tuple[Language, ...]:
    """The languages to choose from, by their own names."""
    named = {tag: (one["name"], one["name_local"], one["bidi"]) for tag, one in LANG_INFO.items() if "name" in one}
    named = {tag: names for tag, names in (named | _NAMES).items() if tag not in _NOT_OFFERED}
    languages = [
        Language(_spelled(tag), name, own_name, "rtl" if bidi else "ltr")
        for tag, (name, own_name, bidi) in named.items()
    ]
    return tuple(sorted(languages, key=lambda one: one.own_name.casefold()))


def own_name(tag: str) -> str:
    """What speakers call the language with this valid tag: "Deutsch", "Deutsch (AT)"; the tag if it is not known."""
    return _called(tag, {one.tag: one.own_name for one in offered()})


def english_name(tag: str) -> str:
    """The language with this valid tag in English: "German", "German (AT)"; the tag if it is not known."""
    return _called(tag, {one.tag: one.name for one in offered()})


def primary(tag: str) -> str:
    """The language alone, as ISO 639 has it: "pt" of "pt-BR"."""
    return tag.partition("-")[0]


def is_foreign(tag: str) -> bool:
    """Whether the tag is said and of another language than English."""
    return primary(tag) not in ("", "en")


def _called(tag: str, names: dict[str, str]) -> str:
    language, _, rest = tag.partition("-")
    if tag in names or language not in names:
        return names.get(tag, tag)
    return f"{names[language]} ({rest})"


def _spelled(tag: str) -> str:
    """A tag of Django's as others write it: "pt-BR", "zh-Hant"."""
    language, *parts = tag.split("-")
    return "-".join([language, *(part.upper() if len(part) == 2 else part.title() for part in parts)])


@cache
def _tags() -> dict[str, str]:
    return {one.tag.lower(): one.tag for one in offered()}
