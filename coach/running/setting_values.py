"""The values of the settings: from the environment, then from `.env`. A value that cannot be right is refused.

A refusal names the setting and its line of `.env`, and never the value, which may be a key. Libraries read such a file
too. But django-environ keeps comments or cuts a password at its `#`, takes a value that begins with `$` for the name of
another setting, and logs whole lines that it does not understand. python-dotenv leaves the backslash of an escaped `$`
in a password, turns `\\n` into a line break, and takes anything for a name. Either would need as much code around it.
"""

import math
import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import environ
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
_PRINTED = re.compile(r"[!#-&(-_a-~]+")  # the characters of a header, without spaces and quotation marks
# Not <put-your-key-here>, not ${A_VARIABLE}, which nobody fills in, and no comma or semicolon at the end.
_KEY = re.compile(r"(?!.*[<>{}\\])(?!.*[,;]$)(?!\$\()[!#-&(-_a-~]+")
_ORIGIN = re.compile(r"(https?://(?:[\w.-]{1,200}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?)(?:/|$)", re.ASCII | re.IGNORECASE)
_PRICE = re.compile(r"(?P<model>[^=,\s]+)=(?P<dollars>\d+(?:\.\d+)?(?:/\d+(?:\.\d+)?){2})", re.ASCII)
_HOST = re.compile(r"\*|\.?[\w.-]+|\[[0-9A-Fa-f:.]+\]")
# Larger than any sensible setting, and small enough for the database and the calendar.
MOST = 2_000_000_000
YES, NO = ("true", "yes", "on", "1", "y", "t"), ("false", "no", "off", "0", "n", "f")


class Written(NamedTuple):
    """A setting as `.env` has it."""

    number: int
    value: str


def read(path: Path) -> dict[str, Written]:
    """The settings in a file, none where there is no such file. Raises ImproperlyConfigured, with the line's number."""
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
    """The settings of a process: its environment wins over the file. An empty value counts as none.

    Each method returns the value of one setting, or its default. Raises ImproperlyConfigured.
    """

    def __init__(self, path: Path) -> None:
        self.file, self.lines = path.name, read(path)
        self._known: set[str] = set()
        for name, line in self.lines.items():
            if any(unicodedata.category(sign) in ("Cc", "Cf") for sign in line.value):
                raise self.refused(name, "has a control character in it, or another that nobody sees")
            # For child processes, and for libraries that read the environment themselves.
            os.environ.setdefault(name, line.value)

    def refused(self, name: str, why: str) -> ImproperlyConfigured:
        """The exception to raise for a setting: says where it is set, its name, and why it is refused."""
        line = self.lines.get(name)
        here = line is not None and os.environ.get(name, line.value) == line.value
        place = f"{self.file}, line {line.number}" if line and here else "In the environment"
        return ImproperlyConfigured(f"{place}: {name} {why}.")

    def refuse_unknown(self) -> None:
        """Refuse lines of the file that look like a setting and are none. To be called after all settings were read."""
        for name in self.lines:
            if name not in self._known and name.upper() in self._known:
                raise self.refused(name, "is written in capitals")
            if name.startswith("COACH_") and name not in self._known:
                raise self.refused(name, "is no setting; .env.example lists them")

    def text(self, name: str, default: str = "") -> str:
        """Any text. Curly quotation marks around it, as word processors make them, are refused."""
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
        """A number between `least` and `most`, perhaps with a decimal point."""
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
        """Several values, separated by commas."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()] or [*default]

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        """One of these words. The first one is the default."""
        value = self.text(name, choices[0])
        if value not in choices:
            raise self.refused(name, f"must be {', '.join(choices[:-1])} or {choices[-1]}")
        return value

    def key(self, name: str, *, least: int = 0) -> str:
        """A key of at least so many characters, a provider's for example; "" where there is none."""
        value = self.text(name)
        if value and len(value) < least:
            raise self.refused(name, f"must have at least {least} characters, which nobody can guess")
        if value and not _KEY.fullmatch(value):
            raise self.refused(name, f"has {_oddity_in(value)}: copy it anew")
        return value

    def folder(self, name: str, default: str) -> Path:
        """A folder. `~` means the home folder, as in a shell."""
        value = self.text(name, default)
        if "$" in value:
            raise self.refused(name, "has a $ in it, which is not filled in here: write the folder out")
        try:
            return Path(value).expanduser()
        except RuntimeError:
            raise self.refused(name, "begins with the home folder of nobody") from None

    def origins(self, name: str) -> list[str]:
        """Addresses without a path, separated by commas. A slash at the end, as browsers show it, is removed."""
        origins = [origin.rstrip("/") for origin in self.words(name)]
        plain = [origin.replace("*.", "any.", 1) for origin in origins]
        if [origin_of(origin) for origin in plain] != plain:
            raise self.refused(name, "must have addresses like https://coach.example.com, with commas between them")
        return origins

    def hosts(self, name: str, default: Sequence[str]) -> list[str]:
        """Names of hosts, separated by commas, without https:// and without ports."""
        hosts = self.words(name, default)
        if any(not _HOST.fullmatch(host) for host in hosts):
            raise self.refused(name, "must have names like coach.example.com, without https:// and without a port")
        return hosts

    def host(self, name: str, default: str) -> str:
        """A name or an IP address of this machine, on which it listens."""
        value = self.text(name, default)
        if not re.fullmatch(r"[\w.-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", value, re.ASCII):
            raise self.refused(name, "must be a name or an address like 127.0.0.1, without http:// and without a port")
        return value

    def address(self, name: str) -> str:
        """The address of an HTTP server, "" where there is none."""
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
        """What `make` returns. When it raises ValueError, the setting is refused, with the text as the reason."""
        try:
            return make()
        except ValueError as problem:
            raise self.refused(name, str(problem)) from None


def origin_of(address: str) -> str:
    """The origin of an address: "https://coach.example"; "" where it is no address. It is safe to be logged."""
    found = _ORIGIN.match(address)
    return found[1] if found and _is_address(found[1]) else ""


def _is_address(value: str) -> bool:
    """Whether it is a whole HTTP address: with a scheme and a host, and no character that an address cannot have."""
    if not _PRINTED.fullmatch(value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _oddity_in(key: str) -> str:
    """What is in a key that no key has, without quoting it."""
    if any(sign.isspace() for sign in key):
        return "a space or a line break in it"
    if any(unicodedata.category(sign) in ("Cc", "Cf") for sign in key):
        return "a sign in it that nobody sees"
    if not key.isascii():
        return "a letter or a sign in it that cannot be sent, beyond plain ASCII"
    return "a quotation mark in it" if re.search("['\"]", key) else "a sign in it that no key has"


def database_at(url: str) -> dict[str, Any]:
    """Django's settings for the PostgreSQL at this address. Raises ValueError, whose text quotes no part of it."""
    config: dict[str, Any] = {}
    if re.match(r"(postgres|postgresql|pgsql|psql|postgis)://", url):
        with suppress(ValueError):  # its text would quote a password
            config = environ.Env.db_url_config(url)
    if not config.get("NAME"):
        raise ValueError(
            "must be an address like postgresql://user:password@host:5432/name; "
            "in a password / is written %2F, ? is written %3F, and % is written %25"
        )
    return config
