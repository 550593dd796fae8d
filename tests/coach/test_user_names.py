"""One name, one key, one account, however it is spelled."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.models import User
from coach.user_names import MAX_KEY_CHARACTERS, name_key, validate_user_name
from tests.api.conftest import Api
from tests.factories import PASSWORD, make_user

# Pairs of which 0.1 made two accounts, or of which nobody would say that they are two names.
SAME = [
    ("vic", "vıc"),
    ("vic", "VİC"),
    ("vic", "vi\u0307c"),
    ("vic", "v\u0131\u0307c"),
    ("vic", "vі\u0307c"),
    ("vịc", "VİC".replace("İ", "İ\u0323")),
    ("strasse", "STRAẞE"),
    ("straße", "STRASSE"),
    ("οδυσσευς", "ΟΔΥΣΣΕΥΣ"),
    ("οδυσσευσ", "οδυσσευς"),
    ("alice", "ＡＬＩＣＥ"),
    ("file", "ﬁle"),
    ("kim", "\u212aim"),
    ("nguyễn", "nguye\u0302\u0303n"),
    ("vic", "vi\u200dc"),
    ("vic", "v\ufe0fic"),
    ("vic", "v\u00adi\u034fc\u3164"),
    ("vic", " vic\u3000"),
    ("ali", "alᎥ"),
    ("محمد", "مـحـمـد"),
    ("علي", "علی"),
    ("كريم", "کریم"),
    ("น้ำ", "น\u0e49\u0e4d\u0e32"),
    ("น้ำ", "น\u0e4d\u0e49\u0e32"),
    ("anna7", "anna\u0667"),
    ("anna7", "anna\u06f7"),
]
OF_THE_WORLD = [
    "राहुल",
    "สมชาย",
    "ก้อง",
    "محمد",
    "میلاد\u200cی",
    "홍길동",
    "അവന്\u200d",
    "क्\u200dषमा",
    "שָׁלוֹם",
    "ကြောင့်",
    "Nguyễn",
]
REFUSED = [
    "",
    "a b",
    "a\u00a0b",
    "😀",
    "1\ufe0f\u20e3",
    "\u0301a",
    "-\u0301a",
    "a\u202eb",
    "a\u2066b",
    "\u3164",
    "\u200d",
    "vic\u200d",
    "\u200cvic",
    "vi\u200d\u200dc",
    "v\ufe0fic",
    "nul\x00",
    "new\nline",
    "a" * 151,
    "<b>",
    "a#2",
    "\ue000",
]
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(deadline=None)
@given(text)
def test_the_key_of_a_key_is_the_key(name):
    assert name_key(name_key(name)) == name_key(name)


@settings(deadline=None)
@given(text)
def test_a_name_and_its_other_cases_have_one_key(name):
    written = unicodedata.normalize("NFC", name)
    assert {name_key(written.upper()), name_key(written.lower()), name_key(written.swapcase())} == {name_key(written)}


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=150))
def test_what_is_accepted_has_a_key_that_fits(name):
    try:
        validate_user_name(name)
    except ValidationError:
        return
    assert name.strip() == "" or 0 < len(name_key(name)) <= MAX_KEY_CHARACTERS


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_have_one_key(one, other):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("bill", "biii"), ("राहुल", "रहुल"), ("anna", "ànna"), ("a.b", "ab")])
def test_other_names_have_other_keys(one, other):
    assert name_key(one) != name_key(other)


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_second_candidate_of_the_same_folded_name_is_refused(one, other):
    make_user(one)
    page = Client().post(reverse("join"), {"username": other, "password": "quiet-desk-27"})
    assert page.status_code == 422
    assert User.objects.count() == 1
    assert Api().post("/users/create", {"username": other, "password": "quiet-desk-27"}).status_code in (409, 422)
    with pytest.raises(IntegrityError):
        make_user(other)


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), SAME)
def test_any_spelling_signs_in(one, other):
    make_user(one)
    assert Client().post(reverse("login"), {"username": other, "password": PASSWORD}).status_code == 302
    assert Api().post("/users/login", {"username": other, "password": PASSWORD}).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("name", OF_THE_WORLD)
def test_names_of_every_script_join_and_sign_in(name):
    assert Client().post(reverse("join"), {"username": name, "password": "quiet-desk-27"}).status_code == 302
    assert User.objects.get().username == unicodedata.normalize("NFC", name)
    decomposed = unicodedata.normalize("NFD", name)
    assert Api().post("/users/login", {"username": decomposed, "password": "quiet-desk-27"}).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_name_is_refused_everywhere(client, name):
    make_user("boss", is_staff=True, is_superuser=True)
    assert Client().post(reverse("join"), {"username": name, "password": "quiet-desk-27"}).status_code == 422
    answer = Api().post("/users/create", {"username": name, "password": "quiet-desk-27"})
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"]["username"]
    client.force_login(User.objects.get())
    passwords = {"usable_password": "true", "password1": "quiet-desk-27", "password2": "quiet-desk-27"}
    assert client.post(reverse("admin:coach_user_add"), {"username": name, **passwords}).status_code == 200
    with pytest.raises(CommandError):
        call_command("createsuperuser", username=name, interactive=False)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_the_admin_makes_and_renames_nobody_to_another_spelling(client):
    boss = make_user("boss", is_staff=True, is_superuser=True)
    vic, other = make_user("vic"), make_user("other")
    client.force_login(boss)
    passwords = {"usable_password": "true", "password1": "quiet-desk-27", "password2": "quiet-desk-27"}
    page = client.post(reverse("admin:coach_user_add"), {"username": "vıc", **passwords})
    assert "This user name is taken." in page.content.decode()
    change = reverse("admin:coach_user_change", args=[other.pk])
    page = client.post(change, {"username": "vıc", "time_zone": "UTC", "is_active": "on"})
    assert "This user name is taken." in page.content.decode()
    own = reverse("admin:coach_user_change", args=[vic.pk])
    assert client.post(own, {"username": "VIC", "time_zone": "UTC", "is_active": "on"}).status_code == 302
    assert client.post(change, {"username": "Öther", "time_zone": "UTC", "is_active": "on"}).status_code == 302
    assert set(User.objects.values_list("username", "name_key")) >= {("VIC", "vic"), ("Öther", "öther")}


@pytest.mark.django_db
def test_the_admin_finds_a_name_by_any_spelling(client):
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    make_user("Straße")
    found = client.get(reverse("admin:coach_user_changelist"), {"q": "STRASS"}).context["cl"].result_list
    assert [user.username for user in found] == ["Straße"]


@pytest.mark.django_db
def test_createsuperuser_says_that_a_name_is_taken():
    make_user("vic")
    with pytest.raises(CommandError, match="already taken"):
        call_command("createsuperuser", username="VİC", interactive=False)


@pytest.mark.django_db
def test_no_way_of_writing_a_name_leaves_its_key_out():
    vic = make_user("vic")
    vic.username = "Bo"
    vic.save(update_fields=["username"])
    User.objects.bulk_create([User(pk=vic.pk + 1, username="Ｋim")])
    assert sorted(User.objects.values_list("username", "name_key")) == [("Bo", "bo"), ("Ｋim", "kim")]
    with pytest.raises(TypeError):
        User.objects.update(username="mallory")
    vic.username = "mallory"
    with pytest.raises(TypeError), transaction.atomic():
        User.objects.bulk_update([vic], ["username"])
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(pk=vic.pk + 2, username="KIM")])


@pytest.mark.django_db
def test_a_name_that_is_no_text_is_nobodys():
    with pytest.raises(CommandError):
        call_command("limits", "x\udcff")
