"""Finds a time zone by the names that people and browsers use for it.

All names come from the `tzdata` package, so they are the same on every machine. Debian's zones lack the old names
("Asia/Calcutta", "US/Pacific") that browsers still report. A zone is stored by its canonical name and offered as a city
with its country.
"""

import re
import unicodedata
from collections import defaultdict
from datetime import UTC as UTC_CLOCK
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import NamedTuple
from zoneinfo import ZoneInfo

UTC = "UTC"
# Old names, each with today's name of the same place. tzdata links them to another city with the same clock.
_OLD = {
    "Africa/Asmera": "Africa/Asmara",
    "Africa/Timbuktu": "Africa/Bamako",
    "America/Coral_Harbour": "America/Atikokan",
    "America/Virgin": "America/St_Thomas",
    "Antarctica/South_Pole": "Antarctica/McMurdo",
    "Atlantic/Jan_Mayen": "Arctic/Longyearbyen",
    "Iceland": "Atlantic/Reykjavik",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
    "Pacific/Yap": "Pacific/Chuuk",
}
_UTC_TOO = {"GMT", "Etc/GMT", "Etc/UTC"}
_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
# Other names that people use for countries.
_COUNTRIES = {
    "AE": ("UAE", "Emirates"),
    "CI": ("Ivory Coast",),
    "CZ": ("Czechia",),
    "GB": ("UK", "United Kingdom", "Great Britain", "England", "Scotland", "Wales", "Northern Ireland"),
    "NL": ("Holland", "The Netherlands"),
    "TR": ("Türkiye",),
    "US": ("US", "USA", "America", "United States of America"),
}
_LEAST_LETTERS = 3  # fewer letters do not choose the one name that begins with them
_MOST_SUGGESTIONS = 6
_MOST_LETTERS = 100


class Place(NamedTuple):
    """A zone that is offered: "Asia/Kolkata", "Kolkata, India", "India", and the zone's older names."""

    zone: str
    label: str
    country: str
    older: tuple[str, ...]


def canonical(name: str) -> str | None:
    """Today's name of the zone with this name, old or new; None if no zone has it."""
    return _canonical_names().get(name)


def label_of(zone: str) -> str:
    """The zone's label on a page; its name if the zone is not offered."""
    return _labels().get(canonical(zone) or zone, zone)


def meant_by(text: str) -> str | None:
    """The zone that somebody means with its name, an older one, its city or its country; None if it is not clear."""
    text = text.strip()[:_MOST_LETTERS]
    if name := canonical(text) or _in_small_letters().get("_".join(re.sub(r"\s*/\s*", "/", text.lower()).split())):
        return name
    if zones := _zones_by_words().get(_folded(text)):
        # If all these cities have the same clock, there is nothing to choose: the largest stands for all.
        return zones[0] if len({_clock(zone) for zone in zones}) == 1 else None
    found = _beginning(text) if len(text) >= _LEAST_LETTERS else []
    return found[0].zone if len(found) == 1 else None


def similar(text: str) -> list[str]:
    """Labels that somebody may have meant, _MOST_SUGGESTIONS at most: for each country and clock the largest city."""
    found: dict[object, str] = {}
    text = text.strip()[:_MOST_LETTERS]
    meant = set(_zones_by_words().get(_folded(text), ()))
    for place in [place for place in places() if place.zone in meant] or _beginning(text):
        found.setdefault((place.country, _clock(place.zone)), place.label)
    return list(found.values())[:_MOST_SUGGESTIONS]


@cache
def places() -> tuple[Place, ...]:
    """All that are offered: UTC, and a city for each country and zone, each country's largest first."""
    countries = dict(_table("iso3166.tab"))
    older = defaultdict(list)
    for name, zone in _canonical_names().items():
        if name != zone:
            older[zone].append(name)
    found = [Place(UTC, UTC, "", tuple(older[UTC]))]
    for code, _coordinates, zone, *_remark in _table("zone.tab"):
        country = countries[code]
        found.append(Place(zone, f"{_city(zone, country)}, {country}", country, tuple(older[zone])))
    return tuple(found)


def _city(zone: str, country: str) -> str:
    """The last part of the zone's name, with the state or province before it, if the name has one."""
    _region, *between, city = zone.replace("_", " ").split("/")
    state = f" ({between[0]})" if between and between[0] != country else ""
    return f"{city}{state}"


@cache
def _canonical_names() -> dict[str, str]:
    """Every known name, with today's name of its zone."""
    names = set(resources.files("tzdata").joinpath("zones").read_text().split()) - {"Factory"}
    offered = {row[2] for row in _table("zone.tab")}
    links = {row[2]: row[1] for row in _table("tzdata.zi", " ") if row[0] == "L"}

    def today(name: str) -> str:
        if name in offered:
            return name
        following = _OLD.get(name) or links.get(name)
        if name in _UTC_TOO:
            return UTC
        return today(following) if following else name

    return {name: today(name) for name in names}


@cache
def _in_small_letters() -> dict[str, str]:
    return {name.lower(): zone for name, zone in _canonical_names().items()}


@cache
def _labels() -> dict[str, str]:
    return {place.zone: place.label for place in places()}


@cache
def _zones_by_words() -> dict[str, list[str]]:
    """Zones by each of their whole names, folded."""
    zones: dict[str, list[str]] = defaultdict(list)
    called = {country: _COUNTRIES.get(code, ()) for code, country in _table("iso3166.tab")}
    for place in places():
        cities = [name.rpartition("/")[2] for name in (place.zone, *place.older) if name.startswith(_REGIONS)]
        named = (place.zone, place.label, *place.older, *cities, place.country, *called.get(place.country, ()))
        names = {_folded(name) for name in named}
        for name in names - {""}:
            zones[name].append(place.zone)
    return dict(zones)


@cache
def _clock(zone: str) -> tuple[timedelta | None, ...]:
    """The zone's offset from UTC in January and in July of this year."""
    year = datetime.now(UTC_CLOCK).year
    return tuple(datetime(year, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7))


def _beginning(text: str) -> list[Place]:
    """The places that have, for every word of the text, a word beginning with it; those with the whole words first."""
    wanted = _folded(text).split()
    found = [
        place
        for place in places()
        if wanted and all(any(word.startswith(start) for word in _words_of(place)) for start in wanted)
    ]
    return sorted(found, key=lambda place: not _words_of(place).issuperset(wanted))


@cache
def _words_of(place: Place) -> frozenset[str]:
    return frozenset(_folded(" ".join((place.zone, place.label, *place.older))).split())


def _folded(text: str) -> str:
    """The text without case, accents and signs: "São_Paulo" and "sao paulo" are equal."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.split(r"[\W_]+", plain)).strip()


def _table(name: str, between: str = "\t") -> list[list[str]]:
    lines = resources.files("tzdata.zoneinfo").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [line.split(between) for line in lines if line and not line.startswith("#")]
