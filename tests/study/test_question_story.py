"""A story: notes in, a structure out, and nobody's words overwritten unseen."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.urls import reverse

from study import stories
from study.models import Story
from tests.factories import make_attempt, make_question, make_session, make_story
from tests.fake_llm import a_story
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db


def url(question, name="question_story"):
    return reverse(f"study:{name}", args=[question.pk])


def note(client, question, notes="queue grew, I measured, second worker"):
    return client.post(url(question, "story_notes"), {"notes": notes})


def build(client, question, headers=HTMX):
    return client.post(url(question, "story_structure"), headers=headers)


def test_notes_become_a_structure_with_gaps(client, alice, fake_llm):
    question = make_question(alice)
    assert note(client, question).url == url(question)
    assert "Your notes are saved." in client.get(url(question)).content.decode()
    fake_llm.reply(a_story())
    content = build(client, question).content.decode()
    assert "<html" not in content
    assert "Our job queue grew faster than it drained." in content
    assert "What was the result, in numbers?" in content
    story = Story.objects.get()
    assert story.text.startswith("**The queue that never drained**\n\n### Situation\n\n- Our job")
    assert "queue grew, I measured" in fake_llm.requests[0].user


def test_without_javascript_each_step_leads_back_to_the_story(client, alice, fake_llm):
    question = make_question(alice)
    note(client, question)
    fake_llm.reply(a_story())
    assert build(client, question, None).url == url(question)


def test_refining_suggests_and_the_candidate_decides(client, alice, fake_llm):
    story = make_story(alice, text="My own words.")
    note(client, story.question, "another note")
    fake_llm.reply(a_story())
    content = build(client, story.question).content.decode()
    assert "The coach suggests" in content
    assert "My own words." in content
    assert "My own words." in fake_llm.requests[0].user
    story.refresh_from_db()
    assert (story.text, story.version) == ("My own words.", 1)
    client.post(url(story.question), {"text": story.suggestion + "\n\nAnd mine.", "version": 1, "take": "1"})
    story.refresh_from_db()
    assert story.text.endswith("And mine.")
    assert (story.suggestion, story.version) == ("", 2)


def test_a_suggestion_can_be_put_away(client, alice):
    story = make_story(alice, text="My own words.", suggestion="The coach's", ask_state="done")
    client.post(url(story.question), {"keep": "1", "text": "The coach's", "version": "1"})
    story.refresh_from_db()
    assert (story.text, story.suggestion) == ("My own words.", "")


@pytest.mark.django_db(transaction=True)
def test_an_edit_made_while_the_coach_writes_stands(client, alice, fake_llm):
    question = make_question(alice)
    note(client, question)

    def edit_meanwhile(_request):
        stories.save_text(question, "Typed meanwhile.", version=0)
        connection.close()
        return a_story()

    fake_llm.reply(edit_meanwhile)
    content = build(client, question).content.decode()
    assert "You edited your story meanwhile" in content
    story = Story.objects.get()
    assert story.text == "Typed meanwhile."
    assert "job queue" in story.suggestion


def test_a_failure_keeps_the_notes_and_they_can_be_sent_again(client, alice, fake_llm):
    question = make_question(alice)
    note(client, question, "my precious notes")
    fake_llm.fault("http_500")
    fake_llm.fault("http_500")
    response = build(client, question)
    assert response.status_code == 503
    content = response.content.decode()
    assert "Your notes are saved, but have no structure yet" in content
    assert "my precious notes" in content
    note(client, question, "my precious notes")
    fake_llm.reply(a_story())
    assert "Our job queue" in build(client, question).content.decode()


def test_the_candidate_can_write_it_alone(client, alice):
    question = make_question(alice)
    response = client.post(url(question), {"text": "# Mine\n\n- a point", "version": 0}, follow=True)
    assert "Saved." in response.content.decode()
    assert Story.objects.get().text == "### Mine\n\n- a point"


def test_two_tabs_do_not_overwrite_each_other(client, alice):
    story = make_story(alice, text="One")
    client.post(url(story.question), {"text": "From the phone", "version": 1})
    response = client.post(url(story.question), {"text": "From the desk", "version": 1})
    assert response.status_code == 409
    content = response.content.decode()
    assert "From the phone" in content
    assert "From the desk" in content
    story.refresh_from_db()
    assert story.text == "From the phone"


def test_what_is_refused_while_the_coach_builds_keeps_its_field(client, alice):
    """In another tab, whose forms are still there; and what the coach builds does not take their place."""
    question = make_story(alice, text="One").question
    note(client, question)
    long = "x" * 12_001
    for name, fields, status in (
        ("question_story", {"text": long, "version": 1}, 422),
        ("question_story", {"text": "Mine", "version": 0}, 409),
        ("story_notes", {"notes": long}, 422),
    ):
        response = client.post(url(question, name), fields)
        assert response.status_code == status
        field = "notes" if name == "story_notes" else "text"
        kept = BeautifulSoup(response.content, "html.parser").select_one(f"textarea[name={field}]")
        assert kept.get_text().strip() == fields[field]
        assert url(question, "story_structure") not in response.content.decode()


def test_a_text_that_is_too_long_is_refused_and_kept_in_the_field(client, alice):
    question = make_question(alice)
    response = client.post(url(question), {"text": "x" * 12_001, "version": 0})
    assert response.status_code == 422
    assert "x" * 12_001 in response.content.decode()
    response = note(client, question, "")
    assert response.status_code == 422


def test_markup_in_a_story_is_text(client, alice):
    story = make_story(alice, text="<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![i](http://a.example/i.png)")
    page = client.get(url(story.question)).content.decode()
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "<img" not in page


def test_a_story_is_folded_below_the_answer_that_is_being_written(client, alice):
    session = make_session(alice)
    story = make_story(alice, text="### Situation\n\n- The queue grew.")
    attempt = make_attempt(alice, session=session, question=story.question)
    page = client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()
    assert page.index("Your story for it") < page.index("The queue grew.")


def test_what_the_coach_wrote_cannot_break_the_file(client, alice, fake_llm):
    question = make_question(alice)
    note(client, question)
    fake_llm.reply(a_story(sections=[{"heading": "Act\n## ion", "points": ["## not a heading", "*stars* [a](b)"]}]))
    build(client, question)
    text = Story.objects.get().text
    assert "\n## " not in text
    assert r"\*stars\*" in text


def test_only_the_owner_sees_writes_or_builds(client, alice, bob):
    theirs = make_story(bob).question
    for name in ("question_story", "story_notes", "story_structure"):
        assert client.post(url(theirs, name), {"text": "x", "version": 1, "notes": "x"}).status_code == 404
    assert client.get(url(theirs)).status_code == 404
    own = make_question(alice)
    assert client.get(url(own, "story_notes")).status_code == 302
    client.logout()
    assert client.get(url(own)).url.startswith(reverse("login"))


def test_the_notes_stay_in_their_field_once_they_have_a_structure(client, alice, fake_llm):
    """The next ones are stored in their place: what is not in the field would be gone."""
    question = make_question(alice)
    note(client, question, "queue grew, I measured")
    fake_llm.reply(a_story())
    assert "queue grew, I measured</textarea>" in build(client, question).text
    assert "queue grew, I measured</textarea>" in client.get(url(question)).text
