"""All stories as one Markdown file: read, edited, taken away and brought back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from study import stories_file
from study.models import Question, Story
from tests.factories import make_question, make_story, make_user

pytestmark = pytest.mark.django_db

URL = reverse("study:stories")
DOWNLOAD = reverse("study:stories_md")
UPLOAD = reverse("study:stories_upload")


@pytest.fixture
def two(alice):
    one = make_story(alice, question=make_question(alice, "Why Go?"), text="### Situation\n\n- We had Python.")
    two = make_story(alice, question=make_question(alice, "A failure?"), text="### Task\n\n- Move the data.")
    return one, two


def version(user) -> str:
    return stories_file.version_of(stories_file.stories_of(user))


def save(client, text, version):
    return client.post(URL, {"text": text, "version": version}, follow=True)


def upload(client, text, name="stories.md"):
    data = text if isinstance(text, bytes) else text.encode()
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, data)}, follow=True)


def texts(user) -> dict[str, str]:
    return {story.question.text: story.text for story in stories_file.stories_of(user)}


def test_the_page_shows_them_all_and_the_download_is_the_same_file(client, alice, two):
    page = client.get(URL).content.decode()
    assert "Why Go?" in page
    assert "<li>Move the data.</li>" in page
    response = client.get(DOWNLOAD)
    assert response["Content-Disposition"] == 'attachment; filename="stories.md"'
    assert response["Content-Type"].startswith("text/markdown")
    content = response.content.decode()
    assert content.startswith("# Stories\n\n## Why Go?\n\n### Situation\n\n- We had Python.\n\n## A failure?")


def test_a_story_added_at_the_end_of_the_downloaded_file_is_taken_over(client, alice, two):
    text = client.get(DOWNLOAD).content.decode()

    assert "Saved: 3 stories." in upload(client, f"{text}\n## A rude relative?\n\nI stayed calm.\n").content.decode()


def test_what_is_downloaded_can_be_uploaded_and_changes_nothing(client, alice, two):
    before = texts(alice)
    assert "Saved: 2 stories." in upload(client, client.get(DOWNLOAD).content).content.decode()
    assert texts(alice) == before
    assert set(Story.objects.values_list("version", flat=True)) == {1}


def test_an_edited_download_comes_back_at_once(client, alice, two):
    text = client.get(DOWNLOAD).content.decode().replace("We had Python.", "We had Perl.")
    upload(client, text.replace("\n", "\r\n"))
    assert "We had Perl." in texts(alice)["Why Go?"]


def test_a_download_that_is_out_of_date_is_shown_beside_the_stories_as_they_are(client, alice, two):
    text = client.get(DOWNLOAD).content.decode().replace("We had Python.", "We had Perl.")
    Story.objects.filter(pk=two[1].pk).update(version=2)
    response = upload(client, text)
    content = response.content.decode()
    assert response.status_code == 409
    assert "We had Perl." in content
    assert "We had Python." in content
    assert "We had Python." in texts(alice)["Why Go?"]
    # Saving what is shown says: yes, I have seen both.
    save(client, text, version(alice))
    assert "We had Perl." in texts(alice)["Why Go?"]


def test_a_file_without_a_version_is_shown_before_anything_is_lost(client, alice, two):
    response = upload(client, "## Something else?\n\nText")
    assert response.status_code == 409
    assert "You have stories already" in response.text  # and they have not changed since
    assert len(texts(alice)) == 2


def test_a_newcomer_can_bring_a_file(client, alice):
    upload(client, "# Stories\n\n## Why nursing?\n\n- I care.\n\n## Your worst shift?\n\nNight.")
    assert texts(alice) == {"Why nursing?": "- I care.", "Your worst shift?": "Night."}
    assert set(Question.objects.values_list("origin", flat=True)) == {"candidate"}


def test_the_whole_file_can_be_edited_here(client, alice, two):
    assert "## Why Go?" in client.get(URL, {"edit": "1"}).content.decode()
    save(client, "## Why Go?\n\nShorter.\n\n## New one?\n\nNew.", version(alice))
    assert texts(alice) == {"Why Go?": "Shorter.", "New one?": "New."}
    assert Question.objects.filter(text__isnull=False).count() == 3


def test_an_edit_on_an_old_page_is_not_saved_over_a_newer_one(client, alice, two):
    old = version(alice)
    Story.objects.filter(pk=two[0].pk).update(version=5)
    response = save(client, "## Why Go?\n\nMine.", old)
    assert response.status_code == 409
    assert "Mine." in response.content.decode()
    assert "We had Python." in response.content.decode()
    assert len(texts(alice)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Hello\n\n## Why Go?\n\nx", "text before the first question"),
        ("## Why Go?\n\nx\n\n## why go\n\ny", "twice"),
        ("## Why Go?\n\n" + "x" * 12_001, "at most 12,000"),
        ("## " + "x" * 501, "at most 500"),
    ],
)
def test_what_is_no_stories_file_is_refused_in_words_and_kept_in_the_field(client, alice, two, text, message):
    response = save(client, text, version(alice))
    assert response.status_code == 422
    assert message in response.content.decode()
    assert text.split("\n")[-1][:400] in response.content.decode()
    assert len(texts(alice)) == 2


def test_a_heading_in_a_code_block_is_no_question(client, alice):
    upload(client, "## Why Go?\n\n```\n## not a question\n```\n\nend")
    assert list(texts(alice)) == ["Why Go?"]


def test_a_fence_left_open_does_not_swallow_the_next_story(client, alice, two):
    two[0].text = stories_file.body("```\nopen")
    two[0].save()
    assert list(texts(alice)) == ["Why Go?", "A failure?"]
    assert [one.question for one in stories_file.read(stories_file.write(stories_file.stories_of(alice)))] == [
        "Why Go?",
        "A failure?",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe\x00PK", "no plain text"), (b"", "empty"), (b"x" * 2_000_001, "too large")],
)
def test_a_file_that_is_none_is_refused_and_nothing_changed(client, alice, two, content, message):
    response = upload(client, content)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert len(texts(alice)) == 2


def test_without_a_plan_a_new_question_has_nowhere_to_go(client):
    client.force_login(make_user())
    assert "needs a plan" in upload(client, "## Why?\n\nx").content.decode()


def test_no_stories_yet_says_how_to_get_one(client, alice):
    assert "No stories yet" in client.get(URL).content.decode()


def test_each_sees_their_own_and_strangers_nothing(client, alice, bob):
    make_story(bob, text="Only for Bob")
    assert "Only for Bob" not in client.get(URL).content.decode()
    assert "Only for Bob" not in client.get(DOWNLOAD).content.decode()
    client.logout()
    for address in (URL, DOWNLOAD):
        assert client.get(address).url.startswith(reverse("login"))
    assert client.post(UPLOAD).url.startswith(reverse("login"))


def test_a_page_shows_ten_stories_and_leads_to_the_others(client, alice):
    for number in range(21):
        make_story(alice, question=make_question(alice, f"Question {number:02}?"), text=f"Story {number:02}.")
    Story.objects.create(user=alice, question=make_question(alice, "Emptied?"), text="", version=2)
    pages = [client.get(URL, {"page": number} if number else {}).content.decode() for number in (0, 2, 3)]
    for place, page in enumerate(pages):
        shown = [number for number in range(21) if f"Story {number:02}." in page]
        assert shown == list(range(21))[place * 10 : place * 10 + 10]
        assert f"Page {place + 1} of 3, 21 stories in all" in page
        assert "Emptied?" not in page
    assert 'href="?page=2"' in pages[0]
    assert "Earlier" not in pages[0]
    assert 'href="?page=2"' in pages[2]
    assert "Later" not in pages[2]
    assert "Story 20." in client.get(URL, {"page": "99"}).content.decode()
    assert "Story 00." in client.get(URL, {"page": "²"}).content.decode()
    for everything in (client.get(URL, {"edit": 1}), client.get(DOWNLOAD)):
        assert "Story 20." in everything.content.decode()


def test_long_stories_are_fewer_on_a_page(client, alice):
    for number in range(5):
        make_story(alice, question=make_question(alice, f"Question {number}?"), text=f"Story {number}. " + "x" * 11_000)
    pages = [client.get(URL, {"page": number}).content.decode() for number in (1, 2, 3)]
    shown = [[number for number in range(5) if f"Story {number}." in page] for page in pages]
    assert shown == [[0, 1], [2, 3], [4]]


def test_the_page_carries_no_copy_of_the_file(client, alice, two):
    assert client.get(URL).content.decode().count("We had Python.") == 1


def test_a_story_may_begin_with_code(client, alice, two):
    client.post(
        reverse("study:question_story", args=[two[0].question_id]), {"text": "\n    a = 1\n\nSo.", "version": 1}
    )
    assert texts(alice)["Why Go?"] == "    a = 1\n\nSo."
    upload(client, client.get(DOWNLOAD).content)
    assert texts(alice)["Why Go?"] == "    a = 1\n\nSo."


def test_saved_notes_are_found_again_before_they_have_a_structure(client, alice):
    question = make_question(alice, "What did you do when a patient fell?")
    client.post(reverse("study:story_notes", args=[question.pk]), {"notes": "night shift, alone"})
    page = client.get(reverse("study:stories")).text
    assert "Notes without a structure yet" in page
    assert f'href="{reverse("study:question_story", args=[question.pk])}"' in page
