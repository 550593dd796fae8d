"""One damaged value costs that one value: the page says so, the rest works, and it can be written anew."""

import json
import re
from dataclasses import replace

import pytest
from django.db import connection
from django.urls import reverse
from django.utils.html import strip_tags

from coach.encryption import CannotBeRead, encrypted_fields, unreadable_texts
from coach.encryption.unreadable import SENTENCE, read_what_can_be_read
from coach.erasure import models_of_candidates
from coach.models import RawUserContext, User
from llm_modes.asking.rows import AskState
from plans import progress
from plans.conversation import chat_inputs
from plans.models import PlanTopic, TopicProgress
from plans.proposals import deciding
from plans.proposals.change import Change
from study import marking, stories
from study.models import Question, QuestionAttempt, Story
from tests import factories

pytestmark = pytest.mark.django_db

NOTICE = "cannot be read any more"


def damage(row, column, *, position=30, empty=False):
    """Change one bit of what the database holds, as a bad disk would; returns what it holds then."""
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{table}" WHERE id = %s', [row.pk])
        stored = bytearray(cursor.fetchone()[0])
        stored[position] ^= 1
        stored = b"" if empty else bytes(stored)
        cursor.execute(f'UPDATE "{table}" SET "{column}" = %s WHERE id = %s', [stored, row.pk])
    return stored


def held(row, column):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{row._meta.db_table}" WHERE id = %s', [row.pk])
        return bytes(cursor.fetchone()[0])


@pytest.fixture
def alice(client):
    user = factories.make_user("alice", name="Alice Liddell", current_role="Nurse", context="ten years of nursing")
    client.force_login(user)
    return user


@pytest.fixture
def history(alice):
    """A row of every kind that holds words."""
    topics = factories.make_plan(alice)
    words = {"feedback": ["shorter"], "rejection_reason": "too long"}
    factories.make_proposal(alice, **words, changes=[Change(topic="Algorithms", change="added", reason="why not")])
    factories.make_progress(topics[0], note="Speaks clearly.", next_focus=[{"focus": "numbers", "reason": "few"}])
    factories.make_message(alice, "I want to be a nurse.")
    factories.make_review(alice, rationale="Go on.", ask_state=AskState.DONE)
    factories.make_reading(alice, confirmed={"profile": "A nurse of ten years.", "competencies": []})
    factories.make_debrief(alice, state="kept")
    session = factories.make_session(alice, topic=topics[0], ended=True)
    known = {"answer_anchors": [], "looks_for": ["why you", "why here"], "serves": "Wound care"}
    question = factories.make_question(alice, "Why nursing?", topic=topics[0], **known)
    factories.make_attempt(alice, session=session, question=question, state="marked", shown=[True, False])
    factories.make_paste(alice)
    factories.make_story(alice, question=question, notes="notes", gaps=["a number"], suggestion="another")
    summary = [{"question": "Why nursing?", "attempts": 1, "best_score": 6, "best_anchors": []}]
    state = {"ask_state": AskState.DONE, "note": "Speaks.", "summary": summary}
    factories.make_reconciliation(session, next_focus=[{"focus": "numbers", "reason": "few"}], **state)
    running = factories.make_session(alice, topic=topics[1])
    asked = factories.make_round(running)
    draft = asked.suggestions.first().question
    factories.make_attempt(alice, session=running, question=draft)
    return alice


def pages_of(user):
    """Every page that shows something of this candidate's, or rests on it."""
    yield from ("/", "/context/", "/account/", "/plan/", "/plan/chat/", "/plan/review/", "/plan/proposals/")
    yield from ("/plan/brief/", "/notes/", "/sessions/", "/stories/", "/stories/stories.md")
    yield "/questions/own/"
    yield from (reverse("study:pasted_questions", args=[one.pk]) for one in user.question_pastes.all())
    yield "/debriefs/"
    yield from (reverse("study:debrief_detail", args=[one.pk]) for one in user.debriefs.all())
    yield from (reverse("plans:note", args=[one.pk]) for one in user.plan_topics.all())
    yield from (reverse("plans:proposal_detail", args=[one.pk]) for one in user.proposals.all())
    yield from (reverse("study:session_detail", args=[one.pk]) for one in user.study_sessions.all())
    yield from (reverse("study:question_attempts", args=[one.pk]) for one in user.questions.all())
    yield from (reverse("study:question_story", args=[one.pk]) for one in user.questions.all())
    yield from (reverse("study:attempt_detail", args=[one.pk]) for one in user.question_attempts.all())


