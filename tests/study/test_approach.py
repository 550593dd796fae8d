"""Where a topic is stuck each session tries another way, and says so."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from llm_modes.catalogue import MODES
from llm_modes.generate_questions.approaches import APPROACHES
from llm_modes.generate_questions.difficulties import STEPS
from plans.proposals.change import Change
from study import answering, approach, marking, questions, reconciliation, sessions
from study.general_questions import is_general
from tests.factories import (
    make_attempt,
    make_progress,
    make_proposal,
    make_question,
    make_reconciliation,
    make_round,
    make_session,
    make_story,
)
from tests.fake_llm import a_question, some_questions

pytestmark = pytest.mark.django_db

HARD = ("What do experts disagree about?", "Where would you shard a ledger?", "How do clocks drift apart?")
EARLIER = "I looked at the queries one after another until I found the slow one."


@pytest.fixture
def topic(alice):
    """A topic whose last three sessions had 2 of 10, on the first rung."""
    topic = alice.plan_topics.in_force()[0]
    for place in range(3):
        practised(alice, topic, 2, days=4 - place)
    return on_rung(topic, 1)


def practised(owner, topic, *scores, days=1, **fields):
    """An ended session, so many days ago, with an answer for each mark; `fields` are the session's."""
    at = timezone.now() - timedelta(days=days)
    session = make_session(owner, topic=topic, ended=at, **fields)
    for score in scores:
        question = make_question(owner, f"Question of day {days}, {score}?", topic=topic)
        make_attempt(
            owner, session=session, question=question, state="marked", score=score, answer=EARLIER, submitted_at=at
        )
    return session


def on_rung(topic, rung):
    make_progress(topic, rung=rung)
    topic.refresh_from_db()
    return topic


def page_of(client, session):
    return BeautifulSoup(client.get(reverse("study:session_detail", args=[session.pk])).content, "html.parser")


def answering_page(client, session, question):
    attempt = answering.start_attempt(session, question)
    return BeautifulSoup(client.get(reverse("study:attempt_detail", args=[attempt.pk])).content, "html.parser")


def primary(page):
    return [" ".join(button.text.split()) for button in page.select("main .button.primary")]


def said(page):
    found = page.select_one("#approach")
    return " ".join(found.text.split()) if found else ""


def test_the_session_says_why_it_tries_another_way_and_which(client, alice, topic):
    session = sessions.start(alice, topic, 15)
    assert (session.rung, session.approach) == (1, "points open")
    text = said(page_of(client, session))
    assert "We try it another way, because the last three sessions in System design averaged 2.0 of 10" in text
    assert "and did not move." in text
    assert "what a strong answer says stays open while you write" in text


def test_it_says_what_was_tried_the_last_time_and_how_that_went(client, alice, topic):
    practised(alice, topic, 1, 2, rung=1, approach="points open")
    # One of the topic's questions was due in another topic's session meanwhile.
    elsewhere = make_session(alice, topic=alice.plan_topics.in_force()[1], ended=True)
    make_attempt(alice, session=elsewhere, question=make_question(alice, topic=topic), state="marked", score=2)
    assert "Last time it was “Easier, with help at hand”, with 1.5." in said(
        page_of(client, sessions.start(alice, topic, 15))
    )


def test_what_was_decided_at_the_start_stays_when_the_rung_changes_meanwhile(client, alice, topic):
    session = sessions.start(alice, topic, 15)
    on_rung(topic, 3)
    assert "stays open while you write" in said(page_of(client, session))


