"""Without a model, an answer in another language is kept and not marked, and nothing follows from it."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from llm_modes.models import LLMCall
from plans.progress import progress_seen
from study import sessions, tasks
from study.models import QuestionAttempt, Reconciliation
from tests.factories import ANSWER, make_attempt, make_question, make_session, make_story
from tests.fake_llm import a_mark, a_reconciliation
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db
GERMAN = (
    "Ich habe die langsamen Abfragen gemessen und danach einen Index gesetzt. Nach zwei Tagen war die Seite dreimal "
    "so schnell, und der Kunde hat sich bei uns bedankt."
)
SENTENCE = "I can read English only. Your answer is kept, and can be marked when a model is connected."


@pytest.fixture(autouse=True)
def _offline(settings):
    settings.OFFLINE_COACH = True


@pytest.fixture
def unread(client, alice) -> QuestionAttempt:
    """A German answer in a running session, whose mark was asked for."""
    attempt = make_attempt(alice, state="submitted", answer=GERMAN)
    ask(client, attempt)
    attempt.refresh_from_db()
    return attempt


def ask(client, attempt, headers=HTMX):
    return client.post(reverse("study:attempt_feedback", args=[attempt.pk]), headers=headers)


def page_of(client, attempt) -> str:
    return client.get(reverse("study:attempt_detail", args=[attempt.pk])).text


def session_page(client, session) -> str:
    return client.get(reverse("study:session_detail", args=[session.pk])).text


def test_its_page_says_so_calmly_and_shows_the_answer_and_the_next_steps(client, unread):
    page = page_of(client, unread)
    assert SENTENCE in page
    assert GERMAN in page
    assert 'class="notice"' in page
    assert "notice caution" not in page
    assert "Try again</button>" not in page
    assert "Next question</a>" in page
    assert "Write it again in English</button>" in page
    assert page.count(' primary"') == 1


def test_nothing_follows_from_it(client, alice, unread):
    question = unread.question
    assert (unread.ask_state, unread.ask_failure, unread.score_rating) == ("failed", "beyond_rules", None)
    assert (question.answer_anchors, question.due_at, question.review_card, question.rests_until) == (
        [],
        None,
        None,
        None,
    )
    assert progress_seen(question.topic).strength_rating is None
    assert LLMCall.objects.get().outcome == "beyond_rules"


def test_a_mark_from_before_stands(client, alice):
    session = make_session(alice)
    ask(client, make_attempt(alice, session=session, question=make_question(alice), state="submitted", answer=ANSWER))
    topic = session.topic
    before = progress_seen(type(topic).objects.get(pk=topic.pk)).strength_rating
    assert before is not None
    ask(
        client,
        make_attempt(alice, session=session, question=make_question(alice, "Why?"), answer=GERMAN, state="submitted"),
    )
    assert progress_seen(type(topic).objects.get(pk=topic.pk)).strength_rating == before


def test_it_can_be_written_again_with_its_words_in_sight(client, unread):
    begun = client.post(reverse("study:question_attempts", args=[unread.question_id]), follow=True).text
    assert "What you wrote before, to be put in English" in begun
    assert GERMAN in begun
    draft = QuestionAttempt.objects.latest("pk")
    client.post(reverse("study:attempt_submission", args=[draft.pk]), {"raw_answer": ANSWER})
    ask(client, draft)
    draft.refresh_from_db()
    assert draft.is_answered


def test_the_session_ends_with_nothing_to_sum_up_and_nobody_tries_again(client, alice, unread, run_worker):
    session = sessions.end(unread.session)
    run_worker()
    row = Reconciliation.objects.get(session=session)
    assert (row.ask_state, row.next_try_at) == ("done", None)
    page = session_page(client, session)
    assert "1 answer has no mark yet" in page
    assert SENTENCE in page
    assert "Nothing of this session is marked yet" in page
    assert "notice caution" not in page
    assert "Try again</button>" not in page
    assert page.count(' primary"') == 1
    tasks.sweep()
    assert not OrmQ.objects.exists()
    assert LLMCall.objects.count() == 1


def test_the_worker_asks_once_for_an_answer_whose_page_was_closed(client, alice, run_worker):
    session = make_session(alice)
    make_attempt(alice, session=session, state="submitted", answer=GERMAN)
    sessions.end(session)
    for _minute in range(4):
        run_worker()
        Reconciliation.objects.filter(next_try_at__isnull=False).update(next_try_at=timezone.now())
        tasks.sweep()
    row = Reconciliation.objects.get(session=session)
    assert (row.ask_state, row.next_try_at) == ("done", None)
    assert LLMCall.objects.filter(mode="evaluate_answer").count() == 1


def test_the_summary_is_made_of_the_other_answers(client, alice, unread, run_worker):
    ask(client, make_attempt(alice, session=unread.session, question=make_question(alice, "Why?"), state="submitted"))
    session = sessions.end(unread.session)
    run_worker()
    row = Reconciliation.objects.get(session=session)
    assert row.is_answered
    assert [line["question"] for line in row.summary] == ["Why?"]
    page = session_page(client, session)
    assert "What you practised" in page
    assert "because the coach declined it" in page
    assert "wait for a mark" not in page


def test_home_does_not_nag(client, unread, run_worker):
    sessions.end(unread.session)
    run_worker()
    home = client.get(reverse("home")).text
    assert "1 answer, no mark yet" in home
    assert "waits for a mark" not in home
    assert "English" not in home


def test_a_model_that_is_connected_later_marks_it_when_it_is_wanted(client, alice, unread, run_worker, fake_llm):
    session = sessions.end(unread.session)
    run_worker()
    fake_llm.reply(a_mark(score=8), mode="evaluate_answer")
    fake_llm.reply(a_reconciliation(), mode="reconcile_session")
    page = page_of(client, unread)
    assert "Your answer is kept, and can be marked now." in page
    assert "notice caution" not in page
    assert "Try again</button>" in page
    assert "Try again</button>" in session_page(client, session)
    ask(client, unread, headers={})
    run_worker()
    unread.refresh_from_db()
    assert (unread.ask_state, unread.score_rating) == ("done", 8)
    assert "no mark yet" not in session_page(client, session)


def test_the_sessions_own_button_marks_it_too(client, alice, unread, run_worker, fake_llm):
    session = sessions.end(unread.session)
    run_worker()
    fake_llm.reply(a_mark(score=8), mode="evaluate_answer")
    fake_llm.reply(a_reconciliation(), mode="reconcile_session")
    client.post(reverse("study:session_reconciliation", args=[session.pk]), headers=HTMX)
    run_worker()
    unread.refresh_from_db()
    assert unread.score_rating == 8


def test_a_program_hears_the_code_and_where_the_answer_is(client, alice):
    session = make_session(alice)
    question = make_question(alice)
    path = f"/study/evaluate_answer/{session.pk}"
    body = {"question_id": question.pk, "raw_answer": GERMAN}
    for sent in (body, {"attempt_id": None}):
        if "attempt_id" in sent:
            sent["attempt_id"] = QuestionAttempt.objects.get().pk
        response = client.post(path, sent, content_type="application/json")
        error = response.json()["error"]
        assert (response.status_code, error["code"], error["message"]) == (503, "beyond_rules", SENTENCE)
        assert error["attempt_id"] == QuestionAttempt.objects.get().pk


def test_notes_for_a_story_are_kept_and_not_put_in_order(client, alice):
    question = make_question(alice)
    story = make_story(alice, question=question, version=0, notes=GERMAN, ask_state="pending")
    type(story).objects.update(text="")
    client.post(reverse("study:story_structure", args=[question.pk]), headers=HTMX)
    story.refresh_from_db()
    assert (story.ask_failure, story.text, story.gaps) == ("notes_beyond_rules", "", [])
    page = client.get(reverse("study:question_story", args=[question.pk])).text
    assert "Your notes are kept, and can be put in order when a model is connected." in page
    assert GERMAN in page
    assert "Try again</button>" not in page
    assert page.count(' primary"') == 1
