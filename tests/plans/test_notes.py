"""What the coach believes, topic by topic: readable, editable, and never overwritten unseen."""

import pytest
from django.urls import reverse
from django.utils import timezone

from plans import progress
from plans.models import PlanTopic, TopicProgress
from tests.factories import make_plan, make_progress, make_reconciliation, make_session
from tests.plans.conftest import HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic(alice):
    """A topic with a note of the coach, version 3."""
    found = make_plan(alice)[0]
    make_progress(
        found,
        note="You explain trade-offs well.",
        note_version=3,
        next_focus=[{"focus": "End with numbers", "reason": "Two answers had none."}],
    )
    return found


def save(client, topic, note="Mine.", version=3, **headers):
    return client.post(reverse("plans:note", args=[topic.pk]), {"note": note, "version": version}, headers=headers)


def note_of(topic):
    return TopicProgress.objects.get(topic=topic).note


def test_all_that_is_believed_stands_on_one_page(client, alice, topic):
    session = make_session(alice, topic=topic, ended=True)
    make_reconciliation(session, ask_state="done")
    page = client.get(reverse("plans:notes")).content.decode()
    for words in (
        "You explain trade-offs well.",
        "5.5 of 10",
        "30 min in 2 sessions",
        "End with numbers",
        "Algorithms",
    ):
        assert words in page
    assert reverse("study:session_detail", args=[session.pk]) in page


def test_a_session_of_seconds_took_a_minute_not_none(client, alice, topic):
    make_progress(topic, total_time_spent=40, sessions=1)
    assert "1 min in 1 session" in client.get(reverse("plans:notes")).content.decode()


def test_a_note_can_be_corrected(client, alice, topic):
    response = save(client, topic, "I did name costs.\n\nIn both answers.")
    assert response["Location"] == reverse("plans:notes")
    assert note_of(topic) == "I did name costs.\n\nIn both answers."


def test_with_htmx_the_topic_alone_is_answered(client, alice, topic):
    page = save(client, topic, "Corrected.", **HTMX).content.decode()
    assert "<html" not in page
    assert f'id="note-{topic.pk}"' in page
    assert "Corrected." in page
    assert 'name="version" value="4"' in page


def test_a_line_of_theirs_that_the_coach_types_otherwise_stays_as_it_was_and_stands_once(client, alice, topic):
    save(client, topic, "Don’t ask about Kafka – never.", version=3)
    assert progress.write_note(topic, "Don't ask about Kafka - never.\nFigures are missing.", based_on=4)
    assert note_of(topic) == "Don’t ask about Kafka – never.\nFigures are missing."


def test_an_edit_that_the_coach_was_faster_than_keeps_both_texts(client, alice, topic):
    assert progress.write_note(topic, "The coach's new note.", based_on=3)
    response = save(client, topic, "My correction.", version=3)
    page = response.content.decode()
    assert response.status_code == 409
    assert "The coach&#x27;s new note." in page
    assert "My correction." in page
    assert note_of(topic) == "The coach's new note."
    save(client, topic, "My correction.", version=4)
    assert note_of(topic) == "My correction."


def test_the_coach_does_not_overwrite_an_edit_made_meanwhile(client, alice, topic):
    save(client, topic, "My correction.", version=3)
    assert not progress.write_note(topic, "The coach's note on version 3.", based_on=3)
    assert note_of(topic) == "My correction."


