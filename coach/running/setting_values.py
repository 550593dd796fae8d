"""The values of the settings: from the environment, then from `.env`. What cannot be right is refused, in a sentence.

A refusal names the setting and its line of `.env`, never the value: it may be a key. django-environ reads such a file
too, but keeps comments, or cuts a password at its `#`, takes a value that begins with `$` for the name of another
setting, and logs whole lines that it does not understand. python-dotenv leaves the backslash of an escaped `$` in a
password, makes a line break of `\\n`, and takes anything for a name, so it would need as much around it as stands here.
"""

import math
import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

Result = TypeVar("Result")

# NAME=value, with or without `export`; a comment is a # with a space before it, outside of quotes.
_ASSIGNMENT = re.compile(
    r"""\s* (?:export\s+)? (?P<name>[A-Za-z_][A-Za-z0-9_]*) \s*=\s*
        (?: '(?P<single>[^']*)' | "(?P<double>(?:[^"\\]|\\.)*)" | (?P<plain>[^\s'"\#](?:.*?\S)??)? )
        \s*? (?:\s\#.*)?""",
    re.VERBOSE,
)
_REMARK = re.compile(r"\s*(?:#.*)?")
_ESCAPED = re.compile(r'\\(["\\$`])')
_CURLY = "“”„‟‘’‚‛«»"
_PRINTED = re.compile(r"[!#-&(-_a-~]+")  # what can be sent in a header, without spaces and quotation marks
# Neither <put-your-key-here> nor ${A_VARIABLE}, which nobody fills in, nor what separates keys in a list.
_KEY = re.compile(r"(?!.*[<>{}\\])(?!.*[,;]$)(?!\$\()[!#-&(-_a-~]+")
_ORIGIN = re.compile(r"(https?://(?:[\w.-]{1,200}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?)(?:/|$)", re.ASCII | re.IGNORECASE)
_PRICE = re.compile(r"(?P<model>[^=,\s]+)=(?P<dollars>\d+(?:\.\d+)?(?:/\d+(?:\.\d+)?){2})", re.ASCII)
_HOST = re.compile(r"\*|\.?[\w.-]+|\[[0-9A-Fa-f:.]+\]")
# Large enough for every number of ours, small enough for the database and the calendar.
MOST = 2_000_000_000
YES, NO = ("true", "yes", "on", "1", "y", "t"), ("false", "no", "off", "0", "n", "f")


class Written(NamedTuple):
    """A setting as `.env` has it."""

    number: int
    value: str


