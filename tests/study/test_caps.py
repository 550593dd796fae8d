"""Caps on sessions, questions, answers and stories: told in a sentence, nothing typed lost."""

import pytest
from django.urls import reverse
from django.utils import timezone

from study.models import Question, QuestionAttempt, QuestionRound, Story, StudySession
from tests.api.conftest import Api, error
from tests.factories import ANSWER, make_attempt, make_question, make_round, make_session, make_story
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(alice):
    return make_session(alice)


def test_the_session_after_the_last_of_the_day_is_refused_with_a_sentence(client, alice, settings):
    settings.COACH_SESSIONS_PER_DAY = 1
    # Begun now: shortly after midnight one of twenty minutes that has just ended was yesterday's.
    topic = make_session(alice, ended=True, start_time=timezone.now()).topic
    body = {"topic_id": topic.pk, "planned_study_time": 20}
    response = client.post(reverse("study:sessions"), body)
    assert response.status_code == 429
    assert "started 1 sessions today" in response.text
    refused = Api(alice).post("/study/start_session/", body)
    assert refused.status_code == 429
    assert error(refused)["code"] == "cap_reached"
    assert int(refused["Retry-After"]) > 0
    assert StudySession.objects.count() == 1


def test_questions_are_not_asked_for_without_end(client, alice, session, settings):
    settings.COACH_ROUNDS_PER_SESSION = 1
    make_round(session)
    url = reverse("study:session_questions", args=[session.pk])
    page = client.post(url, {"wish": "easier"}, follow=True)
    assert "asked for questions 1 times" in page.text
    assert client.post(url, {"wish": "easier"}, headers=HTMX)["HX-Redirect"]
    refused = Api(alice).post(f"/study/generate_questions/{session.pk}")
    assert (refused.status_code, error(refused)["code"]) == (409, "cap_reached")
    assert QuestionRound.objects.count() == 1


def test_an_answer_beyond_the_sessions_last_is_refused_and_drafts_go_on(client, alice, session, settings):
    settings.COACH_ATTEMPTS_PER_SESSION = 1
    draft = make_attempt(alice, session=session)
    other = make_question(alice, topic=session.topic)
    page = client.post(reverse("study:question_attempts", args=[other.pk]), follow=True)
    assert "This session has 1 answers" in page.text
    same = client.post(reverse("study:question_attempts", args=[draft.question_id]))
    assert same["Location"] == reverse("study:attempt_detail", args=[draft.pk])
    body = {"question_id": other.pk, "raw_answer": ANSWER}
    refused = Api(alice).post(f"/study/evaluate_answer/{session.pk}", body)
    assert (refused.status_code, error(refused)["code"]) == (409, "cap_reached")
    assert QuestionAttempt.objects.count() == 1


def test_own_questions_that_nobody_answers_are_capped_and_stay_in_the_form(client, alice, session, settings):
    settings.COACH_OPEN_QUESTIONS = 1
    settings.COACH_ATTEMPTS_PER_SESSION = 0
    url = reverse("study:session_own_question", args=[session.pk])
    assert client.post(url, {"text": "Why do you want this job?"}).status_code == 302
    response = client.post(url, {"text": "What are your weaknesses?"})
    assert response.status_code == 409
    assert "Answer one of them" in response.text
    assert "What are your weaknesses?" in response.text
    QuestionAttempt.objects.update(submitted_at=session.start_time)
    assert client.post(url, {"text": "What are your weaknesses?"}).status_code == 302
    # Taking questions out makes no room for more.
    Question.objects.update(voided_at=session.start_time)
    assert client.post(url, {"text": "And your strengths?"}).status_code == 409


def test_questions_of_the_coach_do_not_count_as_own(client, alice, session, settings):
    settings.COACH_OPEN_QUESTIONS = 1
    for number in range(3):
        make_question(alice, f"What is {number}?", topic=session.topic)
    url = reverse("study:session_own_question", args=[session.pk])
    assert client.post(url, {"text": "Why do you want this job?"}).status_code == 302


def test_stories_are_capped_and_the_words_stay_in_the_form(client, alice, settings):
    settings.COACH_STORIES = 1
    first = make_story(alice)
    question = make_question(alice, "Tell me about a conflict.")
    notes = client.post(reverse("study:story_notes", args=[question.pk]), {"notes": "my rough notes"})
    text = client.post(reverse("study:question_story", args=[question.pk]), {"text": "my story", "version": 0})
    assert (notes.status_code, text.status_code) == (409, 409)
    assert "my rough notes" in notes.text
    assert "my story" in text.text
    assert "stories for 1 questions" in notes.text
    again = client.post(reverse("study:story_notes", args=[first.question_id]), {"notes": "more"})
    assert again.status_code == 302
    assert Story.objects.count() == 1


def test_a_stories_file_makes_no_more_stories_than_may_be(client, alice, settings):
    settings.COACH_STORIES = 3
    text = "# Stories\n\n" + "".join(f"## Question {number}?\n\nStory.\n\n" for number in range(4))
    response = client.post(reverse("study:stories"), {"text": text, "version": "none"})
    assert response.status_code == 422
    assert "stories for 3 questions" in response.text
    assert "Question 3?" in response.text
    assert (Story.objects.count(), Question.objects.count()) == (0, 0)