MODELS = [(model, path, encrypted_fields(model)) for model, path in [(User, "pk"), *models_of_candidates()]]
MOST_FIELDS = max(len(fields) for _model, _path, fields in MODELS)


@pytest.mark.parametrize("place", range(MOST_FIELDS))
def test_damaged_values_of_any_kind_break_no_page_and_are_named_and_kept(client, history, place):
    """One value of each model at a time, so that what belongs together is not damaged together."""
    damaged = {}
    for model, path, fields in MODELS:
        if place < len(fields):
            row = model._base_manager.filter(**{path: history.pk}).order_by("pk").last()
            damaged[row, fields[place].name] = damage(row, fields[place].name)
    for page in pages_of(history):
        response = client.get(page)
        assert response.status_code in (200, 302), page
    lost = client.get(reverse("unreadable")).content.decode()
    named = json.loads(client.get(reverse("export")).content)["cannot be read"]
    assert len(named) == len(damaged)
    for (row, name), stored in damaged.items():
        assert f'value="{row._meta.label}-{row.pk}-{name}"' in lost
        assert {"id": row.pk, "field": name}.items() <= {
            pair for one in named if one["of"] == row._meta.verbose_name for pair in one.items()
        }
        assert held(row, name) == stored


def actions_of(user):
    """What a candidate can do with these rows, in an order in which each finds what it needs."""
    topic = user.plan_topics.first()
    running = user.study_sessions.get(end_time=None)
    draft = user.question_attempts.get(submitted_at=None)
    done = user.question_attempts.filter(submitted_at__isnull=False).first()
    story = user.stories.get()
    proposal = user.proposals.filter(status="open").first()
    yield "plans:brief", [], {"current_role": "Nurse", "daily_minutes": 45, "weaknesses": "maths", "motivation": "low"}
    yield "plans:chat", [], {"text": "Less algorithms, please."}
    yield "plans:chat_reply", [], {}
    yield "plans:note", [topic.pk], {"note": "My own words", "version": 0}
    yield "plans:review", [], {}
    yield "plans:review_answer", [], {}
    yield "study:session_questions", [running.pk], {"wish": "others"}
    yield "study:session_suggestion", [running.pk], {}
    yield "study:attempt_draft", [draft.pk], {"raw_answer": "A draft", "draft_version": 0}
    yield "study:attempt_submission", [draft.pk], {"raw_answer": "An answer", "draft_version": 1}
    yield "study:attempt_feedback", [draft.pk], {}
    yield "study:question_attempts", [done.question_id], {}
    yield "study:story_notes", [story.question_id], {"notes": "Rough notes of mine"}
    yield "study:story_structure", [story.question_id], {}
    yield "study:question_story", [story.question_id], {"text": "### A story", "version": 1}
    yield "study:session_end", [running.pk], {}
    yield "study:session_reconciliation", [running.pk], {}
    yield "plans:proposal_approval", [proposal.pk], {"seen_version": 1}
    yield "plans:proposal_rejection", [proposal.pk], {"reason": "no"}
    yield "plans:proposals", [], {"feedback": "Something else"}
    yield "plans:proposal_suggestion", [user.proposals.order_by("-pk").first().pk], {}
    yield "plans:undo", [], {"version": 1}


@pytest.mark.parametrize("place", range(MOST_FIELDS))
def test_damaged_values_of_any_kind_break_nothing_that_can_be_done(client, history, place):
    for model, path, fields in MODELS:
        if place < len(fields):
            for row in model._base_manager.filter(**{path: history.pk}):
                damage(row, fields[place].name)
    for name, args, data in actions_of(history):
        response = client.post(reverse(name, args=args), data)
        assert response.status_code in (200, 302, 405, 409, 422), (name, response.status_code)
    assert PlanTopic.objects.filter(user=history).in_force().count() == 3


SHOWN = [
    ("plans.PlanTopic", "name", "plans:plan"),
    ("plans.PlanTopic", "description", "plans:plan"),
    ("plans.ChatMessage", "text", "plans:chat"),
    ("plans.DailyReview", "rationale", "plans:review"),
    ("plans.TopicProgress", "note", "plans:notes"),
    ("plans.PlanProposal", "overview", "plans:proposals"),
    ("plans.PlanBrief", "weaknesses", "plans:brief"),
    ("plans.PlanBrief", "interview_format", "plans:brief"),
    ("study.Story", "text", "study:stories"),
    ("coach.RawUserContext", "text", "context"),
    ("coach.User", "name", "account"),
    ("coach.User", "current_role", "account"),
]


@pytest.mark.parametrize(("label", "name", "page"), SHOWN)
def test_the_page_that_shows_it_says_that_it_cannot_be_read(client, history, label, name, page):
    from django.apps import apps

    model = apps.get_model(label)
    path = dict([(User, "pk"), *models_of_candidates()])[model]
    for row in model._base_manager.filter(**{path: history.pk}):
        damage(row, name)
    shown = re.sub(r"\s+", " ", strip_tags(client.get(reverse(page)).content.decode()))
    assert NOTICE in shown
    assert str(model._meta.get_field(name).verbose_name) in shown


def test_the_other_texts_of_the_page_are_there(client, history):
    topics = list(PlanTopic.objects.filter(user=history).in_force())
    damage(topics[0], "name")
    page = client.get(reverse("plans:plan")).content.decode()
    assert SENTENCE in page
    assert topics[1].name in page


@pytest.mark.parametrize("position", [0, 4, 5, 40, -1])
def test_it_does_not_matter_which_byte_is_damaged(client, history, position):
    story = Story.objects.get()
    damage(story, "text", position=position)
    page = client.get(reverse("study:question_story", args=[story.question_id]))
    assert page.status_code == 200
    assert NOTICE in page.content.decode()


def test_nothing_at_all_where_a_text_was_is_damage_too(client, history):
    damage(Story.objects.get(), "text", empty=True)
    assert NOTICE in client.get(reverse("study:stories")).content.decode()


def test_a_lost_text_is_written_anew(client, history):
    context = RawUserContext.objects.get()
    damage(context, "text")
    data = {"which": f"coach.RawUserContext-{context.pk}-text"}
    field = f"coach-RawUserContext-{context.pk}-text-text"
    assert client.post(reverse("unreadable"), {**data, field: " "}).status_code == 422
    assert client.post(reverse("unreadable"), {**data, field: "nine years, I think"}).status_code == 302
    assert RawUserContext.objects.get().text == "nine years, I think"
    assert "Everything of yours can be read" in client.get(reverse("unreadable")).content.decode()


def test_what_can_be_read_is_not_written_anew(client, history):
    context = RawUserContext.objects.get()
    name = f"coach.RawUserContext-{context.pk}-text"
    client.post(reverse("unreadable"), {"which": name, f"{name.replace('.', '-')}-text": "other words"})
    assert RawUserContext.objects.get().text == "ten years of nursing"


def test_nobody_writes_into_the_rows_of_another(client, history):
    bob = factories.make_user("bob", context="the words of bob")
    stored = damage(bob.raw_context, "text")
    name = f"coach.RawUserContext-{bob.raw_context.pk}-text"
    client.post(reverse("unreadable"), {"which": name, f"{name.replace('.', '-')}-text": "mine"})
    assert held(bob.raw_context, "text") == stored
    assert name not in client.get(reverse("unreadable")).content.decode()


def test_what_the_coach_makes_can_be_let_go(client, history):
    attempt = QuestionAttempt.objects.filter(ask_state=AskState.DONE).get()
    damage(attempt, "feedback")
    assert client.post(reverse("unreadable"), {"which": f"study.QuestionAttempt-{attempt.pk}-feedback"}).url
    assert QuestionAttempt.objects.get(pk=attempt.pk).feedback == {}


def test_a_mark_stands_over_rest_without_the_reasons_that_cannot_be_read(client, history):
    client.post("/users/login", {"username": "alice", "password": factories.PASSWORD}, "application/json")
    token = {"X-CSRFToken": client.cookies["csrftoken"].value}
    attempt = QuestionAttempt.objects.filter(ask_state=AskState.DONE).get()
    call = f"/study/evaluate_answer/{attempt.session_id}", {"attempt_id": attempt.pk}, "application/json"
    before = client.post(*call, headers=token).json()
    for name in ("feedback", "anchors"):
        damage(attempt, name)
    without_reasons = {name: [] for name in ("positive_feedback", "improvement_areas", "quotes", "anchors")}
    assert client.post(*call, headers=token).json() == before | without_reasons
    client.post(reverse("unreadable"), {"which": f"study.QuestionAttempt-{attempt.pk}-feedback"})
    assert client.post(*call, headers=token).json() == before | without_reasons


def test_the_pages_of_joining_need_nobody(client):
    assert client.get(reverse("unreadable")).status_code == 302


def test_an_account_full_of_damage_can_be_exported_and_erased(client, history):
    for model, path, fields in MODELS:
        for row in model._base_manager.filter(**{path: history.pk}):
            for field in fields:
                damage(row, field.name)
    assert client.get(reverse("export")).status_code == 200
    assert client.post(reverse("deletion"), {"password": factories.PASSWORD}).status_code == 302
    assert not User.objects.filter(pk=history.pk).exists()


def test_the_facade_answers_without_what_cannot_be_read(client, history):
    topics = list(PlanTopic.objects.filter(user=history).in_force())
    damage(topics[0], "name")
    damage(topics[1], "description")
    plan = client.get("/plan/view").json()
    assert [topic["id"] for topic in plan["plan_topics"]] == [topic.pk for topic in topics]
    assert SENTENCE not in json.dumps(plan)


def test_what_could_not_be_read_is_logged_by_row_and_column(client, history, caplog):
    story = Story.objects.get()
    damage(story, "text")
    client.get(reverse("study:question_story", args=[story.question_id]))
    assert f"study.Story {story.pk}, text: DamagedValue" in caplog.text


# --- what is saved around it -----------------------------------------------------------------------------------------


def test_saving_the_row_leaves_what_cannot_be_read_as_it_is(history):
    story = Story.objects.get()
    stored = damage(story, "text")
    with read_what_can_be_read():
        story = Story.objects.get()
        assert (story.text, bool(story.text)) == ("", False)
        story.notes = "new notes"
        story.save()
    assert held(story, "text") == stored
    assert Story.objects.get().notes == "new notes"


def test_a_form_with_an_empty_field_does_not_erase_it(client, history):
    stored = damage(history, "name")
    client.post(reverse("account"), {"name": "", "current_role": "Teacher", "time_zone": "UTC"})
    assert held(history, "name") == stored
    assert User.objects.get(pk=history.pk).current_role == "Teacher"
    client.post(reverse("account"), {"name": "Al", "current_role": "Teacher", "time_zone": "UTC"})
    assert User.objects.get(pk=history.pk).name == "Al"


def test_an_empty_draft_does_not_erase_it_and_a_new_one_replaces_it(client, history):
    draft = QuestionAttempt.objects.get(submitted_at=None)
    stored = damage(draft, "raw_answer")
    url = reverse("study:attempt_draft", args=[draft.pk])
    assert client.post(url, {"raw_answer": "", "draft_version": 0}).status_code == 200
    assert held(draft, "raw_answer") == stored
    assert client.post(url, {"raw_answer": "anew", "draft_version": 0}).status_code == 200
    assert QuestionAttempt.objects.get(pk=draft.pk).raw_answer == "anew"


def test_the_coach_does_not_write_over_a_note_or_a_story_that_cannot_be_read(history):
    topic = PlanTopic.objects.filter(user=history).in_force()[0]
    stored = damage(TopicProgress.objects.get(topic=topic), "note")
    with read_what_can_be_read():
        assert progress.write_note(topic, "The coach's words", based_on=0) is False
    assert held(TopicProgress.objects.get(topic=topic), "note") == stored


