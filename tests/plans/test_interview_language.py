"""The language of the interview: chosen in the panel, or asked about once where the candidate writes in another one."""

import pytest
from django.urls import reverse

from coach.models import RawUserContext
from plans.journey import brief_of
from tests.factories import make_brief, make_message
from tests.plans.conftest import HTMX

pytestmark = pytest.mark.django_db

GERMAN = (
    "Ich bewerbe mich als Krankenpflegerin in einem großen Krankenhaus und habe jeden Tag eine halbe Stunde Zeit. "
    "Ich fühle mich unsicher, wenn nach meinen Schwächen gefragt wird."
)
ASKED = "You write in German. Will the interview be in German?"


def chosen(tag, initial=""):
    return {"language": tag, "initial-language": initial}


def panel(client):
    return client.get(reverse("plans:chat")).text


def test_a_language_is_chosen_in_the_panel_and_shown_there_by_its_own_name(client, alice, settings):
    assert '<dd class="unknown">not said (English)</dd>' in panel(client)
    assert client.post(reverse("plans:brief"), chosen("de")).status_code == 302
    assert brief_of(alice).language == "de"
    assert '<dt>Interview language</dt><dd dir="auto" lang="de">Deutsch</dd>' in panel(client)
    assert '<option value="de" selected lang="de">Deutsch</option>' in panel(client)
    for settings.OFFLINE_COACH in (True, False):
        said = "Without a model the coach asks and reads in English only."
        assert (said in panel(client)) == settings.OFFLINE_COACH
    client.post(reverse("plans:brief"), chosen("", initial="de"))
    assert brief_of(alice).language == ""


def test_a_language_that_is_not_on_the_list_stays(client, alice):
    make_brief(alice, language="qu")
    assert '<option value="qu" selected lang="qu">qu</option>' in panel(client)
    data = {"motivation": "low", "initial-motivation": "medium", **chosen("qu", initial="qu")}
    client.post(reverse("plans:brief"), data)
    assert (brief_of(alice).language, brief_of(alice).motivation) == ("qu", "low")


def test_a_tag_is_stored_in_its_one_spelling(client, alice):
    client.post(reverse("plans:brief"), chosen("pt_br"))
    assert brief_of(alice).language == "pt-BR"


@pytest.mark.parametrize("tag", ["xx-YY", "klingon", "en-", "a" * 200, "<script>"])
def test_a_language_that_does_not_exist_is_refused(client, alice, tag):
    response = client.post(reverse("plans:brief"), chosen(tag), headers=HTMX)
    assert response.status_code == 422
    assert "There is no such language. Choose one of the list." in response.text
    assert brief_of(alice).language == ""


def test_who_writes_in_another_language_is_asked_once_whether_the_interview_is_in_it(client, alice, fake_llm):
    make_message(alice, text=GERMAN)
    assert ASKED in panel(client)
    client.post(reverse("plans:brief"), {"language": "de"})
    assert brief_of(alice).language == "de"
    assert ASKED not in panel(client)
    client.post(reverse("plans:brief"), chosen("", initial="de"))
    assert client.post(reverse("plans:brief"), {"language": "en"}).status_code == 302
    assert brief_of(alice).language == "en"
    assert ASKED not in panel(client)
    assert not fake_llm.requests


def test_the_answer_about_the_language_changes_nothing_else(client, alice, fake_llm):
    make_brief(alice)
    make_message(alice, text=GERMAN)
    beside = client.post(reverse("plans:brief"), {"language": "de"}, headers=HTMX)
    assert "Deutsch" in beside.text
    brief, alice.current_role = brief_of(alice), ""
    alice.refresh_from_db()
    assert (alice.current_role, brief.daily_minutes, brief.weaknesses) == ("Backend engineer", 45, "system design")


def test_the_experience_tells_the_language_too(client, alice, fake_llm):
    RawUserContext.objects.create(user=alice, text=GERMAN)
    assert ASKED in panel(client)


@pytest.mark.parametrize(
    "text", ["Ich bin Krankenpflegerin und habe jeden Tag Zeit.", "I have half an hour a day. " * 9]
)
def test_nobody_is_asked_who_wrote_little_or_in_english(client, alice, fake_llm, text):
    make_message(alice, text=text)
    assert "Will the interview be in" not in panel(client)


def test_the_offline_coach_does_not_ask_for_a_language_that_it_has_not(client, alice, settings):
    settings.OFFLINE_COACH = True
    make_message(alice, text=GERMAN)
    assert "Will the interview be in" not in panel(client)
    assert "The offline coach reads and writes English only." in panel(client)
