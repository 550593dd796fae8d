"""What the coach reads in an account of an interview, corrected by the candidate, and what comes of it."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from coach.time_zone import local_day
from llm_modes.asking.rows import AskState
from plans import debriefs as told
from plans.models import Debrief
from study import debriefs, redo
from study.models import Question
from tests.browsing import fields_of
from tests.coach.encryption.test_unreadable import damage, held
from tests.factories import make_debrief, make_proposal, make_question, make_session, make_topic
from tests.fake_llm import a_debrief
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db
TOLD = "They asked how I would design a queue. I had no numbers. Then why I left."
REPLY = a_debrief(
    questions=[
        {"question": "How would you design a queue?", "topic": "system DESIGN", "went": "badly"},
        {"question": "Why did you leave?", "topic": "Motivation", "went": None},
    ],
    gaps=[{"quote": "I had no numbers", "gap": "Figures for sizes"}, {"quote": "You failed", "gap": "Likeable"}],
)


def url(debrief, name="debrief_detail"):
    return reverse(f"study:{name}", args=[debrief.pk])


def read(client, debrief, headers=HTMX):
    return client.post(url(debrief, "debrief_reading"), headers=headers)


def keep(client, debrief, **fields):
    """Post the lines as the page has them, but for these fields."""
    page = BeautifulSoup(client.get(url(debrief)).content, "html.parser")
    form = page.select_one(f"form[action='{url(debrief, 'debrief_lines')}']")
    return client.post(url(debrief, "debrief_lines"), {**fields_of(form), **fields})


def test_it_is_read_once_and_each_line_can_be_corrected(client, alice, fake_llm):
    debrief = make_debrief(alice, TOLD, state="pending")
    fake_llm.reply(REPLY)
    page = read(client, debrief).text
    assert "<html" not in page
    for words in ("How would you design a queue?", "Why did you leave?", "Figures for sizes", "I had no numbers"):
        assert words in page
    assert "Likeable" not in page  # no such words were said
    debrief.refresh_from_db()
    assert [line["topic"] for line in debrief.asked] == [alice.plan_topics.get(priority=1).pk, None]
    assert TOLD in fake_llm.requests[0].user
    assert "- Conflict stories" in fake_llm.requests[0].user
    read(client, debrief)
    assert len(fake_llm.requests) == 1
    assert not Question.objects.exists()  # nothing counts before it is kept


def test_without_javascript_reading_leads_back_to_the_page(client, alice, fake_llm):
    debrief = make_debrief(alice, TOLD, state="pending")
    fake_llm.reply(REPLY)
    assert read(client, debrief, None).url == url(debrief)


def test_a_failure_keeps_the_words_and_can_be_tried_again(client, alice, fake_llm):
    debrief = make_debrief(alice, TOLD, state="pending")
    fake_llm.fault("http_500")
    fake_llm.fault("http_500")
    response = read(client, debrief)
    assert response.status_code == 503
    assert "What you told is saved, but not read yet" in response.text
    assert TOLD in response.text
    fake_llm.reply(REPLY)
    read(client, debrief, None)
    debrief.refresh_from_db()
    assert debrief.is_answered


@pytest.mark.django_db(transaction=True)
def test_a_reading_of_words_that_were_changed_meanwhile_is_dropped(client, alice, fake_llm):
    debrief = make_debrief(alice, TOLD, state="pending")

    def change_meanwhile(_request):
        told.change(debrief, held_on=debrief.held_on, outcome="no", text="They asked why.")
        connection.close()
        return REPLY

    fake_llm.reply(change_meanwhile)
    read(client, debrief)
    debrief.refresh_from_db()
    assert (debrief.text, debrief.outcome, debrief.asked) == ("They asked why.", "no", [])
    assert debrief.ask_state == AskState.PENDING


def test_what_is_kept_joins_the_own_questions_as_asked_for_real_and_comes_first(client, alice):
    first, second, _third = alice.plan_topics.in_force()
    lines = [
        {"question": "What is a lock?", "topic": first.pk, "went": "well"},
        {"question": "What is a queue?", "topic": None, "went": ""},
        {"question": "Small talk?", "topic": second.pk, "went": ""},
    ]
    debrief = make_debrief(alice, asked=lines)
    make_question(alice, "Due long ago?", topic=second, due_at=timezone.now() - timezone.timedelta(days=30))
    corrected = {"question-0": "What is\na deadlock?", "question-topic-1": str(second.pk), "question-drop-2": "on"}
    assert keep(client, debrief, **corrected).url == url(debrief)
    kept = {question.text: question for question in Question.objects.exclude(asked_for_real_on=None)}
    assert {text: question.topic for text, question in kept.items()} == {
        "What is a deadlock?": first,
        "What is a queue?": second,
    }
    for question in kept.values():
        assert (question.origin, question.asked_for_real_on) == ("candidate", debrief.held_on)
    offered = redo.pick(make_session(alice, topic=second), 4)
    assert [one.question.text for one in offered] == ["What is a queue?", "Due long ago?"]
    page = client.get(url(debrief)).text
    assert reverse("study:question_attempts", args=[kept["What is a queue?"].pk]) in page
    assert "Small talk?" not in page


def test_a_question_that_is_known_is_noted_and_not_stored_twice(client, alice):
    first, second, _third = alice.plan_topics.in_force()
    later = timezone.now() + timezone.timedelta(days=40)
    known = make_question(alice, "how would you design a queue", topic=second, due_at=later, rests_until=later)
    make_question(alice, "How would you design a queue?", topic=first, voided_at=timezone.now())
    debrief = make_debrief(alice)
    keep(client, debrief)
    known.refresh_from_db()
    assert (known.asked_for_real_on, known.rests_until) == (debrief.held_on, None)
    assert known.due_at <= timezone.now()
    assert Question.objects.count() == 2


def test_a_second_click_and_a_second_account_of_it_add_nothing(client, alice):
    debrief, again = make_debrief(alice), make_debrief(alice)
    fields = {"version": "1", "question-0": "How would you design a queue?", "gap-0": "Figures for sizes"}
    fields["question-topic-0"] = str(debrief.asked[0]["topic"])
    for _click in range(2):
        assert client.post(url(debrief, "debrief_lines"), fields).url == url(debrief)
    keep(client, again)
    assert Question.objects.count() == 1
    debrief.refresh_from_db()
    assert debrief.asked[0]["question_id"] == Question.objects.get().pk


def test_words_typed_over_lines_that_were_kept_or_read_anew_meanwhile_are_shown(client, alice):
    debrief = make_debrief(alice, state="kept", version=2)
    response = client.post(url(debrief, "debrief_lines"), {"version": "1", "question-0": "Mine", "gap-0": "My own gap"})
    assert response.status_code == 409
    assert "Mine\nMy own gap" in response.text
    debrief.refresh_from_db()
    assert debrief.gaps[0]["gap"] == "Figures for sizes"


def test_words_changed_on_a_page_from_before_the_lines_were_kept_are_shown_to_copy(client, alice):
    debrief = make_debrief(alice, TOLD, state="kept")
    told = {"text": f"{TOLD} And about pay.", "day": debrief.held_on.isoformat(), "outcome": "offer"}
    response = client.post(url(debrief), told)
    assert response.status_code == 409
    assert "And about pay." in response.text
    assert client.post(url(debrief), told | {"text": TOLD}).status_code == 302
    debrief.refresh_from_db()
    assert (debrief.text, debrief.outcome) == (TOLD, "offer")


def test_words_that_a_page_did_not_change_do_not_overwrite_what_another_page_saved(client, alice):
    debrief = make_debrief(alice, TOLD)
    page = BeautifulSoup(client.get(url(debrief)).content, "html.parser")
    form = fields_of(page.select_one(f"form[action='{url(debrief)}']"))
    client.post(url(debrief), form | {"text": f"{TOLD} And about pay."})
    client.post(url(debrief), form | {"outcome": "no"})
    debrief.refresh_from_db()
    assert (debrief.text, debrief.outcome) == (f"{TOLD} And about pay.", "no")


def test_a_mark_that_comes_while_lines_are_kept_stays(alice):
    question = make_question(alice, "What is a lock?")
    known = debriefs._Known(alice)
    question.answer_anchors = [{"name": "Order", "anchor": "who waits"}]
    question.save()
    line = {"question": "What is a lock?", "topic": question.topic_id}
    assert known.asked(line, local_day(alice)) == question.pk
    question.refresh_from_db()
    assert question.answer_anchors
    assert question.asked_for_real_on == local_day(alice)


def test_a_line_that_is_too_long_or_has_no_such_topic_is_said_and_stays_in_its_field(client, alice, bob):
    debrief = make_debrief(alice)
    foreign = make_topic(bob, "Of bob")
    for fields in ({"question-0": "x" * 501}, {"question-topic-0": str(foreign.pk)}, {"gap-0": "x" * 201}):
        response = keep(client, debrief, **{"question-went-0": "well", **fields})
        assert response.status_code == 422
        assert "Please choose one" in response.text or "at most" in response.text
        assert next(iter(fields.values())) in response.text or "question-topic-0" in fields
    assert not Question.objects.exists()


def test_the_cap_of_own_questions_keeps_everything_in_the_form(client, alice, settings):
    settings.COACH_OPEN_QUESTIONS = 1
    debrief = make_debrief(alice)
    make_question(alice, "Mine?", origin="candidate", topic=alice.plan_topics.in_force()[0])
    response = keep(client, debrief, **{"question-0": "Corrected?"})
    assert response.status_code == 409
    assert "Corrected?" in response.text
    debrief.refresh_from_db()
    assert (debrief.confirmed_at, Question.objects.count()) == (None, 1)


def test_what_was_kept_can_still_be_corrected_and_its_day_too(client, alice):
    debrief = make_debrief(alice)
    keep(client, debrief)
    keep(client, debrief, **{"gap-0": "Sizes in figures"})
    day = (local_day(alice) - timezone.timedelta(days=2)).isoformat()
    client.post(url(debrief), {"day": day, "outcome": "no"})
    debrief.refresh_from_db()
    assert (debrief.gaps[0]["gap"], debrief.gaps[0]["quote"]) == ("Sizes in figures", "I had no numbers")
    assert (debrief.outcome, debrief.held_on.isoformat(), debrief.text != "") == ("no", day, True)
    assert Question.objects.get().asked_for_real_on == debrief.held_on
    assert "They said no. I am sorry." in client.get(url(debrief)).text


def test_a_proposal_that_was_decided_or_replaced_is_nothing_to_decide_on(client, alice):
    decides, proposal = "You decide on what comes of it.", make_proposal(alice, base_version=1)
    debrief = make_debrief(alice, TOLD, state="kept", weighed_in=proposal)
    assert decides in client.get(url(debrief)).text
    proposal.status = "superseded"
    proposal.save()
    page = client.get(url(debrief)).text
    assert decides not in page
    assert "It comes before your marks." in page
    proposal.status = "rejected"
    proposal.save()
    page = client.get(url(debrief)).text
    assert decides not in page
    assert reverse("plans:proposal_detail", args=[proposal.pk]) in page


def test_an_outcome_that_cannot_be_read_is_not_overwritten_by_one_that_was_not_said(client, alice):
    debrief = make_debrief(alice, TOLD, outcome="no")
    stored = damage(debrief, "outcome")
    fields = {"day": debrief.held_on.isoformat(), "outcome": "", "text": TOLD}
    assert client.post(url(debrief), fields, follow=True).status_code == 200
    assert held(debrief, "outcome") == stored
    client.post(url(debrief), {**fields, "outcome": "offer"})
    assert Debrief.objects.get().outcome == "offer"


def test_other_words_are_read_anew_and_another_outcome_alone_is_not(client, alice, fake_llm):
    debrief = make_debrief(alice, TOLD)
    fields = {"day": debrief.held_on.isoformat(), "outcome": "offer", "text": TOLD}
    client.post(url(debrief), fields)
    debrief.refresh_from_db()
    assert (debrief.outcome, debrief.is_answered, len(debrief.asked)) == ("offer", True, 1)
    client.post(url(debrief), {**fields, "text": "They asked why."})
    debrief.refresh_from_db()
    assert (debrief.ask_state, debrief.asked, debrief.text) == ("pending", [], "They asked why.")
    response = client.post(url(debrief), {**fields, "text": "x" * 20_001})
    assert response.status_code == 422
    assert "x" * 20_001 in response.text


def test_it_can_be_read_in_a_session_and_beside_a_proposal_that_waits(client, alice, fake_llm):
    make_session(alice)
    debrief = make_debrief(alice, TOLD, state="pending")
    alice.proposals.create(source="review", status="open", base_version=1)
    fake_llm.reply(REPLY)
    assert read(client, debrief).status_code == 200


def test_a_model_that_is_taken_away_is_not_replaced_by_rules(client, alice):
    debrief = make_debrief(alice, TOLD, state="pending")
    assert "I am a set of rules and cannot read what you told." in read(client, debrief).text


def test_only_the_owner_sees_changes_or_keeps(client, alice, bob):
    theirs = make_debrief(bob)
    for name in ("debrief_detail", "debrief_reading", "debrief_reading_stop", "debrief_lines"):
        assert client.post(url(theirs, name), {"text": "x", "version": "1"}).status_code == 404
    assert client.get(url(theirs)).status_code == 404
    assert client.put(url(make_debrief(alice))).status_code == 405
    client.logout()
    assert client.get(url(theirs)).url.startswith(reverse("login"))
    theirs.refresh_from_db()
    assert (theirs.version, theirs.confirmed_at) == (1, None)


def test_what_is_kept_at_the_same_moment_is_kept_once(alice):
    debrief = make_debrief(alice)
    debriefs.keep(debrief, questions=debrief.asked, gaps=debrief.gaps, version=1)
    with pytest.raises(debriefs.StaleLines):
        debriefs.keep(debrief, questions=debrief.asked, gaps=debrief.gaps, version=1)
    assert Debrief.objects.get().version == 2
