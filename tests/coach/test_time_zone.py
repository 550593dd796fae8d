"""A candidate's day is the day where the candidate is, and who gets another one is told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from coach.models import User
from coach.time_zone import day_start, local_day, zone_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "quiet-desk-27"
NO_ZONE = "your days begin at midnight UTC"
JOIN = {"username": "asha", "password": PASSWORD}


@pytest.mark.parametrize(
    ("stored", "day"),
    [("Asia/Calcutta", 8), ("Asia/Kolkata", 8), ("US/Pacific", 7), ("Etc/GMT-14", 8), ("UTC", 7), ("Middle/Earth", 7)],
)
def test_the_day_turns_where_the_candidate_is_by_whatever_name_it_was_stored(stored, day):
    user = make_user("asha", time_zone=stored)

    assert local_day(user, datetime(2026, 11, 7, 19, 0, tzinfo=UTC)) == date(2026, 11, day)


@pytest.mark.parametrize("zone", ["America/Havana", "Africa/Cairo", "Asia/Beirut", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_a_day_begins_once_also_where_the_clock_leaps_over_midnight(zone):
    user = make_user("asha", time_zone=zone)
    for number in range(366):
        day = date(2026, 1, 1) + timedelta(days=number)
        begins = day_start(user, day).astimezone(UTC)
        assert local_day(user, begins) == day
        assert local_day(user, begins - timedelta(seconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Etc/GMT-3", "Etc/GMT-3"),
        ("berlin", "Europe/Berlin"),
        ("Etc/UTC", "UTC"),
    ],
)
def test_joining_stores_the_name_of_today(client, said, stored):
    page = client.post(reverse("join"), {**JOIN, "time_zone": said}, follow=True)

    assert User.objects.get().time_zone == stored
    assert NO_ZONE not in page.content.decode()


@pytest.mark.parametrize("said", ["", "Middle/Earth", "Factory", "m" * 5000])
def test_who_joins_from_nowhere_is_told_when_their_days_begin(client, said):
    page = client.post(reverse("join"), {**JOIN, "time_zone": said}, follow=True)

    assert User.objects.get().time_zone == "UTC"
    assert NO_ZONE in page.content.decode()


@pytest.mark.parametrize(
    ("stored", "said", "then", "told"),
    [
        ("UTC", "Asia/Calcutta", "Asia/Kolkata", False),
        ("Middle/Earth", "Europe/Kiev", "Europe/Kyiv", False),
        ("Asia/Calcutta", "Europe/Berlin", "Asia/Calcutta", False),
        ("UTC", "UTC", "UTC", False),
        ("UTC", "", "UTC", False),
        ("UTC", "Middle/Earth", "UTC", True),
        ("Middle/Earth", "", "Middle/Earth", True),
    ],
)
def test_a_login_learns_the_zone_where_none_is_known_or_says_so(client, stored, said, then, told):
    make_user("asha", password=PASSWORD, time_zone=stored)
    page = client.post(
        reverse("login"), {"username": "asha", "password": PASSWORD, "time_zone": said}, follow=True
    ).content.decode()

    assert User.objects.get().time_zone == then
    assert (NO_ZONE in page) is told


@pytest.mark.parametrize("typed", ["Asia/Calcutta", "Kolkata, India", "kolkata", "India"])
def test_the_account_takes_a_zone_as_people_call_it(client, typed):
    user = make_user("asha", time_zone="US/Pacific")
    client.force_login(user)
    assert 'value="Los Angeles, United States"' in client.get(reverse("account")).content.decode()

    assert client.post(reverse("account"), {"time_zone": typed}).status_code == 302
    user.refresh_from_db()
    assert user.time_zone == "Asia/Kolkata"
    assert 'name="time_zone" value="Kolkata, India"' in client.get(reverse("account")).content.decode()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Mumbai", "Try the largest city near you, or your country."),
        ("Mexico", "There are several: Mexico City, Mexico; Cancun, Mexico; "),
        ("Factory", "Try the largest city near you, or your country."),
        ("", "Please name a city or a country."),
    ],
)
def test_a_zone_that_is_not_clear_is_refused_with_what_may_be_meant(client, typed, told):
    user = make_user("asha", time_zone="Europe/Berlin")
    client.force_login(user)
    response = client.post(reverse("account"), {"name": "Asha", "time_zone": typed})

    assert (response.status_code, told in response.content.decode()) == (422, True)
    assert BeautifulSoup(response.content, "html.parser").select_one("[autofocus]")["name"] == "time_zone"
    assert 'value="Asha"' in response.content.decode()
    user.refresh_from_db()
    assert user.time_zone == "Europe/Berlin"


def test_a_stored_name_that_nobody_knows_is_told_on_the_account_page(client):
    user = make_user("asha", time_zone="Middle/Earth")
    client.force_login(user)
    page = client.get(reverse("account")).content.decode()

    assert 'value="Middle/Earth"' in page and NO_ZONE in page
    user.time_zone = "Asia/Calcutta"
    user.save()
    assert NO_ZONE not in client.get(reverse("account")).content.decode()


def test_an_admin_cannot_store_a_name_that_nobody_knows(client):
    user = make_user("asha")
    client.force_login(User.objects.create_superuser("boss", PASSWORD))
    change = reverse("admin:coach_user_change", args=[user.pk])

    refused = client.post(change, {"username": "asha", "time_zone": "Middle/Earth", "is_active": "on"})
    assert (refused.status_code, "No time zone goes by that name." in refused.content.decode()) == (200, True)
    assert client.post(change, {"username": "asha", "time_zone": "Europe/Kiev", "is_active": "on"}).status_code == 302
    user.refresh_from_db()
    assert user.time_zone == "Europe/Kyiv"


@pytest.mark.django_db(transaction=True)
def test_the_zone_of_the_browser_is_taken_and_offered_and_another_is_found_by_typing(live_server, browser):
    for reported, label, zone in (
        ("Asia/Calcutta", "Kolkata, India", "Asia/Kolkata"),
        ("Europe/Kiev", "Kyiv, Ukraine", "Europe/Kyiv"),
    ):
        context = browser.new_context(timezone_id=reported)
        page = context.new_page()
        page.goto(f"{live_server.url}/join/")
        assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == reported
        assert not page.get_by_label("Time zone").is_visible()
        page.get_by_label("User name").fill(f"of-{zone[:4]}")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Join").click()
        page.wait_for_url("**/plan/chat/")
        user = User.objects.latest("pk")
        assert zone_of(user).key == user.time_zone == zone

        page.goto(f"{live_server.url}/account/")
        field, offer = (
            page.get_by_label("Time zone"),
            page.get_by_role("button", name=f"Use the zone of this device: {label}"),
        )
        assert field.input_value() == label and not offer.is_visible()
        assert page.locator("#time-zones option").first.get_attribute("value") == label
        field.focus()
        page.keyboard.type("new york")
        page.keyboard.press("Enter")
        page.get_by_text("Saved.").wait_for()
        assert field.input_value() == "New York, United States"
        offer.click()
        assert field.input_value() == label and not offer.is_visible()
        context.close()

    without = browser.new_context(java_script_enabled=False)
    page = without.new_page()
    page.goto(f"{live_server.url}/join/")
    page.get_by_label("User name").fill("plain")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Time zone").fill("Berlin")
    page.get_by_role("button", name="Join").click()
    assert User.objects.latest("pk").time_zone == "Europe/Berlin"
    without.close()