def test_no_session_is_like_one_of_those_before_it(alice, topic):
    names = []
    for number in range(14):
        on_rung(topic, min(4, 1 + number // 2))
        session = sessions.start(alice, topic, 15)
        names.append(session.approach)
        sessions.end(session)
    assert len(set(names)) == 14


def test_a_topic_that_is_not_stuck_has_its_pages_as_always(client, alice):
    session = sessions.start(alice, alice.plan_topics.in_force()[0], 15)
    question = make_round(session).suggestions.first().question
    assert said(page_of(client, session)) == ""
    assert answering_page(client, session, question).select_one("#help") is None


@pytest.mark.parametrize("name", ["points open", "point by point"])
def test_what_a_strong_answer_says_stands_open_above_the_field(client, alice, topic, name):
    session = make_session(alice, topic=topic, rung=1, approach=name)
    points = [{"name": "Numbers first", "anchor": "Two numbers rule out half of the designs."}]
    page = answering_page(client, session, make_question(alice, topic=topic, answer_anchors=points))
    assert "Two numbers rule out" in page.select_one("#help").text
    assert page.text.count("Two numbers rule out") == 1
    # A question without points of its own has those of the topic's other answers; without any it says so.
    page = answering_page(client, session, make_question(alice, "Another one?", topic=topic))
    assert "What strong answers in this topic say" in page.select_one("#help").text
    assert "Say what you did yourself." in page.select_one("#help").text
    topic.questions.update(voided_at=timezone.now())
    page = answering_page(client, session, make_question(alice, "And one more?", topic=topic))
    assert "is known after the first mark" in page.select_one("#help").text


def test_the_story_comes_first_and_answering_right_away_stays_possible(client, alice, topic):
    session = make_session(alice, topic=topic, rung=2, approach="story first")
    with_story, without = make_question(alice, "One?", topic=topic), make_question(alice, "Two?", topic=topic)
    make_round(session, questions=[without, with_story])
    make_story(alice, question=with_story)
    page = page_of(client, session)
    assert primary(page) == ["Build a story"]
    assert "Answer right away" in page.select_one(f"#question-{without.pk}").text
    assert "Answer it" in page.select_one(f"#question-{with_story.pk}").text
    page = answering_page(client, session, without)
    assert primary(page) == ["Submit"]
    assert page.select_one("#help a")["href"] == reverse("study:question_story", args=[without.pk])
    page = answering_page(client, session, with_story)
    assert page.select_one("details[open] .prose") is not None
    assert "Answer along your story" in page.select_one("#help").text


def test_a_half_finished_answer_is_the_candidates_own_with_what_it_lacks(client, alice, topic):
    session = make_session(alice, topic=topic, rung=2, approach="half-finished")
    question = make_question(alice, topic=topic)
    make_attempt(alice, question=question, state="marked", score=4, answer=EARLIER, session=session)
    make_attempt(alice, question=question, state="marked", score=1, answer="No idea.", session=session)
    page = answering_page(client, session, question)
    assert page.select_one("textarea").text.strip() == EARLIER
    assert "Say what the result was, in numbers." in page.select_one("#help").text
    # What the candidate makes of it wins, an emptied field too.
    attempt = session.attempts.get(submitted_at=None)
    answering.save_draft(attempt, "", 0)
    answering.save_draft(attempt, "x", 0)
    answering.save_draft(attempt, "", 1)
    url = reverse("study:attempt_detail", args=[attempt.pk])
    assert BeautifulSoup(client.get(url).content, "html.parser").select_one("textarea").text.strip() == ""
    # Word for word it is not marked once more, and stays in the field.
    submission = reverse("study:attempt_submission", args=[attempt.pk])
    answer = client.post(submission, {"raw_answer": f"{EARLIER}\r\n", "draft_version": 2})
    assert answer.status_code == 422
    refused = BeautifulSoup(answer.content, "html.parser")
    assert "still your earlier answer, word for word" in refused.select_one(".field").text
    assert refused.select_one("textarea").text.strip() == EARLIER
    assert session.attempts.get(pk=attempt.pk).raw_answer.strip() == EARLIER
    completed = {"raw_answer": f"{EARLIER} It took 6 minutes instead of 20.", "draft_version": 3}
    assert client.post(submission, completed).status_code == 302
    assert client.post(submission, completed).status_code == 302


def test_where_there_is_nothing_to_complete_it_says_so_and_invents_no_fact(client, alice, topic):
    session = make_session(alice, topic=topic, rung=2, approach="half-finished")
    page = answering_page(client, session, make_question(alice, "One?", topic=topic))
    assert page.select_one("textarea").text.strip() == ""
    assert "Before it was …, afterwards …" in page.select_one("#help").text
    german = "Ich habe das mit den Kollegen besprochen und dann war es auch wieder gut, wie immer bei uns."
    other = make_question(alice, "Other?", topic=topic)
    make_attempt(alice, session=session, question=other, state="marked", score=2, answer=german)
    page = answering_page(client, session, make_question(alice, "Three?", topic=topic))
    assert "the one sentence that you are sure of" in page.select_one("#help").text
    assert answering_page(client, session, other).select_one("textarea").text.strip() == german
    with_story = make_question(alice, "Two?", topic=topic)
    make_story(alice, question=with_story, gaps=["What was the result?"])
    page = answering_page(client, session, with_story)
    assert "What was the result?" in page.select_one("#help").text
    assert page.select_one("details[open] .prose") is not None


def test_half_finished_answers_come_before_new_questions(alice, topic, fake_llm):
    session = make_session(alice, topic=topic, rung=2, approach="half-finished")
    known = make_question(alice, topic=topic, difficulty="hard", due_at=timezone.now())
    make_attempt(alice, question=known, state="marked", session=practised(alice, topic, 2), score=2)
    # One that is due elsewhere is none to be completed here: it comes last.
    longest = timezone.now() - timedelta(days=9)
    elsewhere = make_question(alice, topic=alice.plan_topics.in_force()[1], difficulty="easy", due_at=longest)
    make_attempt(alice, question=elsewhere, state="marked", session=practised(alice, elsewhere.topic, 2), score=6)
    questions.suggest(session)
    fake_llm.reply(
        some_questions(
            a_question("What is a queue?", difficulty="easy"),
            a_question("What is a cache?", difficulty="easy"),
            a_question("Again?", status="redo", redo_of=1, redo_reason="weak_answer"),
            a_question("Again?", status="redo", redo_of=2, redo_reason="weak_answer"),
        )
    )
    questions.ask_for(session.rounds.get())
    assert [one.question for one in session.rounds.get().suggestions.order_by("position")][::3] == [known, elsewhere]


def test_where_no_question_comes_before_it_the_next_way_is_taken_and_it_says_so(client, alice, topic, fake_llm):
    on_rung(topic, 3)
    session = sessions.start(alice, topic, 15)
    assert session.approach == "one step before"
    assert "They lead to “Question of day" in said(page_of(client, session))
    # A general question of the bank is easy, and leads to none of those in this topic.
    general = a_question("In three sentences: what did you do at work last week that mattered?", difficulty="easy")
    assert is_general(general["question"], topic.called, alice.current_role)
    fake_llm.reply(some_questions(general, *(a_question(text, difficulty="hard") for text in HARD)))
    questions.ask_for(session.rounds.get())
    session.refresh_from_db()
    assert session.approach == "look it up"
    assert "No easy question is left that comes before" in said(page_of(client, session))


def test_a_hard_one_that_is_due_waits_while_its_topic_is_stuck(alice, topic, fake_llm):
    session = make_session(alice, topic=topic, rung=1, approach="points open")
    due = [make_question(alice, f"{word}?", topic=topic, difficulty=word, due_at=timezone.now()) for word in STEPS]
    earlier = practised(alice, topic, 2)
    for question in due:
        make_attempt(alice, question=question, state="marked", session=earlier, score=6)
    questions.suggest(session)
    easy = [a_question(text, difficulty="easy") for text in ("What is a queue?", "What is a cache?", "What is a log?")]
    fake_llm.reply(some_questions(*easy, a_question("1", status="redo", redo_of=1)))
    questions.ask_for(session.rounds.get())
    offered = [one.question for one in session.rounds.get().suggestions.all()]
    assert due[0] in offered
    assert due[2] not in offered


def test_whoever_asks_for_harder_ones_gets_harder_ones(alice, topic, fake_llm):
    session = make_session(alice, topic=topic, minutes=15, rung=3, approach="one step before")
    questions.suggest(session, "harder")
    fake_llm.reply(some_questions(*(a_question(text, difficulty="hard") for text in HARD)))
    questions.ask_for(session.rounds.get())
    assert "<count>4: 1 easy, 2 medium, 1 hard</count>\n<approach>(none)</approach>" in fake_llm.requests[0].user
    session.refresh_from_db()
    assert session.approach == "one step before"


def test_one_thing_only_is_said_where_it_is_done_and_that_the_mark_is_for_all(client, alice, topic):
    session = make_session(alice, topic=topic, rung=4, approach="only numbers")
    page = answering_page(client, session, make_question(alice, "One?", topic=topic))
    assert "give figures: before, after, over what time. The rest may stay rough; the mark is" in page.text


def test_on_the_last_rung_it_says_a_human_word_and_leads_to_the_proposal(client, alice, topic):
    practised(alice, topic, 2, rung=1, approach="points open")
    practised(alice, topic, 2, rung=3, approach="look it up")
    session = make_session(alice, topic=topic, rung=4, approach="only example")
    page = page_of(client, session)
    assert "We have tried two ways by now." in said(page)
    about_another = [Change(topic="Algorithms", change="less_time", reason="x")]
    proposal = make_proposal(alice, source="review", changes=about_another)
    page = page_of(client, session)
    assert page.select_one("#approach a")["href"] == reverse("plans:review")
    proposal.changes = [*about_another, Change(topic=topic.name, change="less_time", reason="x")]
    proposal.save()
    page = page_of(client, session)
    assert page.select_one("#approach a")["href"] == reverse("plans:proposal_detail", args=[proposal.pk])


def test_a_question_of_another_topic_and_a_drill_are_answered_as_always(client, alice, topic):
    session = make_session(alice, topic=topic, rung=1, approach="points open")
    other, drilled = make_question(alice, topic=alice.plan_topics.in_force()[1]), make_question(alice, topic=topic)
    assert answering_page(client, session, other).select_one("#help") is None
    make_round(session, questions=[drilled]).suggestions.update(drill="no_notes")
    assert answering_page(client, session, drilled).select_one("#help") is None


def test_going_a_rung_back_is_said_kindly_once(client, alice, topic):
    practised(alice, topic, 6, days=0.3, rung=2, approach="half-finished")
    practised(alice, topic, 7, days=0.2, rung=2, approach="story first")
    # A mark from another topic's session is no session of this one.
    elsewhere = make_session(alice, topic=alice.plan_topics.in_force()[1], ended=True)
    make_attempt(alice, session=elsewhere, question=make_question(alice, topic=topic), state="marked", score=2)
    on_rung(topic, 0)
    session = sessions.start(alice, topic, 15)
    assert "two sessions in System design went better, 6.5 of 10 on average: back to the usual" in said(
        page_of(client, session)
    )
    sessions.end(session)
    assert said(page_of(client, sessions.start(alice, topic, 15))) == ""


def test_a_rung_that_went_because_a_question_was_taken_out_is_no_reason_to_be_glad(client, alice, topic):
    practised(alice, topic, 2, days=0.2, rung=2, approach="story first")
    on_rung(topic, 0)
    assert said(page_of(client, sessions.start(alice, topic, 15))) == ""


def test_a_topic_archived_meanwhile_keeps_its_pages(client, alice, topic):
    session = sessions.start(alice, topic, 15)
    topic.archived_at = timezone.now()
    topic.save()
    question = make_round(session).suggestions.first().question
    assert "We try it another way" in said(page_of(client, session))
    assert answering_page(client, session, question).select_one("#help") is not None


def test_whoever_marks_the_answer_hears_nothing_of_it(alice, topic):
    attempt = make_attempt(alice, session=make_session(alice, topic=topic), state="submitted")
    prompt = MODES["evaluate_answer"].messages(marking.prompt_inputs(attempt))
    on_rung(topic, 2)
    for name in list(APPROACHES)[::5]:
        attempt.session.rung, attempt.session.approach = 2, name
        attempt.session.save()
        attempt.refresh_from_db()
        assert MODES["evaluate_answer"].messages(marking.prompt_inputs(attempt)) == prompt
        assert approach.tried_in(attempt.session).approach.name == name


def test_the_summary_is_told_what_was_tried_and_the_last_two_focuses_that_did_not_help(alice, topic):
    for days, focus in ((3, "Oldest"), (2, "End with a figure"), (1, "Name your own steps")):
        focuses = [{"focus": focus, "reason": "x"}]
        make_reconciliation(practised(alice, topic, 2, days=days), next_focus=focuses, done_at=timezone.now())
    session = sessions.end(sessions.start(alice, topic, 15))
    inputs = reconciliation.prompt_inputs(session.reconciliation)
    assert (inputs.approach, inputs.tried) == ("points open", ["Name your own steps", "End with a figure"])
