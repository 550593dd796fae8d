"""The raw user context and the job advert: saved as written, limited without loss, read from files."""

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coach.files.refusal import MOST_BYTES
from coach.models import RawUserContext, User
from coach.running.bodies import most_bytes
from tests.coach.files.making import pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    user = User.objects.create_user("alice", "quiet-desk-27")
    client.force_login(user)
    return user


def test_the_context_is_saved_as_it_was_written(client, alice):
    text = "Seven years of backend work.\n\n  • ledger service\n  • 3,200 failed payments {{ 7*7 }} <b>bold</b>"
    assert client.post(reverse("context"), {"text": text}).status_code == 302
    assert RawUserContext.objects.get(user=alice).text == text
    page = client.get(reverse("context")).content.decode()
    assert "{{ 7*7 }} &lt;b&gt;bold&lt;/b&gt;" in page


def test_windows_line_ends_and_control_characters_are_cleaned_away(client, alice):
    client.post(reverse("context"), {"text": "one\r\ntwo\x00\x07\x0c\x1b\tthree"})
    assert RawUserContext.objects.get(user=alice).text == "one\ntwo\tthree"


def test_exactly_the_limit_fits(client, alice):
    assert client.post(reverse("context"), {"text": "x" * 20_000}).status_code == 302


def test_too_long_a_text_is_refused_and_kept_in_the_page(client, alice):
    client.post(reverse("context"), {"text": "the earlier one"})
    text = "y" * 20_001
    response = client.post(reverse("context"), {"text": text})
    assert response.status_code == 422
    page = response.content.decode()
    assert "20,001 characters long; at most 20,000 fit" in page
    assert text in page
    assert RawUserContext.objects.get(user=alice).text == "the earlier one"


def test_the_limit_is_said_beforehand(client, alice):
    assert "At most 20,000 characters" in client.get(reverse("context")).content.decode()


def test_it_may_be_emptied(client, alice):
    client.post(reverse("context"), {"text": "something"})
    client.post(reverse("context"), {"text": ""})
    assert RawUserContext.objects.get(user=alice).text == ""


def test_another_candidate_sees_nothing_of_it(client, alice):
    client.post(reverse("context"), {"text": "secret-of-alice"})
    client.force_login(User.objects.create_user("bob", "quiet-desk-27"))
    assert "secret-of-alice" not in client.get(reverse("context")).content.decode()


def test_anonymous_visitors_have_to_log_in(client):
    assert client.get(reverse("context")).status_code == 302
    assert client.post(reverse("context"), {"text": "x"}).status_code == 401
    assert not RawUserContext.objects.exists()


# --- the advert, and files for either ---------------------------------------------------------------------------------


def brought(name="cv.pdf", content=None):
    return SimpleUploadedFile(name, pdf("Ten years of nursing.") if content is None else content)


def fields_of(response):
    page = BeautifulSoup(response.content, "html.parser")
    return {field["name"]: field.get_text().removeprefix("\n") for field in page.select("textarea")}


def test_a_text_that_was_not_changed_on_a_page_does_not_overwrite_what_another_page_saved(client, alice):
    form = BeautifulSoup(client.get(reverse("context")).content, "html.parser")
    page = {field["name"]: field.get("value", "") for field in form.select("input[name^=seen_]")}
    client.post(reverse("context"), {"text": "", "job_advert": "We look for a nurse."})
    client.post(reverse("context"), page | {"text": "Ten years of nursing.", "job_advert": ""})
    stored = RawUserContext.objects.get(user=alice)
    assert (stored.text, stored.job_advert) == ("Ten years of nursing.", "We look for a nurse.")


def test_both_texts_are_saved_by_one_save_and_both_are_shown(client, alice):
    advert = "y" * 20_000
    assert client.post(reverse("context"), {"text": "mine", "job_advert": advert}).status_code == 302
    stored = RawUserContext.objects.get(user=alice)
    assert (stored.text, stored.job_advert) == ("mine", advert)
    assert fields_of(client.get(reverse("context")))["job_advert"] == advert


def test_too_long_an_advert_loses_neither_text(client, alice):
    response = client.post(reverse("context"), {"text": "mine", "job_advert": "y" * 20_001})
    assert response.status_code == 422
    assert "20,001 characters long; at most 20,000 fit" in response.text
    assert fields_of(response) | {"text": "mine", "job_advert": "y" * 20_001} == fields_of(response)
    assert not RawUserContext.objects.exists()


def test_a_file_is_put_into_its_field_below_what_stands_there_and_saved_only_then(client, alice):
    client.post(reverse("context"), {"text": "The stored one."})
    typed = {"text": "Typed.  ", "job_advert": "", "next": "/plan/chat/"}
    files = {"text_file": brought(), "advert_file": brought("a.md", b"# Nurse")}
    response = client.post(reverse("context"), typed | files)
    assert response.status_code == 200
    assert "Read from your file: check it, then save." in response.text
    shown = fields_of(response)
    assert (shown["text"], shown["job_advert"]) == ("Typed.\n\nTen years of nursing.", "# Nurse")
    assert RawUserContext.objects.get(user=alice).text == "The stored one."
    assert 'name="next" value="/plan/chat/"' in response.text
    client.post(reverse("context"), {"text": shown["text"], "job_advert": shown["job_advert"]})
    assert RawUserContext.objects.get(user=alice).job_advert == "# Nurse"


def test_a_file_that_gives_no_text_gets_a_sentence_at_its_field_and_loses_nothing(client, alice):
    typed = {"text": "Typed.", "job_advert": "Wanted.", "text_file": brought("cv.png", b"\x89PNG\r\n")}
    response = client.post(reverse("context"), typed | {"advert_file": brought("a.txt", b"A nurse.")})
    assert response.status_code == 422
    assert "This kind of file cannot be read here." in response.text
    assert BeautifulSoup(response.content, "html.parser").select_one("[autofocus]")["name"] == "text_file"
    shown = fields_of(response)
    assert (shown["text"], shown["job_advert"]) == ("Typed.", "Wanted.\n\nA nurse.")
    for empty in (brought("cv.txt", b""), brought("cv.pdf", b"%PDF-")):
        response = client.post(reverse("context"), {"text": "Typed.", "text_file": empty})
        assert response.status_code == 422
        assert fields_of(response)["text"] == "Typed."


def test_a_file_with_more_than_fits_is_shown_whole_with_the_sentence(client, alice):
    response = client.post(reverse("context"), {"text": "", "text_file": brought("cv.txt", b"word " * 5_000)})
    assert response.status_code == 422
    assert "24,999 characters long; at most 20,000 fit" in response.text
    assert len(fields_of(response)["text"]) == 24_999


def test_nothing_of_a_file_is_in_a_log(client, alice, caplog):
    caplog.set_level("DEBUG")
    for content in (pdf("canary-of-a-file"), b"%PDF-1.4 canary-of-a-file", b"canary-of-a-file \xff"):
        client.post(reverse("context"), {"text": "", "text_file": brought("canary-of-a-file.txt", content)})
    assert "canary-of-a-file" not in caplog.text


def test_the_page_takes_two_files_of_the_largest_size():
    assert most_bytes("/context/") > 2 * MOST_BYTES + settings.CONTEXT_CHARACTERS * 8
    assert most_bytes("/context/") <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE
