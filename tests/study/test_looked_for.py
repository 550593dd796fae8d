"""What a good answer shows: opened before the answer and noted, ticked after the mark; and a hint for who is stuck."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from llm_modes.ledger.spending import OFFLINE_MODEL
from study import answering, marking, questions, sessions
from study.looked_for import BEGINNINGS, NOT_LOOKED_AT, RULES_CANNOT_TELL
from study.models import Drill, QuestionAttempt
from tests.factories import ANSWER, make_attempt, make_question, make_reading, make_round, make_session
from tests.fake_llm import a_mark, a_question, some_questions
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db

LINES = ["what was slow, and for whom", "your own steps, in order", "a figure at the end"]


@pytest.fixture
def question(alice):
    return make_question(alice, "Tell me about a slow service.", kind="behavioural", looks_for=LINES)


@pytest.fixture
def draft(alice, question):
    return make_attempt(alice, question=question, answer="")


def page_of(client, attempt, **query):
    return BeautifulSoup(client.get(reverse("study:attempt_detail", args=[attempt.pk])).content, "html.parser")


def open_list(client, attempt, data=None, **how):
    return client.post(reverse("study:attempt_list", args=[attempt.pk]), data or {}, **how)


# --- before the answer -----------------------------------------------------------------------------------------------


def test_the_lines_are_not_on_the_page_before_they_are_opened(client, draft):
    text = page_of(client, draft).get_text()
    assert "What a good answer shows" in text and "Your mark will say if you opened it." in text
    assert LINES[1] not in str(page_of(client, draft))


def test_opening_them_is_noted_and_shows_them_with_the_time_that_there_is(client, draft):
    response = open_list(client, draft, follow=True)
    opened = BeautifulSoup(response.content, "html.parser").select_one("#looks-for details[open]")
    assert [line.get_text(strip=True) for line in opened.select("li")] == LINES
    assert "About 2½ minutes spoken; the clock gives you 3:00 to type it." in opened.get_text()
    draft.refresh_from_db()
    assert draft.list_opened
    assert LINES[1] in page_of(client, draft).get_text()  # and they stay


def test_with_scripts_only_the_list_comes_and_what_is_typed_is_left_to_the_page(client, draft):
    response = open_list(client, draft, headers=HTMX)
    content = response.content.decode()
    assert content.lstrip().startswith('<div id="looks-for">') and LINES[0] in content
    assert "textarea" not in content


def test_without_scripts_what_was_typed_is_kept(client, draft):
    response = open_list(client, draft, {"raw_answer": "In March the ", "draft_version": 0}, follow=True)
    field = BeautifulSoup(response.content, "html.parser").select_one("textarea#id_raw_answer")
    assert field.get_text() == "\nIn March the "
    draft.refresh_from_db()
    assert (draft.raw_answer, draft.list_opened) == ("In March the ", True)


def test_what_another_page_wrote_meanwhile_is_not_overwritten(client, draft):
    answering.save_draft(draft, "Written on the phone", 0)
    response = open_list(client, draft, {"raw_answer": "Written on the desk", "draft_version": 0})
    assert response.status_code == 409
    content = response.content.decode()
    assert "Written on the phone" in content and "Written on the desk" in content
    draft.refresh_from_db()
    assert (draft.raw_answer, draft.list_opened) == ("Written on the phone", True)


def test_a_text_that_is_too_long_for_a_draft_stays_in_the_field(client, draft, settings):
    text = "word " * (2 * settings.ANSWER_CHARACTERS + 1)
    response = open_list(client, draft, {"raw_answer": text, "draft_version": 0})
    assert response.status_code == 422 and text.strip() in response.content.decode()


def test_after_the_answer_nothing_can_be_opened_any_more(client, alice, question):
    attempt = make_attempt(alice, question=question, state="submitted")
    assert open_list(client, attempt).url == reverse("study:attempt_detail", args=[attempt.pk])
    assert open_list(client, attempt, {"raw_answer": "Once more", "draft_version": 9}).status_code == 409
    attempt.refresh_from_db()
    assert not attempt.list_opened


def test_a_question_without_lines_has_no_list_and_opening_it_notes_nothing(client, alice):
    attempt = make_attempt(alice)
    assert page_of(client, attempt).select_one("#looks-for") is None
    open_list(client, attempt)
    attempt.refresh_from_db()
    assert not attempt.list_opened


def test_a_drill_from_memory_has_neither_list_nor_hint(client, alice, question):
    attempt = make_attempt(alice, question=question, drill=Drill.NO_NOTES)
    open_list(client, attempt)
    attempt.refresh_from_db()
    assert not attempt.list_opened
    text = page_of(client, attempt).get_text()
    assert "What a good answer shows" not in text and "I'm stuck" not in text


def test_the_list_and_what_the_last_mark_said_have_names_of_their_own(client, alice, question):
    question.answer_anchors = [{"name": "Own part", "anchor": "Say what you did."}]
    question.save()
    text = page_of(client, make_attempt(alice, question=question)).get_text()
    assert "What a good answer shows" in text and "What a strong answer says, after your last mark" in text


# --- the hint --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_who_is_stuck_gets_one_beginning_by_the_kind_and_the_first_line(client, alice, kind):
    question = make_question(alice, kind=kind, looks_for=LINES)
    folds = page_of(client, make_attempt(alice, question=question)).select("details")
    [hint] = [fold.get_text(" ", strip=True) for fold in folds if "I'm stuck" in fold.get_text()]
    assert BEGINNINGS[kind] in hint and f"Then come to this: {LINES[0]}" in hint
    assert LINES[1] not in hint


def test_a_question_in_another_language_is_not_begun_in_english(client, alice):
    text = "Erzählen Sie von einer Situation, in der Sie mit einem schwierigen Kunden zu tun hatten."
    question = make_question(alice, text, kind="behavioural", looks_for=["wer der Kunde war", "was Sie getan haben"])
    said = page_of(client, make_attempt(alice, question=question)).get_text()
    assert "Begin with this: wer der Kunde war" in said
    assert BEGINNINGS["behavioural"] not in said


def test_help_that_gives_points_already_is_not_doubled(client, alice, question):
    question.answer_anchors = [{"name": "Own part", "anchor": "Say what you did."}]
    question.save()
    session = make_session(alice, topic=question.topic, rung=1, approach="points open")
    said = page_of(client, make_attempt(alice, session=session, question=question)).get_text()
    assert "Say what you did." in said and "I'm stuck" not in said


# --- after the mark --------------------------------------------------------------------------------------------------


def marked(fake_llm, attempt, **reply):
    fake_llm.reply(a_mark(7, **reply))
    return marking.give_feedback(answering.submit(attempt, ANSWER))


def test_each_line_is_ticked_or_open_and_says_so_in_words(client, draft, fake_llm):
    attempt = marked(fake_llm, draft, shown=[True, False, True])
    assert attempt.shown == [True, False, True]
    assert "Tell me about a slow service.\nwhat was slow, and for whom\n" in fake_llm.requests[0].user
    section = page_of(client, attempt).find("h2", string="What a good answer shows").parent
    said = [" ".join(line.get_text(" ", strip=True).split()) for line in section.select("li")]
    assert said == [f"Shown: {LINES[0]}", f"Not yet: {LINES[1]}", f"Shown: {LINES[2]}"]
    assert [line.use["href"].rpartition("#")[2] for line in section.select("li")] == [
        "circle-check",
        "circle",
        "circle-check",
    ]


@pytest.mark.parametrize(("model", "why"), [(OFFLINE_MODEL, RULES_CANNOT_TELL), ("some-model", NOT_LOOKED_AT)])
def test_where_nobody_can_tell_the_lines_stand_without_ticks_and_it_says_why(client, alice, question, model, why):
    attempt = make_attempt(alice, question=question, state="marked", model=model)
    section = page_of(client, attempt).find("h2", string="What a good answer shows").parent
    assert why in section.get_text() and LINES[2] in section.get_text()
    assert "Not yet" not in section.get_text()


def test_a_question_without_lines_is_marked_without_them(client, alice, fake_llm):
    attempt = marked(fake_llm, make_attempt(alice, answer=""), shown=[True, True])
    assert attempt.shown == []
    assert "shown" not in fake_llm.requests[0].body["response_format"]["json_schema"]["schema"]["properties"]
    assert page_of(client, attempt).find("h2", string="What a good answer shows") is None


def test_a_mark_says_with_the_list_open_wherever_it_stands(client, alice, draft, question, fake_llm):
    open_list(client, draft)
    attempt = marked(fake_llm, QuestionAttempt.objects.get(pk=draft.pk))
    assert "with the list open" in page_of(client, attempt).get_text()
    for place in (
        reverse("study:question_attempts", args=[question.pk]),
        reverse("study:session_detail", args=[attempt.session_id]),
    ):
        assert "7</b> of 10, with the list open" in client.get(place).content.decode()
    sessions.end(attempt.session)
    summary = client.get(reverse("study:session_detail", args=[attempt.session_id])).content.decode()
    assert "What you practised" in summary
    assert "7</b> of 10, with the list open" in summary
    other = make_attempt(alice, question=question, state="marked", score=4)
    assert "with the list open" not in page_of(client, other).get_text()


# --- where the lines come from ---------------------------------------------------------------------------------------

NEW = ("How do you test a queue?", "When is a cache wrong?", "What is a deadlock?")


def asked_round(fake_llm, session, *said):
    fake_llm.reply(some_questions(*said))
    return questions.ask_for(questions.suggest(session))


def test_kind_lines_and_competency_are_stored_and_the_page_says_what_it_trains(client, alice, fake_llm):
    wanted = {"name": "Stakeholder management", "wanted": "works with many parties", "evidence": None}
    make_reading(alice, confirmed={"profile": "Six years.", "competencies": [wanted]})
    session = make_session(alice)
    alice.plan_brief.interview_format = "a recruiter, 20 minutes"
    alice.plan_brief.save()
    said = [a_question(text, kind="situational", looks_for=LINES, serves="stakeholder  management") for text in NEW]
    asked_round(fake_llm, session, *said)
    stored = session.rounds.get().suggestions.first().question
    assert (stored.kind, stored.looks_for, stored.serves) == ("situational", LINES, "Stakeholder management")
    prompt = fake_llm.requests[0].user
    assert "format: a recruiter, 20 minutes\nStakeholder management: wanted: works with many parties" in prompt
    place = reverse("study:session_detail", args=[session.pk])
    assert "Trains what the advert asks for:" in client.get(place).content.decode()
    make_reading(alice, confirmed={"profile": "Six years.", "competencies": []})
    assert "Trains what" not in client.get(place).content.decode()  # what was taken back is not claimed


def test_a_question_of_an_older_release_gets_its_lines_when_it_is_asked_again(alice, fake_llm):
    session = make_session(alice)
    old = make_question(alice, "Why this ward?", topic=session.topic, due_at=session.start_time)
    known = make_question(
        alice, "Why now?", topic=session.topic, due_at=session.start_time, kind="case", looks_for=LINES
    )
    again = [
        a_question("", status="redo", redo_of=number, kind="motivation", looks_for=["why you", "why here"])
        for number in (1, 2)
    ]
    asked_round(fake_llm, session, *again, *map(a_question, NEW))
    old.refresh_from_db()
    known.refresh_from_db()
    assert (old.kind, old.looks_for) == ("motivation", ["why you", "why here"])
    assert (known.kind, known.looks_for) == ("case", LINES)


def test_the_offline_coach_takes_them_from_its_bank(alice, settings):
    settings.OFFLINE_COACH = True
    session = make_session(alice)
    questions.ask_for(questions.suggest(session))
    for one in session.rounds.get().suggestions.select_related("question"):
        assert one.question.kind and 2 <= len(one.question.looks_for) <= 4
    attempt = answering.start_attempt(session, one.question)
    assert marking.give_feedback(answering.submit(attempt, ANSWER)).shown == []


def test_a_round_of_known_questions_needs_no_lines(client, alice):
    session = make_session(alice)
    make_round(session)
    assert "Trains what" not in client.get(reverse("study:session_detail", args=[session.pk])).content.decode()
