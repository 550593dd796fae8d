"""Weeks with the offline coach: what a candidate is offered, session after session."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from llm_modes.asking.rows import AskState
from llm_modes.language.repetition import Known
from llm_modes.offline.bank import banks, find_question, general, topic_called
from plans.models import PlanTopic
from study import answering, marking, questions, sessions
from study.models import Question, QuestionRound
from study.reasons import why
from tests.factories import make_plan, make_user, topic_data
from tests.fortnight.answers import answer_of
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture
def offline(settings):
    """No LLM: the offline coach answers."""
    settings.OFFLINE_COACH = True


def candidate(role, topics):
    user = make_user(current_role=role)
    make_plan(user, topics=[topic_data(name, description="", minutes=15) for name in topics])
    return user


def live(user, *, days, a_day=1, answers=2, mark=lambda number: 4 + number % 6, then=lambda session: None):
    """Go through the topics in turn, answering the first of each list: every list, as suggestions."""
    lists = []
    start = datetime(2027, 3, 1, 8, tzinfo=UTC)
    for number in range(days * a_day):
        at = start + timedelta(days=number // a_day, hours=4 * (number % a_day))
        with time_machine.travel(at, tick=False):
            topics = list(PlanTopic.objects.filter(user=user).in_force())
            session = sessions.start(user, topics[number % len(topics)], 15)
            question_round = questions.ask_for(questions.unanswered_round(session))
            shown = list(question_round.suggestions.select_related("question__topic").order_by("position"))
            lists.append((question_round, shown))
            for one in shown[:answers]:
                answer = answer_of(one.question.text, mark(number), number)
                marking.give_feedback(answering.submit_at_once(session, one.question, answer, seconds_taken=60))
            then(session)
            sessions.end(session)
    return lists


def check(lists):
    """What holds of every list, whoever the candidate is."""
    new_ones = [one.question.text for _round, shown in lists for one in shown if one.status == "new"]
    asked = Known([])
    for text in new_ones:
        assert not asked.has(text), text
        assert find_question(text), text
        asked.add(text)
    for question_round, shown in lists:
        assert question_round.ask_state == AskState.DONE, question_round.ask_failure
        assert len(shown) >= 3
        fresh, again = (sum(one.status == status for one in shown) for status in ("new", "redo"))
        due = sum(one.status == "redo" and not one.drill and one.last_score is not None for one in shown)
        assert question_round.nothing_new == (fresh == 0)
        assert fresh == 0 or due <= max(1, len(shown) // 2)
        assert fresh + again == len(shown)


def test_a_topics_own_questions_come_first_then_general_ones_beside_drills_and_no_new_one_twice(offline):
    # Two topics that the bank knows as one.
    user = candidate("Senior backend engineer", ["System design", "Scaling architecture"])
    lists = live(user, days=3, a_day=3, answers=2)
    check(lists)
    own = {question.text for question in topic_called("System design").questions}
    new = [one.question.text for _round, shown in lists for one in shown if one.is_new]
    assert set(new[: len(own)]) == own
    assert len(new) > len(own)
    assert any(one.drill for _round, shown in lists for one in shown)


def test_whoever_takes_every_question_out_gets_others_until_none_is_left(offline):
    user = candidate("Ward nurse", ["Medication safety"])

    def take_out(session):
        for question in Question.objects.filter(topic=session.topic, voided_at=None):
            questions.void(question)

    lists = live(user, days=3, answers=0, then=take_out)
    check(lists)
    texts = [one.question.text for _round, shown in lists for one in shown]
    assert len(texts) == len(set(texts))
    general = [one for _round, shown in lists for one in shown if "a general one" in why(one)]
    assert len(general) == len(texts) - len(topic_called("Medication safety").questions)


def test_where_the_bank_has_nothing_left_at_all_a_question_of_ones_own_goes_on(offline, client):
    user = candidate("Ward nurse", ["Medication safety"])
    topic = PlanTopic.objects.get(user=user)
    texts = [one.text for known in (*banks()["nursing"].topics, *general().topics) for one in known.questions]
    taken_out = {"user": user, "topic": topic, "voided_at": timezone.now()}
    Question.objects.bulk_create([Question(text=text, **taken_out) for text in texts])
    client.force_login(user)
    session = sessions.start(user, topic, 15)
    url = reverse("study:session_suggestion", args=[session.pk])
    answer = client.post(url, headers=HTMX)
    assert answer.status_code == 409
    assert "Bring one of your own, below." in answer.content.decode()
    page = client.get(reverse("study:session_detail", args=[session.pk])).content.decode()
    assert "No question is left here" in page and '<details class="fold" open>' in page
    assert "No new questions yet" not in page
    brought = questions.bring(session, "Which medication error taught you most?")
    marking.give_feedback(answering.submit_at_once(session, brought, answer_of(brought.text, 8, 1), seconds_taken=90))
    sessions.end(session)
    session = sessions.start(user, topic, 15)
    page = client.post(reverse("study:session_suggestion", args=[session.pk]), headers=HTMX).content.decode()
    assert "There is nothing new left in this topic for now." in page
    assert session.rounds.get().suggestions.get().drill


def test_after_two_months_a_question_comes_as_itself_and_again(offline):
    user = candidate("Ward nurse", ["Medication safety", "Hard conversations"])
    first = live(user, days=2, answers=1)
    Question.objects.filter(user=user).update(created_at=timezone.now() - timedelta(days=61), due_at=None)
    QuestionRound.objects.update(created_at=timezone.now() - timedelta(days=61))
    count = Question.objects.filter(user=user).count()
    user.plan_topics.filter(pk=first[1][0].session.topic_id).update(archived_at=timezone.now())
    session = sessions.start(user, first[0][0].session.topic, 25)
    known = {one.question.text for _round, shown in first for one in shown}
    assert not known & set(questions.prompt_inputs(questions.unanswered_round(session)).known_questions)
    question_round = questions.ask_for(questions.unanswered_round(session))
    again = [one for one in question_round.suggestions.all() if one.status == "redo"]
    assert again
    assert Question.objects.filter(user=user).count() == count + len(question_round.suggestions.all()) - len(again)
