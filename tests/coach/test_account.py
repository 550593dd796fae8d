"""The account: change it, take everything away, erase everything."""

import json

import pytest
from django.apps import apps
from django.http import JsonResponse
from django.test import Client
from django.urls import reverse

from coach.erasure import export, models_of_candidates
from coach.models import EncryptionKey, Invitation, LoginSession, NightlyBackup, RawUserContext, RecentTries, User
from llm_modes.models import Dialect
from tests.factories import make_attempt, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "quiet-desk-27"


@pytest.fixture
def alice(client):
    user = make_user("alice", password=PASSWORD)
    client.force_login(user)
    return user


def test_name_role_and_zone_can_be_changed(client, alice):
    data = {"name": "Al", "current_role": "Nurse", "time_zone": "Pacific/Auckland"}
    assert client.post(reverse("account"), data).status_code == 302
    alice.refresh_from_db()
    assert (alice.name, alice.current_role, alice.time_zone) == ("Al", "Nurse", "Pacific/Auckland")


def test_a_zone_that_does_not_exist_is_refused(client, alice):
    assert client.post(reverse("account"), {"time_zone": "Middle/Earth"}).status_code == 422


def test_a_new_password_keeps_this_device_and_signs_out_others(client, alice):
    other = Client()
    other.force_login(alice)
    data = {"old_password": PASSWORD, "new_password1": "louder-desk-28", "new_password2": "louder-desk-28"}
    assert client.post(reverse("password"), data).status_code == 302
    assert client.get(reverse("account")).status_code == 200
    assert other.get(reverse("account")).status_code == 302


def test_the_export_holds_what_was_written_and_no_password(client, alice):
    RawUserContext.objects.create(user=alice, text="seven years of nursing")
    make_attempt(alice, raw_answer="I washed my hands first.")
    assert client.head(reverse("export"))["Content-Disposition"]  # as a download tool asks first
    response = client.get(reverse("export"))
    assert "attachment" in response["Content-Disposition"]
    content = response.content.decode()
    json.loads(content)
    assert "seven years of nursing" in content
    assert "I washed my hands first." in content
    assert "pbkdf2" not in content


def test_the_file_is_the_whole_export_word_for_word(client, alice):
    RawUserContext.objects.create(user=alice, text="“Grüße”\n\n- a \\n\u2028 list")
    for _number in range(3):
        make_attempt(alice, state="marked")
    whole = JsonResponse(export(alice), json_dumps_params={"indent": 1, "ensure_ascii": False})
    response = client.get(reverse("export"))
    assert (response.content, response["Content-Type"]) == (whole.content, whole["Content-Type"])


def test_the_export_holds_nothing_of_another_candidate(client, alice):
    make_attempt(make_user("bob"), raw_answer="words of bob")
    assert "words of bob" not in client.get(reverse("export")).content.decode()


def test_every_model_of_ours_is_exported_or_known_to_belong_to_no_candidate():
    of_nobody = {LoginSession, RecentTries, Invitation, EncryptionKey, Dialect, NightlyBackup}
    covered = {model for model, _path in models_of_candidates()} | {User} | of_nobody
    ours = {
        model for app in ("coach", "plans", "study", "llm_modes") for model in apps.get_app_config(app).get_models()
    }
    assert ours == covered


def test_erasing_takes_the_password_and_leaves_nothing(client, alice):
    attempt = make_attempt(alice, raw_answer="gone soon")
    bobs = make_attempt(make_user("bob"), raw_answer="stays")
    Client().force_login(alice)
    assert client.post(reverse("deletion"), {"password": "wrong"}).status_code == 422
    assert User.objects.filter(pk=alice.pk).exists()

    response = client.post(reverse("deletion"), {"password": PASSWORD})
    assert response["Location"] == reverse("join")
    for model, path in models_of_candidates():
        assert not model._base_manager.filter(**{path: alice.pk}).exists(), model
    assert not type(attempt).objects.filter(pk=attempt.pk).exists()
    assert type(bobs).objects.filter(pk=bobs.pk).exists()
    signed_in = [session.get_decoded().get("_auth_user_id") for session in LoginSession.objects.all()]
    assert str(alice.pk) not in signed_in


@pytest.mark.parametrize("page", ["account", "password", "export", "deletion"])
def test_anonymous_visitors_are_sent_to_the_login(client, page):
    assert client.get(reverse(page))["Location"].startswith(reverse("login"))
