"""Which questions a session offers, why, and what becomes of those that are put away."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from llm_modes.catalogue import MODES
from study import questions, redo, sessions
from study.models import Question, SuggestedQuestion
from tests.factories import make_attempt, make_progress, make_question, make_reconciliation, make_round, make_session
from tests.fake_llm import a_question, some_questions
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db


def suggestion(client, session, headers=HTMX):
    return client.post(reverse("study:session_suggestion", args=[session.pk]), headers=headers)


def wish(client, session, wish="", headers=HTMX):
    return client.post(reverse("study:session_questions", args=[session.pk]), {"wish": wish}, headers=headers)


def due_question(owner, text="What is a deadlock?", *, score=7, days=1, **fields):
    """A question that was answered before and is due since some days."""
    ended = timezone.now() - timedelta(days=10)
    question = make_question(owner, text, due_at=timezone.now() - timedelta(days=days), **fields)
    question.review_card = {"last_review": ended.isoformat()}
    question.save()
    session = make_session(owner, topic=question.topic, ended=ended)
    make_attempt(owner, session=session, question=question, state="marked", score=score)
    return question


def test_new_questions_are_stored_and_shown_with_the_reason(client, alice, fake_llm):
    session = sessions.start(alice, alice.plan_topics.in_force()[0], 15)
    make_progress(session.topic, next_focus=[{"focus": "Trade-offs", "reason": "You named none."}])
    fake_llm.reply(some_questions())
    content = suggestion(client, session).content.decode()
    assert "<html" not in content
    assert content.count('class="why"') == 3
    assert "for what you practise next: Trade-offs" in content
    assert Question.objects.filter(topic=session.topic).count() == 3
    prompt = fake_llm.requests[0].user
    assert "senior" in prompt
    assert "Trade-offs" in prompt


def test_questions_of_a_session_that_has_ended_meanwhile_are_not_asked_for_and_the_page_says_so(
    client, alice, fake_llm
):
    session = sessions.start(alice, alice.plan_topics.in_force()[0], 15)
    sessions.end(session)
    for headers in (HTMX, {}):
        answer = suggestion(client, session, headers=headers)
        assert answer.headers.get("HX-Redirect", answer.headers.get("Location")) == f"/sessions/{session.pk}/"
        assert "This session is over." in client.get(f"/sessions/{session.pk}/").text
    assert fake_llm.requests == []
    assert session.rounds.get().ask_failure == "not_now"
    assert session.rounds.get().ask_attempt == 0  # nobody was asked


@pytest.mark.parametrize(
    ("level", "rung", "wish", "said"),
    [
        ("easy", 0, "", "4: 3 easy, 1 medium"),
        ("hard", 0, "", "4: 1 medium, 3 hard"),
        ("hard", 0, "easier", "4: 1 easy, 2 medium, 1 hard"),
        ("hard", 2, "", "4: 4 easy"),
    ],
)
def test_code_says_how_many_of_which_difficulty(alice, level, rung, wish, said):
    session = make_session(alice, minutes=15, rung=rung)
    make_progress(session.topic, level=level)
    inputs = questions.prompt_inputs(make_round(session, wish=wish))
    assert f"<count>{said}</count>" in MODES["generate_questions"].messages(inputs)[1]["content"]


def test_while_a_topic_has_no_marks_the_role_says_how_hard_to_begin(alice):
    session = make_session(alice, minutes=15)  # Alice's role says "senior"
    assert questions.prompt_inputs(make_round(session)).difficulties == {"medium": 3, "hard": 1}
    make_progress(session.topic)
    session.topic.refresh_from_db()
    assert questions.prompt_inputs(make_round(session)).difficulties == {"easy": 1, "medium": 2, "hard": 1}


def test_what_a_stuck_candidate_is_offered_begins_with_the_easiest(client, alice, fake_llm):
    session = make_session(alice, rung=1, approach="points open")
    wish(client, session)
    hard, medium, easy = (a_question(f"What is {word}?", difficulty=word) for word in ("hard", "medium", "easy"))
    fake_llm.reply(some_questions(hard, medium, easy))
    suggestion(client, session)
    offered = SuggestedQuestion.objects.order_by("position").values_list("question__difficulty", flat=True)
    assert list(offered) == ["easy", "medium", "hard"]
    assert "they see what a strong answer says" in fake_llm.requests[0].user


@pytest.mark.parametrize(
    ("role", "level"),
    [
        ("(Lead) developer", "lead"),
        ("Senior/Staff engineer", "senior"),
        ("Ｓｅｎｉｏｒ-Entwickler", "senior"),
        ("Leading", "not said"),
    ],
)
def test_a_role_says_its_level_whatever_stands_around_the_word(role, level):
    assert questions.level_of(role) == level


def test_a_question_that_is_due_comes_again_in_our_own_words_with_its_last_mark(client, alice, fake_llm):
    question = due_question(alice, score=4)
    session = sessions.start(alice, question.topic, 15)
    fake_llm.reply(
        some_questions(
            a_question("Deadlock, what is that?", status="redo", redo_of=1, redo_reason="high_value"),
            a_question("When would you shard a table?"),
            a_question("How do you find a memory leak?"),
        )
    )
    content = suggestion(client, session).content.decode()
    assert "What is a deadlock?" in content
    assert "Deadlock, what is that?" not in content
    assert "last mark 4" in content
    stored = SuggestedQuestion.objects.get(question=question)
    assert (stored.status, stored.redo_reason, stored.last_score) == ("redo", "weak_answer", 4)


def test_a_new_question_that_repeats_an_older_one_is_left_out(client, alice, fake_llm):
    topic = alice.plan_topics.in_force()[0]
    for number in range(21):
        make_question(alice, f"Old question number {number} about something else entirely", topic=topic)
    oldest = make_question(alice, "When is a cache wrong?", topic=topic)
    Question.objects.filter(pk=oldest.pk).update(created_at=timezone.now() - timedelta(days=30))
    session = sessions.start(alice, topic, 15)
    texts = ("When is a cache wrong?", "What is idempotency?", "Why do clocks drift?", "How does TLS start?")
    fake_llm.reply(some_questions(*(a_question(text) for text in texts)))
    suggestion(client, session)
    assert Question.objects.filter(topic=topic).count() == 22 + 3


@pytest.mark.parametrize(("word", "said"), [("others", "other questions"), ("easier", "easier"), ("harder", "harder")])
def test_others_easier_or_harder_ones_can_be_asked_for(client, alice, fake_llm, word, said):
    session = make_session(alice)
    make_round(session)
    content = wish(client, session, word).content.decode()
    assert reverse("study:session_suggestion", args=[session.pk]) in content
    fake_llm.reply(some_questions())
    suggestion(client, session)
    assert said in fake_llm.requests[0].user


def test_a_wish_while_an_unanswered_one_waits_replaces_it(client, alice):
    session = make_session(alice)
    wish(client, session, "easier")
    wish(client, session, "harder")
    assert session.rounds.get().wish == "harder"


def test_a_failure_says_so_and_can_be_retried_while_the_session_goes_on(client, alice, fake_llm):
    session = make_session(alice)
    make_round(session)
    wish(client, session)
    fake_llm.fault("http_503")
    fake_llm.fault("http_503")
    response = suggestion(client, session)
    assert response.status_code == 503
    content = response.content.decode()
    assert "No new questions yet" in content
    assert "What is a deadlock?" in content
    assert "Choosing questions" in suggestion(client, session).content.decode()
    others = ("What is idempotency?", "Why do clocks drift?", "How does TLS start?")
    fake_llm.reply(some_questions(*(a_question(text) for text in others)))
    assert "Why do clocks drift?" in suggestion(client, session).content.decode()


def test_without_javascript_each_step_leads_back_to_the_session(client, alice, fake_llm):
    session = make_session(alice)
    url = reverse("study:session_detail", args=[session.pk])
    assert wish(client, session, "others", None).url == url
    assert "Get questions" in client.get(url).content.decode()
    fake_llm.reply(some_questions())
    assert suggestion(client, session, None).url == url


def test_asking_when_nothing_is_wanted_costs_nothing(client, alice, fake_llm):
    session = make_session(alice)
    make_round(session)
    assert "Answer it" in suggestion(client, session).content.decode()
    assert fake_llm.requests == []


def test_after_the_end_nothing_is_asked_and_htmx_leaves_the_page(client, alice, fake_llm):
    session = sessions.end(make_session(alice))
    assert wish(client, session)["HX-Redirect"] == reverse("study:session_detail", args=[session.pk])
    assert suggestion(client, session).status_code == 200
    assert fake_llm.requests == []


def test_only_the_owner_asks_and_only_by_posting(client, alice, bob):
    theirs, own = make_session(bob), make_session(alice)
    for name in ("study:session_questions", "study:session_suggestion", "study:session_own_question"):
        assert client.post(reverse(name, args=[theirs.pk])).status_code == 404
        assert client.get(reverse(name, args=[own.pk])).status_code == 302
    client.logout()
    assert suggestion(client, own).status_code == 401


# --- which ones are asked again ------------------------------------------------------------------------------------


def picked(session, count=4):
    return [(item.question.text, item.reason) for item in redo.pick(session, count)]


def test_a_question_that_is_not_due_rests(alice):
    question = due_question(alice, days=-3)
    assert picked(make_session(alice, topic=question.topic)) == []


def test_a_weak_one_comes_before_it_is_due_but_not_on_the_same_half_day(alice):
    question = due_question(alice, days=-3, score=3)
    session = make_session(alice, topic=question.topic)
    assert picked(session) == [("What is a deadlock?", "weak_answer")]
    question.review_card = {"last_review": timezone.now().isoformat()}
    question.save()
    assert picked(session) == []


def test_one_due_question_comes_from_another_topic(alice):
    topic, other, _third = alice.plan_topics.in_force()
    due_question(alice, "Own one?", topic=topic)
    due_question(alice, "Other one?", topic=other, days=2)
    due_question(alice, "Other two?", topic=other, days=1)
    assert picked(make_session(alice, topic=topic)) == [("Other one?", "high_value"), ("Own one?", "high_value")]


@pytest.mark.parametrize(("count", "most"), [(3, 1), (4, 2), (5, 2), (6, 3)])
def test_after_weeks_away_half_of_a_list_comes_again_at_most_the_longest_due_first(alice, count, most):
    for days in range(20, 30):
        due_question(alice, f"Due since {days}?", days=days, score=2 if days < 25 else 9)
    due_question(alice, "Resting?", days=40, rests_until=timezone.now() + timedelta(days=1))
    waiting = dict(Question.objects.values_list("pk", "due_at"))
    session = make_session(alice)
    assert [text for text, _reason in picked(session, count)] == [f"Due since {29 - place}?" for place in range(most)]
    assert dict(Question.objects.values_list("pk", "due_at")) == waiting


def test_redos_stay_half_of_a_list_where_little_is_new(client, alice, fake_llm):
    for number in range(8):
        due_question(alice, f"What is rule number {number}?", days=number + 1)
    known = make_question(alice, "When is a cache wrong?")
    session = sessions.start(alice, known.topic, 25)
    for _again in range(2):
        fake_llm.reply(some_questions(a_question("Why do clocks drift?"), a_question("What is rule number 1?")))
    suggestion(client, session)
    offered = SuggestedQuestion.objects.filter(round__session=session).order_by("position")
    assert [(one.status, one.question.text) for one in offered] == [
        ("new", "Why do clocks drift?"),
        ("redo", "What is rule number 7?"),
        ("redo", known.text),
    ]


def test_an_archived_topic_and_a_voided_question_are_left_in_peace(alice):
    topic, other, _third = alice.plan_topics.in_force()
    voided = due_question(alice, "Bad one?", topic=topic)
    questions.void(voided)
    due_question(alice, "Other one?", topic=other)
    other.archived_at = timezone.now()
    other.save()
    assert picked(make_session(alice, topic=topic)) == []


def test_a_question_tried_in_this_session_is_not_suggested_again_in_it(alice):
    question = due_question(alice)
    session = make_session(alice, topic=question.topic)
    make_attempt(alice, session=session, question=question, state="marked", score=2)
    assert picked(session) == []


def test_the_reason_follows_from_the_last_answer(alice):
    topic = alice.plan_topics.in_force()[0]
    slow = due_question(alice, "Slow?", topic=topic, score=7)
    slow.attempts.update(seconds_taken=400, seconds_allowed=180)
    due_question(alice, "Thin?", topic=topic, score=6)
    assert dict(picked(make_session(alice, topic=topic), 6)) == {"Slow?": "time_pressure", "Thin?": "incomplete"}


def earlier(client, question_round, headers=HTMX):
    url = reverse("study:session_earlier_questions", args=[question_round.session_id])
    return client.post(url, {"round": question_round.pk}, headers=headers)


@pytest.mark.parametrize("headers", [HTMX, None])
def test_questions_that_others_replaced_come_back_beside_them_with_one_click(client, alice, headers):
    session = make_session(alice)
    first = make_round(session)
    page = reverse("study:session_detail", args=[session.pk])
    assert "Bring them back" not in client.get(page).content.decode()
    second = make_round(session, questions=[make_question(alice, "Why do clocks drift?", topic=session.topic)])
    content = client.get(page).content.decode()
    assert "Of those offered just before, 3 have no answer yet." in content
    assert "What is a deadlock?" not in content
    for _click in range(2):
        answer = earlier(client, first, headers)
        content = client.get(answer.url).content.decode() if headers is None else answer.content.decode()
        assert content.index("Why do clocks drift?") < content.index("What is a deadlock?")
        assert content.count('<li id="question-') == 4
        assert "Bring them back" not in content
    earlier(client, second, headers)
    assert client.get(page).content.decode().count('<li id="question-') == 4


def test_the_page_takes_as_many_queries_however_many_questions_there_are(client, alice, django_assert_num_queries):
    session = make_session(alice)
    page = reverse("study:session_detail", args=[session.pk])
    make_round(session, questions=[make_question(alice, "Why do clocks drift?", topic=session.topic)])
    client.get(page)
    with CaptureQueriesContext(connection) as of_one:
        client.get(page)
    make_round(session)
    with django_assert_num_queries(len(of_one)):
        assert client.get(page).content.decode().count('<li id="question-') == 3


def test_each_click_brings_back_the_round_before_and_new_questions_put_all_aside_again(client, alice, fake_llm):
    session = make_session(alice)
    oldest, middle = make_round(session), make_round(session, questions=[make_question(alice, "Why do clocks drift?")])
    make_round(session, questions=[make_question(alice, "How does TLS start?")])
    assert f'value="{oldest.pk}"' in earlier(client, middle).content.decode()
    assert earlier(client, oldest).content.decode().count('<li id="question-') == 5
    wish(client, session, "others")
    fake_llm.reply(
        some_questions(a_question("What is a quorum?"), a_question("Why shard?"), a_question("What is MVCC?"))
    )
    content = suggestion(client, session).content.decode()
    assert content.count('<li id="question-') == 3
    assert "Of those offered just before, 1 has no answer yet." in content
    assert session.rounds.count() == 4


def test_of_earlier_questions_those_answered_skipped_or_offered_again_do_not_come_back_twice(client, alice):
    session = make_session(alice)
    first = make_round(session)
    one, two, three = (suggested.question for suggested in first.suggestions.all())
    make_attempt(alice, session=session, question=one, state="marked")
    client.post(reverse("study:question_skip", args=[two.pk]), headers=HTMX)
    make_round(session, questions=[three])
    content = client.get(reverse("study:session_detail", args=[session.pk])).content.decode()
    assert "no answer yet" not in content
    content = earlier(client, first).content.decode()
    assert content.count(three.text) == 1
    assert content.count('<li id="question-') == 1


def test_earlier_questions_come_back_to_their_owner_only_and_while_the_session_runs(client, alice, bob):
    assert earlier(client, make_round(make_session(bob))).status_code == 404
    session = make_session(alice)
    question_round = make_round(session)
    client.post(reverse("study:session_earlier_questions", args=[session.pk]), {"round": "9" * 30}, headers=HTMX)
    theirs = make_round(make_session(bob, ended=True))
    client.post(reverse("study:session_earlier_questions", args=[session.pk]), {"round": theirs.pk}, headers=HTMX)
    sessions.end(session)
    assert earlier(client, question_round, None).url == reverse("study:session_detail", args=[session.pk])
    assert not SuggestedQuestion.objects.filter(choice="brought").exists()


@pytest.mark.parametrize("text", ["What was my hardest night?", "x" * 600])
def test_a_question_of_ones_own_that_comes_after_the_end_is_there_to_be_copied(client, alice, text):
    ended = make_session(alice, ended=True)
    make_reconciliation(ended)
    response = client.post(reverse("study:session_own_question", args=[ended.pk]), {"text": text})
    assert response.status_code == 409
    assert text in BeautifulSoup(response.content, "html.parser").select_one("textarea").get_text()
    assert not alice.questions.exists()