def test_a_plan_that_is_approved_keeps_a_topic_whose_name_cannot_be_read(history):
    topics = list(PlanTopic.objects.filter(user=history).in_force())
    stored = damage(topics[0], "name")
    with read_what_can_be_read():
        proposal = history.proposals.filter(status="open").get()
        proposal.topics = [
            replace(topic, daily_study_minutes=topic.daily_study_minutes - 5) if place == 1 else topic
            for place, topic in enumerate(deciding.topics_in_force(history))
        ]
        proposal.changes = [Change(topic=topics[1].name, change="less_time", reason="it pays")]
        proposal.base_topics, proposal.base_version = deciding.topics_in_force(history), 1
        proposal.save()
        deciding.approve(history, proposal)
    assert held(topics[0], "name") == stored
    assert PlanTopic.objects.filter(user=history).in_force().count() == 3


def test_undo_does_not_empty_the_plan_when_the_plan_before_cannot_be_read(history):
    first = history.proposals.get(version=1)
    deciding.approve_topics(history, factories.plan_data("One", "Two", "Three"))
    damage(first, "topics")
    with read_what_can_be_read(), pytest.raises(deciding.NothingToUndo):
        deciding.undo(history)
    assert PlanTopic.objects.filter(user=history).in_force().count() == 3


# --- what the coach is told ------------------------------------------------------------------------------------------


def test_no_prompt_has_the_sentence_and_what_cannot_be_read_is_left_out(history):
    damage(history.chat_messages.get(), "text")
    factories.make_message(history, "And I like children.")
    damage(PlanTopic.objects.filter(user=history).in_force()[0], "name")
    with read_what_can_be_read():
        inputs = chat_inputs(history)
    assert [line.text for line in inputs.messages] == ["And I like children."]
    assert SENTENCE not in inputs.model_dump_json()
    assert inputs.plan[0].name.startswith("Topic ")


def test_an_answer_or_a_question_that_cannot_be_read_is_not_marked(history):
    attempt = factories.make_attempt(history, state="submitted", answer="My answer")
    damage(attempt, "raw_answer")
    attempt = marking.give_feedback(QuestionAttempt.objects.get(pk=attempt.pk))
    assert (attempt.ask_state, attempt.ask_failure) == (AskState.FAILED, "unreadable")
    assert "cannot be read" in attempt.failure.message


def test_a_story_whose_question_cannot_be_read_is_not_built(history):
    question = factories.make_question(history, "How do you calm a child?")
    story = stories.want(question, "some notes")
    damage(Question.objects.get(pk=question.pk), "text")
    assert stories.ask_for(Story.objects.get(pk=story.pk)).ask_failure == "unreadable"


def test_outside_of_pages_a_value_that_cannot_be_read_raises(history):
    damage(Story.objects.get(), "text")
    with pytest.raises(CannotBeRead):
        _ = Story.objects.get().text


def test_a_long_history_is_looked_through_when_somebody_asks_for_it(client, history, monkeypatch):
    attempt = QuestionAttempt.objects.filter(user=history).first()
    damage(attempt, "raw_answer")
    monkeypatch.setattr(unreadable_texts, "SHORT_HISTORY", 1)
    name, url = f"study.QuestionAttempt-{attempt.pk}-raw_answer", reverse("unreadable")
    came_from = client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()
    assert f'href="{url}?of={name}' in came_from
    assert name not in client.get(url).content.decode()
    for address in (f"{url}?of={name}", f"{url}?all=1"):
        assert name in client.get(address).content.decode()
    for odd in ("study.Story-x-text", "-", "study.Story-²-text", f"study.Story-{'9' * 30}-text", "\x00-1-\x00"):
        assert client.get(url, {"of": odd}).status_code == 200
    data = {"which": name, f"{name.replace('.', '-')}-text": "what I said"}
    assert client.post(f"{url}?of={name}", data).url == f"{url}?of={name}"
    attempt.refresh_from_db()
    assert attempt.raw_answer == "what I said"