def read(path: Path) -> dict[str, Written]:
    """The settings in a file, none where there is no such file. Raises ImproperlyConfigured, which names the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{path} is no UTF-8 text. Save it again with that encoding.") from None
    lines: dict[str, Written] = {}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if _REMARK.fullmatch(line):
            continue
        name, value = _parsed(line, f"{path.name}, line {number}")
        if name in lines and lines[name].value != value:
            raise ImproperlyConfigured(
                f"{path.name}, line {number}: {name} has another value in line {lines[name].number}. Keep one of them."
            )
        lines.setdefault(name, Written(number, value))
    return lines


def _parsed(line: str, place: str) -> tuple[str, str]:
    found = _ASSIGNMENT.fullmatch(line)
    if not found or _is_half_quoted(found["plain"] or ""):
        name, equals, value = line.partition("=")
        if equals and value.lstrip().startswith("#"):
            hint = "a value that begins with # belongs in quotes, and a comment needs a space before its #"
        elif equals and value.lstrip().startswith(("'", '"')):
            hint = "a quotation mark opens the value, and none closes it at its end"
        elif found:
            hint = "a quotation mark closes the value, and none opens it"
        else:
            hint = "this is neither NAME=value nor a remark (#)"
        named = re.fullmatch(r"\s*(?:export\s+)?([A-Z_][A-Z0-9_]*)\s*", name) if equals else None
        raise ImproperlyConfigured(f"{place}: {f'{named[1]}: ' if named else ''}{hint}.")
    if found["double"] is not None:
        return found["name"], _ESCAPED.sub(r"\1", found["double"])
    return found["name"], found["single"] or found["plain"] or ""


def _is_half_quoted(value: str) -> bool:
    return value.endswith(("'", '"')) and value.count(value[-1]) == 1


class Values:
    """What a process is told: its environment wins over the file. An empty value is as good as none.

    Each method gives the value of one setting, or its default, and raises ImproperlyConfigured.
    """

    def __init__(self, path: Path) -> None:
        self.file, self.lines = path.name, read(path)
        self._known: set[str] = set()
        for name, line in self.lines.items():
            if any(unicodedata.category(sign) in ("Cc", "Cf") for sign in line.value):
                raise self.refused(name, "has a control character in it, or another that nobody sees")
            # For the processes that this one starts, and for libraries that read the environment themselves.
            os.environ.setdefault(name, line.value)

    def refused(self, name: str, why: str) -> ImproperlyConfigured:
        """The refusal of a setting, to be raised: where it stands, its name, and why, in words."""
        line = self.lines.get(name)
        here = line is not None and os.environ.get(name, line.value) == line.value
        place = f"{self.file}, line {line.number}" if line and here else "In the environment"
        return ImproperlyConfigured(f"{place}: {name} {why}.")

    def refuse_unknown(self) -> None:
        """To be called when all settings have been read: refuses lines of the file that look like one and are none."""
        for name in self.lines:
            if name not in self._known and name.upper() in self._known:
                raise self.refused(name, "is written in capitals")
            if name.startswith("COACH_") and name not in self._known:
                raise self.refused(name, "is no setting; .env.example lists them")

    def text(self, name: str, default: str = "") -> str:
        """Any text; without the curly quotes that a word processor puts around it."""
        self._known.add(name)
        value = os.environ.get(name, "").strip()
        if value and (value[0] in _CURLY or value[-1] in _CURLY):
            raise self.refused(name, "stands in curly quotation marks: take them away, or use straight ones")
        return value or default

    def whole(self, name: str, default: int, *, least: int = 0, most: int = MOST) -> int:
        """A whole number between `least` and `most`."""
        value = self.text(name)
        if not value:
            return default
        if not re.fullmatch(r"-?[0-9_]+", value) or not re.search("[0-9]", value):
            raise self.refused(name, "must be a whole number, in digits only")
        number = math.inf if len(value) > 30 else int(value.replace("_", ""))
        return int(self._within(name, number, least, most))

    def decimal(self, name: str, default: float, *, least: float, most: float) -> float:
        """A number between `least` and `most`, with a point where it has decimals."""
        value = self.text(name)
        if not value:
            return default
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]*)?", value):
            raise self.refused(name, "must be a number, such as 20 or 7.5")
        return self._within(name, float(value), least, most)

    def _within(self, name: str, number: float, least: float, most: float) -> float:
        if number < least:
            raise self.refused(name, f"must be at least {least}")
        if number > most:
            raise self.refused(name, f"must be at most {most}")
        return number

    def switch(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self.text(name).lower()
        if value and value not in YES + NO:
            raise self.refused(name, "must be true or false")
        return value in YES if value else default

    def words(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Several values with commas between them."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()] or [*default]

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        """One of these words; the first one is the default."""
        value = self.text(name, choices[0])
        if value not in choices:
            raise self.refused(name, f"must be {', '.join(choices[:-1])} or {choices[-1]}")
        return value

    def key(self, name: str) -> str:
        """A provider's key, "" where there is none."""
        value = self.text(name)
        if value and not _KEY.fullmatch(value):
            raise self.refused(name, "has a space, a quotation mark or a sign in it that no key has: copy it anew")
        return value

    def folder(self, name: str, default: str) -> Path:
        """A folder; `~` is the home folder, as in a shell."""
        value = self.text(name, default)
        if "$" in value:
            raise self.refused(name, "has a $ in it, which is not filled in here: write the folder out")
        try:
            return Path(value).expanduser()
        except RuntimeError:
            raise self.refused(name, "begins with the home folder of nobody") from None

    def origins(self, name: str) -> list[str]:
        """Addresses without a path, with commas between them. A slash at the end, as browsers show it, is taken off."""
        origins = [origin.rstrip("/") for origin in self.words(name)]
        plain = [origin.replace("*.", "any.", 1) for origin in origins]
        if [origin_of(origin) for origin in plain] != plain:
            raise self.refused(name, "must have addresses like https://coach.example.com, with commas between them")
        return origins

    def hosts(self, name: str, default: Sequence[str]) -> list[str]:
        """Names of hosts, with commas between them: no addresses, and no ports."""
        hosts = self.words(name, default)
        if any(not _HOST.fullmatch(host) for host in hosts):
            raise self.refused(name, "must have names like coach.example.com, without https:// and without a port")
        return hosts

    def host(self, name: str, default: str) -> str:
        """A name of this machine, or an address of it: where it listens."""
        value = self.text(name, default)
        if not re.fullmatch(r"[\w.-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", value, re.ASCII):
            raise self.refused(name, "must be a name or an address like 127.0.0.1, without http:// and without a port")
        return value

    def address(self, name: str) -> str:
        """The address of a server over HTTP, "" where there is none."""
        value = self.text(name)
        if value and not _is_address(value):
            raise self.refused(name, "must be an address like https://api.example.com/v1, with http:// or https://")
        if re.search(r"/(chat/completions|completions|models|audio/transcriptions)/?$|[#,;]", value):
            raise self.refused(name, "must end where https://api.example.com/v1 does, with nothing behind it")
        return value

    def prices(self, name: str, default: str) -> dict[str, tuple[Decimal, ...]]:
        """US dollars for a million tokens by model: input, cached input, output."""
        prices = [_PRICE.fullmatch(entry) for entry in self.text(name, default).split()]
        if not all(prices):
            raise self.refused(
                name,
                "must have entries like gpt-4.1-mini=0.40/0.10/1.60 "
                "(US dollars for a million tokens: input, cached input, output)",
            )
        return {one["model"]: tuple(map(Decimal, one["dollars"].split("/"))) for one in prices if one}

    def made(self, name: str, make: Callable[[], Result]) -> Result:
        """What `make` returns. A ValueError of it refuses the setting, for the reason that is its text."""
        try:
            return make()
        except ValueError as problem:
            raise self.refused(name, str(problem)) from None


def origin_of(address: str) -> str:
    """ "https://coach.example" of an address there; "" of what is none. For the log, too: no other sign passes."""
    found = _ORIGIN.match(address)
    return found[1] if found and _is_address(found[1]) else ""


def _is_address(value: str) -> bool:
    """Whether it is a whole address over HTTP: a scheme, a host, and nothing in it that an address cannot have."""
    if not _PRINTED.fullmatch(value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