def test_the_coach_rewrites_around_the_lines_of_the_candidate(client, alice, topic):
    save(client, topic, "You explain trade-offs well.\nI freeze when asked about costs.", version=3)
    assert progress.write_note(topic, "Trade-offs are clear now. Costs are named late.", based_on=4)
    assert note_of(topic) == "I freeze when asked about costs.\nTrade-offs are clear now. Costs are named late."
    # The coach keeps the line by itself: it stands there once. The candidate may take it out again.
    assert progress.write_note(topic, "I freeze when asked about costs.\nBetter.", based_on=5)
    assert note_of(topic) == "I freeze when asked about costs.\nBetter."
    save(client, topic, "Better.", version=6)
    assert progress.write_note(topic, "Good.", based_on=7)
    assert note_of(topic) == "Good."
    # Their line stays letter by letter, however it is set.
    save(client, topic, "Good.\n\t- I  stammer -- don't   push. \nMine.", version=8)
    assert progress.write_note(topic, "- I stammer -- don't push.\nBetter.", based_on=9)
    assert note_of(topic) == "Mine.\n\t- I  stammer -- don't   push. \nBetter."


def test_what_was_added_to_a_report_of_release_0_1_stays_without_the_report(client, alice, topic):
    report = "Last session: 3 answers to 3 questions, marks 4 to 8. Goes well: “Tell me about a change. Why?” (8)."
    make_progress(topic, note=report, note_version=3)
    save(client, topic, f"{report} I did name costs.", version=3)
    assert progress.write_note(topic, "Figures are missing.", based_on=4)
    assert note_of(topic) == "I did name costs.\nFigures are missing."
    assert progress.write_note(topic, "", based_on=5)
    assert note_of(topic) == "I did name costs."


def test_what_the_coach_would_have_written_is_kept_beside_an_edit_made_meanwhile(client, alice, topic):
    session = make_session(alice, topic=topic, ended=True)
    make_reconciliation(session, ask_state="done", note="The coach's other view.", note_set_aside=True)
    assert "The coach&#x27;s other view." in client.get(reverse("plans:notes")).content.decode()


@pytest.mark.parametrize(("note", "version"), [("n" * 4001, "3"), ("fine", "x"), ("fine", ""), ("fine", "-1")])
def test_bad_input_is_refused_and_kept(client, alice, topic, note, version):
    response = save(client, topic, note, version)
    assert response.status_code == 422
    assert note in response.content.decode()
    assert note_of(topic) == "You explain trade-offs well."


def test_a_note_may_be_emptied_and_a_topic_without_progress_may_get_one(client, alice, topic):
    save(client, topic, "")
    assert note_of(topic) == ""
    other = PlanTopic.objects.get(user=alice, priority=2)
    save(client, other, "I avoid these.", version=0)
    assert note_of(other) == "I avoid these."


def test_topics_that_left_the_plan_are_below(client, alice, topic):
    PlanTopic.objects.filter(pk=topic.pk).update(archived_at=timezone.now())
    page = client.get(reverse("plans:notes")).content.decode()
    assert "Topics that left the plan" in page
    assert "You explain trade-offs well." in page


def test_another_candidates_notes_do_not_exist(client, alice, bob):
    theirs = make_plan(bob)[0]
    make_progress(theirs, note="secret-of-bob")
    assert "secret-of-bob" not in client.get(reverse("plans:notes")).content.decode()
    assert client.get(reverse("plans:note", args=[theirs.pk])).status_code == 404
    assert save(client, theirs).status_code == 404
    assert note_of(theirs) == "secret-of-bob"


def test_anonymous_visitors_are_sent_to_the_login(client, bob):
    theirs = make_plan(bob)[0]
    assert client.get(reverse("plans:notes")).status_code == 302
    assert client.post(reverse("plans:note", args=[theirs.pk])).status_code == 302


def test_other_methods_are_refused(client, alice, topic):
    assert client.post(reverse("plans:notes")).status_code == 405
    assert client.put(reverse("plans:note", args=[topic.pk])).status_code == 405


def test_words_are_escaped(client, alice, topic):
    save(client, topic, "<b>bold</b> {{ 7|add:7 }}")
    page = client.get(reverse("plans:notes")).content.decode()
    assert "&lt;b&gt;bold" in page
    assert "{{ 7|add:7 }}" in page


def test_without_a_plan_the_page_leads_to_one(client, alice):
    assert "No notes yet" in client.get(reverse("plans:notes")).content.decode()
