"""The time for an answer that a question names in a language other than English. asked_lengths.toml has the words."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple


class _Language(NamedTuple):
    say: re.Pattern[str]
    length: re.Pattern[str]
    numbers: dict[str, int]
    whole: dict[str, int]

    def seconds_in(self, sentence: str) -> int | None:
        found = self.length.search(sentence) if self.say.search(sentence) else None
        if not found:
            return None
        if found["whole"]:
            return self.whole[found["whole"]]
        return (self.numbers.get(found["number"]) or int(found["number"])) * (60 if found["minute"] else 1)


def seconds_in(sentence: str) -> int | None:
    """The seconds that the sentence asks for; None if it asks for none. Reads digits of any script."""
    said = unicodedata.normalize("NFC", sentence).lower()
    return next((seconds for language in _languages() if (seconds := language.seconds_in(said))), None)


@cache
def _languages() -> tuple[_Language, ...]:
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(_read(table) for table in tables.values())


def _read(table: dict[str, Any]) -> _Language:
    numbers, whole = dict(table["numbers"]), dict(table.get("whole", {}))
    number = "|".join([r"(?<!\d)\d{1,3}", *sorted(numbers, key=len, reverse=True)])
    counted = rf"(?P<number>{number})\s*(?:(?P<minute>{table['minute']})|{table['second']})"
    length = (
        f"(?:{table.get('before', '')})(?:{counted}|(?P<whole>{'|'.join(whole) or '(?!)'})){table.get('behind', '')}"
    )
    return _Language(re.compile(table["say"]), re.compile(length), numbers, whole)
