"""A zone is known by every name that it has or had, on every machine, and found by what people call it."""

import subprocess
import sys
import zoneinfo
from datetime import UTC, datetime
from importlib import resources

import pytest

from coach import zone_names
from tests.environment import ROOT

# What browsers report, Chromium above all, and what release 0.1 has stored.
OLD = {
    "Asia/Calcutta": "Asia/Kolkata",
    "Europe/Kiev": "Europe/Kyiv",
    "US/Pacific": "America/Los_Angeles",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Africa/Asmera": "Africa/Asmara",
    "Pacific/Truk": "Pacific/Chuuk",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Iceland": "Atlantic/Reykjavik",
    "Etc/UTC": "UTC",
    "GMT": "UTC",
}


@pytest.mark.parametrize(("old", "today"), OLD.items())
def test_an_old_name_leads_to_the_one_of_today(old, today):
    assert zone_names.canonical(old) == zone_names.canonical(today) == zone_names.meant_by(old) == today


def test_every_name_that_tzdata_knows_is_taken_however_it_is_typed_and_has_the_clock_of_its_own():
    names = set(resources.files("tzdata").joinpath("zones").read_text().split()) - {"Factory"}
    for name in names:
        meant = {zone_names.meant_by(one) for one in (name, f" {name.lower()}\n", name.upper(), name.replace("_", " "))}
        assert len(meant) == 1 and clock(meant.pop()) == clock(name), name


def clock(zone):
    """What the zone's clocks show, in each month of this year."""
    return [
        datetime(2026, month, 15, tzinfo=UTC).astimezone(zoneinfo.ZoneInfo(zone)).utcoffset() for month in range(1, 13)
    ]


@pytest.mark.parametrize("name", ["Europe/Stockholm", "Europe/Oslo", "Atlantic/Reykjavik", "Africa/Accra", "Etc/GMT-3"])
def test_a_name_of_today_stays_though_another_city_has_the_same_clock(name):
    assert zone_names.canonical(name) == name


@pytest.mark.parametrize(
    "name", ["", " ", "Factory", "localtime", "posixrules", "Middle/Earth", "Etc/Unknown", "UTC+2"]
)
def test_what_is_no_zone_is_none(name):
    assert zone_names.canonical(name) is zone_names.meant_by(name) is None


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Kolkata", "Asia/Kolkata"),
        ("calcutta", "Asia/Kolkata"),
        ("Kolkata, India", "Asia/Kolkata"),
        ("india", "Asia/Kolkata"),
        ("Berlin", "Europe/Berlin"),
        ("germany", "Europe/Berlin"),
        ("Argentina", "America/Argentina/Buenos_Aires"),
        ("new york", "America/New_York"),
        (" NEW_YORK ", "America/New_York"),
        ("York", "America/New_York"),
        ("America/Los Angeles", "America/Los_Angeles"),
        ("Zürich", "Europe/Zurich"),
        ("São Paulo", "America/Sao_Paulo"),
        ("St. John’s", "America/St_Johns"),
        ("Ho Chi", "Asia/Ho_Chi_Minh"),
        ("kyiv", "Europe/Kyiv"),
        ("europe / berlin", "Europe/Berlin"),
        ("ETC/GMT+5", "Etc/GMT+5"),
        ("est5edt", "EST5EDT"),
        ("Zu\u0308rich", "Europe/Zurich"),
        ("England", "Europe/London"),
        ("uk", "Europe/London"),
        ("Holland", "Europe/Amsterdam"),
        ("Czechia", "Europe/Prague"),
        ("Europe", None),
        ("undefined", None),
        ("united states", None),
        ("korea", None),
        ("Mumbai", None),
        ("a " * 10_000, None),
    ],
)
def test_a_place_is_found_as_people_type_it(typed, zone):
    assert zone_names.meant_by(typed) == zone


def test_where_several_are_meant_the_largest_of_each_clock_are_named():
    for country in ("united states", "USA", "us", "America"):
        assert zone_names.similar(country) == [
            f"{city}, United States"
            for city in ("New York", "Chicago", "Denver", "Phoenix", "Los Angeles", "Anchorage")
        ]
    assert zone_names.similar("uk")[0] == "London, Britain (UK)"
    assert zone_names.similar("Mumbai") == zone_names.similar("") == []


def test_the_list_has_a_label_of_its_own_for_each_zone_and_no_oddities():
    places = zone_names.places()
    labels = [place.label for place in places]

    assert len(set(labels)) == len(labels) > 400
    assert all(zone_names.meant_by(place.label) == place.zone == zone_names.canonical(place.zone) for place in places)
    assert not [place.zone for place in places if "/" not in place.zone and place.zone != "UTC"]
    assert not [place.zone for place in places if place.zone.startswith(("Etc/", "US/", "posix"))]


def test_every_zone_of_this_machine_is_known():
    assert {name for name in zoneinfo.available_timezones() if zone_names.canonical(name) is None} <= {
        "Factory",
        "localtime",
    }


# Asked of a process of its own: a system without any zones, and one (Debian's) without the old names.
PROGRAM = """
from coach import zone_names
from zoneinfo import ZoneInfo
import sys
print([ZoneInfo(zone_names.canonical(name)).key for name in sys.argv[1:]], len(zone_names.places()))
"""


def test_a_system_without_old_names_or_without_zones_behaves_the_same(tmp_path):
    (tmp_path / "Europe").mkdir()
    berlin = next(file for folder in zoneinfo.TZPATH if (file := ROOT / folder / "Europe" / "Berlin").exists())
    (tmp_path / "Europe" / "Berlin").write_bytes(berlin.read_bytes())

    said = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, *OLD],
            cwd=ROOT,
            env={"PYTHONTZPATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for path in ("", str(tmp_path), ":".join(zoneinfo.TZPATH))
    }
    assert said == {f"{list(OLD.values())} {len(zone_names.places())}\n"}
