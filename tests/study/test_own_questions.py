"""Many questions of one's own at once: pasted, sorted by the coach, decided on, and kept."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from coach.time_zone import local_day
from llm_modes.asking.rows import AskState
from llm_modes.offline.bank import general
from plans.models import PlanTopic
from study import questions, sessions
from study.models import Question, QuestionPaste
from tests.factories import make_paste, make_question, make_session, make_user
from tests.fake_llm import a_question, some_questions
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db

PASTE = "/questions/own/"
TWO = "1. Tell me about a conflict.\n- How would you design a cache?"


@pytest.fixture
def topics(alice):
    return list(alice.plan_topics.in_force())


def url(paste, name="pasted_questions"):
    return reverse(f"study:{name}", args=[paste.pk])


def sort(client, paste, headers=HTMX):
    return client.post(url(paste, "pasted_topics"), headers=headers)


def sorted_as(*names, kind="technical"):
    """A reply that puts each question into the topic of this name."""
    looks_for = ["A clear goal", "What came of it"]
    return {
        "questions": [
            {"number": number, "kind": kind, "looks_for": looks_for, "topic": name}
            for number, name in enumerate(names, start=1)
        ]
    }


def fields(response):
    """What the decision form would send as it stands: the values of its fields."""
    form = BeautifulSoup(response.content, "html.parser").select_one(
        "form[action^='/questions/own/'][data-warn-unsaved]"
    )
    values = {area["name"]: area.get_text().strip() for area in form.select("textarea")}
    values |= {one["name"]: one.select_one("option[selected]")["value"] for one in form.select("select")}
    return values | {one["name"]: one.get("value", "") for one in form.select("input[type=date]")}


def test_pasted_questions_are_saved_sorted_in_one_call_and_kept_as_the_candidate_says(client, alice, topics, fake_llm):
    response = client.post(PASTE, {"text": TWO})
    paste = QuestionPaste.objects.get()
    assert response.url == url(paste)
    page = client.get(url(paste)).text
    assert "Your questions are saved." in page
    assert "Sort them</button>" in page
    fake_llm.reply(sorted_as("Conflict stories", "System design"))
    fragment = sort(client, paste)
    assert "<html" not in fragment.text
    prompt = fake_llm.requests[0].user
    assert "1: Tell me about a conflict.\n2: How would you design a cache?" in prompt
    assert "- Conflict stories: Designing services that grow." in prompt
    sent = fields(fragment)
    assert sent["topic-0"] == str(topics[1].pk)
    sent["question-1"] = "How would you build a cache?"
    sent["topic-1"] = topics[2].pk
    assert client.post(url(paste), sent).url == reverse("study:sessions")
    first, second = alice.questions.order_by("pk")
    assert (first.text, first.topic, first.origin, first.kind) == (
        "Tell me about a conflict.",
        topics[1],
        "candidate",
        "technical",
    )
    assert first.looks_for == ["A clear goal", "What came of it"]
    assert (second.text, second.topic) == ("How would you build a cache?", topics[2])
    assert "2 questions of your own added" in client.get(reverse("study:sessions")).text
    assert len(fake_llm.requests) == 1


def test_a_second_click_adds_nothing_and_says_so(client, alice, topics):
    paste = make_paste(alice, ask_state=AskState.DONE)
    sent = {"question-0": "Why here?", "topic-0": topics[0].pk, "question-1": "What is a lock?", "topic": topics[1].pk}
    for _click in range(2):
        assert client.post(url(paste), sent).url == reverse("study:sessions")
    assert alice.questions.count() == 2
    assert "You have decided on these questions already." in client.get(reverse("study:sessions")).text
    assert client.get(url(paste)).url == reverse("study:sessions")
    paste.refresh_from_db()
    assert paste.lines == []


def test_lines_that_say_the_same_and_questions_that_are_there_already_are_merged_and_told(
    client, alice, topics, fake_llm
):
    there = make_question(alice, "What is a deadlock?", topic=topics[2])
    client.post(PASTE, {"text": "Why us?\n• “Why us” \n3) what is a deadlock\nWhy now?"})
    paste = QuestionPaste.objects.get()
    fake_llm.reply(sorted_as("Algorithms", None))
    page = sort(client, paste)
    assert "2 new questions" in page.text
    assert "1 line said the same as another one" in page.text
    assert "2 lines said this." in page.text
    assert "You have these already" in page.text
    assert "deadlock" not in fake_llm.requests[0].user
    sent = fields(page) | {"topic": topics[0].pk, "asked_on-1": "2026-01-08"}
    client.post(url(paste), sent)
    assert alice.questions.count() == 3
    there.refresh_from_db()
    assert there.asked_for_real_on.isoformat() == "2026-01-08"


def test_what_becomes_the_same_by_an_edit_is_kept_once(client, alice, topics):
    paste = make_paste(alice, "Why us?", "Why you?", "Why them?", ask_state=AskState.DONE)
    sent = {f"question-{place}": "Why us?" for place in range(3)} | {"topic": topics[0].pk}
    client.post(url(paste), sent)
    assert [one.text for one in alice.questions.all()] == ["Why us?"]


def test_an_other_wording_keeps_its_topic_but_not_what_it_looks_for(client, alice, topics, fake_llm):
    client.post(PASTE, {"text": TWO})
    paste = QuestionPaste.objects.get()
    fake_llm.reply(sorted_as("Algorithms", "Algorithms"))
    sent = fields(sort(client, paste)) | {"question-0": "How do you sort a list of a million names?"}
    client.post(url(paste), sent)
    new, kept = alice.questions.order_by("pk")
    assert (new.kind, new.looks_for) == ("", [])
    assert kept.looks_for


def test_what_is_ticked_is_left_out_and_all_can_be(client, alice, topics):
    paste = make_paste(alice, ask_state=AskState.DONE)
    gone = {"question-0": "w" * 501, "topic-0": "999999", "asked_on-0": "soon", "leave-0": "on"}
    client.post(url(paste), gone | {"question-1": "What is a lock?", "topic-1": topics[0].pk})
    assert [one.text for one in alice.questions.all()] == ["What is a lock?"]
    paste = make_paste(alice, ask_state=AskState.DONE)
    assert client.post(url(paste), {"none": "1"}).url == PASTE
    assert client.get(PASTE).status_code == 200
    assert alice.questions.count() == 1


# --- what is refused keeps every word --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n".join(f"What is rule {number}?" for number in range(31)), "These are 31 questions; up to 30 fit at once."),
        ("Why us?\n" + "w" * 501, "is 501 characters long; a question has at most 500."),
        ("- \n1.\n", "Type or paste at least one question."),
        ("", "Type or paste at least one question."),
        ("x" * 20_000, "20,000 characters long"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence_and_stays_in_the_field(client, alice, text, said):
    response = client.post(PASTE, {"text": text})
    assert response.status_code == 422
    page = BeautifulSoup(response.content, "html.parser")
    assert said in page.get_text()
    assert page.select_one("textarea[name=text]").get_text().strip() == text.strip()
    assert not QuestionPaste.objects.exists()


def test_thirty_questions_of_five_hundred_characters_fit(client, alice, settings):
    settings.OFFLINE_COACH = True
    text = "\n".join(f"{number}. {f'{number} '.ljust(500, 'w')}" for number in range(1, 31))
    assert client.post(PASTE, {"text": text}).status_code == 302
    assert [len(line.question) for line in QuestionPaste.objects.get().lines] == [500] * 30


def test_a_day_to_come_is_no_day_on_which_it_was_asked(client, alice, topics):
    tomorrow = (local_day(alice) + timedelta(days=1)).isoformat()
    response = client.post(PASTE, {"text": TWO, "asked_on": tomorrow})
    assert response.status_code == 422
    assert "That day is still to come." in response.text
    paste = make_paste(alice, "Why us?", ask_state=AskState.DONE)
    response = client.post(url(paste), {"question-0": "Why us?", "topic-0": topics[0].pk, "asked_on-0": tomorrow})
    assert (response.status_code, alice.questions.count()) == (422, 0)


def test_a_year_of_two_figures_in_a_field_for_a_day_is_taken_for_a_slip(client, alice):
    response = client.post(PASTE, {"text": TWO, "asked_on": "0026-11-02"})
    assert response.status_code == 422
    assert "Is the year right?" in response.text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"question-0": "Mine, reworded?", "topic-0": ""}, "Choose a topic for it, or leave it out."),
        ({"question-0": "…", "topic-0": "0"}, "Write the question, or leave it out."),
        ({"question-0": "w" * 501}, "501 characters long"),
        ({"question-0": "Why us?", "topic-0": "999999"}, "That topic has left your plan."),
        ({"question-0": "Why us?", "asked_on-0": "yesterday"}, "That is no day."),
    ],
)
def test_a_decision_with_a_gap_adds_nothing_and_keeps_what_was_typed(client, alice, topics, sent, said):
    paste = make_paste(alice, "Why us?", ask_state=AskState.DONE)
    response = client.post(url(paste), sent)
    assert response.status_code == 422
    assert said in response.text
    assert sent["question-0"] in response.text
    assert not alice.questions.exists()


def test_anothers_topic_is_none_of_the_choices(client, alice, bob):
    paste = make_paste(alice, "Why us?", ask_state=AskState.DONE)
    response = client.post(url(paste), {"question-0": "Why us?", "topic-0": bob.plan_topics.first().pk})
    assert (response.status_code, Question.objects.count()) == (422, 0)


def test_while_some_wait_for_a_decision_others_are_not_taken_and_stay_in_the_field(client, alice):
    paste = make_paste(alice, ask_state=AskState.DONE)
    assert client.get(PASTE).url == url(paste)
    response = client.post(PASTE, {"text": "Why do you leave?"})
    assert response.status_code == 409
    assert "2 questions that you pasted before wait for your decision" in response.text
    assert "Why do you leave?" in response.text
    assert QuestionPaste.objects.count() == 1


def test_without_a_plan_it_says_to_agree_on_one_first_and_keeps_what_was_typed(client):
    client.force_login(make_user())
    assert "agree on a plan first" in client.get(PASTE).text
    response = client.post(PASTE, {"text": "Why do you leave?"})
    assert response.status_code == 409
    assert "agree on a plan first. What you pasted is still in the field below." in response.text
    assert "Why do you leave?" in response.text
    assert not QuestionPaste.objects.exists()


def test_a_topic_has_room_for_so_many_and_all_stay_on_the_page(client, alice, topics, settings):
    settings.COACH_OPEN_QUESTIONS = 2
    make_question(alice, "Mine already?", topic=topics[0], origin="candidate")
    paste = make_paste(alice, ask_state=AskState.DONE)
    sent = {"question-0": "Why here?", "question-1": "What is a lock?", "topic": topics[0].pk}
    response = client.post(url(paste), sent)
    assert response.status_code == 409
    assert "System design has room for 1 more of your own questions" in response.text
    assert "What is a lock?" in response.text
    assert alice.questions.count() == 1
    assert client.post(url(paste), sent | {"topic-1": topics[1].pk}).status_code == 302


# --- asked, failed, stopped, and without a model ---------------------------------------------------------------------


def test_a_failure_keeps_the_questions_which_can_be_sorted_again_or_by_hand(client, alice, topics, fake_llm):
    paste = make_paste(alice, ask_state=AskState.PENDING)
    for _try in range(2):
        fake_llm.fault("http_500")
    response = sort(client, paste)
    assert response.status_code == 503
    assert "Your questions are saved, but not sorted yet" in response.text
    assert response.text.count(" primary") == 1
    sent = fields(response) | {"topic": topics[0].pk}
    fake_llm.reply(sorted_as("Algorithms", "Algorithms"))
    sort(client, paste, None)
    assert fields(client.get(url(paste)))["topic-0"] == str(topics[2].pk)
    assert client.post(url(paste), sent).status_code == 302
    assert {one.topic for one in alice.questions.all()} == {topics[0]}


def test_the_asking_can_be_stopped(client, alice):
    paste = make_paste(alice, ask_state=AskState.PENDING)
    response = client.post(url(paste, "pasted_topics_stop"), headers=HTMX)
    assert "You stopped it." in response.text
    assert fields(response)["question-0"] == "Why do you want to work here?"


@pytest.mark.django_db(transaction=True)
def test_a_reply_that_comes_after_the_decision_changes_nothing(client, alice, fake_llm):
    paste = make_paste(alice, ask_state=AskState.PENDING)
    topic = alice.plan_topics.in_force()[0]

    def decide_meanwhile(_request):
        decided = type(client)()
        decided.force_login(alice)
        decided.post(url(paste), {"question-0": "Why here?", "question-1": "Why now?", "topic": topic.pk})
        connection.close()
        return sorted_as("Algorithms", "Algorithms")

    fake_llm.reply(decide_meanwhile)
    sort(client, paste)
    paste.refresh_from_db()
    assert (paste.lines, paste.ask_state) == ([], AskState.NONE)
    assert {one.topic for one in alice.questions.all()} == {topic}


def test_numbers_that_are_none_or_come_twice_and_topics_that_the_plan_lacks_leave_the_choice(
    client, alice, topics, fake_llm
):
    paste = make_paste(alice, "Why us?", "Why now?", "Why you?", ask_state=AskState.PENDING)
    reply = sorted_as("Algorithms", "Cooking")
    reply["questions"] += [{**reply["questions"][0], "topic": "System design"}, {**reply["questions"][0], "number": 9}]
    fake_llm.reply(reply)
    sent = fields(sort(client, paste))
    assert [sent[f"topic-{place}"] for place in range(3)] == [str(topics[2].pk), "", ""]
    assert "Topic of the 2 that have none yet" in client.get(url(paste)).text


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("behavioral", "behavioural"),
        ("Behavioural.", "behavioural"),
        ("BEHAVIOURAL", "behavioural"),
        ("behavioural question", ""),
        ("**`behavioural`**", "behavioural"),
        ("case-study.", "case"),
        ("quiz", ""),
    ],
)
def test_a_kind_in_another_spelling_costs_a_question_neither_topic_nor_lines(
    client, alice, topics, fake_llm, said, kind
):
    paste = make_paste(alice, "Why us?", "Why now?", ask_state=AskState.PENDING)
    reply = sorted_as("Algorithms", "System design")
    reply["questions"][0]["kind"] = said
    fake_llm.reply(reply)
    assert fields(sort(client, paste))["topic-0"] == str(topics[2].pk)
    paste.refresh_from_db()
    assert (paste.lines[0].kind, len(paste.lines[0].looks_for)) == (kind, 2)


def test_a_reply_without_any_number_of_the_list_is_asked_for_once_more(client, alice, fake_llm):
    paste = make_paste(alice, "Why us?", ask_state=AskState.PENDING)
    wrong = sorted_as("Algorithms")
    wrong["questions"][0]["number"] = 7
    fake_llm.reply(wrong)
    fake_llm.reply(sorted_as("Algorithms"))
    assert sort(client, paste).status_code == 200
    assert len(fake_llm.requests) == 2


def test_without_a_model_nobody_is_asked_and_the_topic_is_the_candidates_choice(client, alice, topics, settings):
    settings.OFFLINE_COACH = True
    known = general().topics[0].questions[0]
    page = client.get(client.post(PASTE, {"text": f"{known.text}\nWhy us?"}).url)
    sent = fields(page)
    assert (sent["topic"], sent["topic-0"], sent["topic-1"]) == ("", "", "")
    client.post(url(QuestionPaste.objects.get()), sent | {"topic": topics[0].pk})
    of_bank, own = alice.questions.order_by("pk")
    assert (of_bank.kind, of_bank.looks_for) == (known.kind, list(known.looks_for))
    assert (own.kind, own.looks_for) == ("", [])


def test_only_the_owner_sees_and_decides(client, alice, bob):
    paste = make_paste(bob, ask_state=AskState.DONE)
    assert client.get(url(paste)).status_code == 404
    for name in ("pasted_questions", "pasted_topics", "pasted_topics_stop"):
        assert client.post(url(paste, name)).status_code == 404
    client.logout()
    assert client.get(PASTE).url.startswith("/login/")


# --- what comes of them ----------------------------------------------------------------------------------------------


def test_one_asked_for_real_is_the_first_of_the_next_session_and_the_others_follow_one_by_one(
    client, alice, topics, fake_llm
):
    client.post(PASTE, {"text": "Why us?\nWhy now?\nWhy you? (asked yesterday)"})
    paste = QuestionPaste.objects.get()
    fake_llm.reply(sorted_as(*["System design"] * 3, kind="motivation"))
    answer = client.post(url(paste), fields(sort(client, paste)), follow=True)
    assert "3 questions of your own added. The one that was asked for real comes first" in answer.text
    session = sessions.start(alice, topics[0], 15)
    others = some_questions(*(a_question(f"What is {thing}?") for thing in ("a lock", "a log", "a heap")))
    for reply, first, second in ((some_questions(), "Why you?", "Why us?"), (others, "Why you?", "Why now?")):
        fake_llm.reply(reply)
        shown = client.post(reverse("study:session_suggestion", args=[session.pk]), headers=HTMX).text
        offered = session.rounds.order_by("-pk")[0].suggestions.order_by("position")
        own = [one.question.text for one in offered if one.question.origin == "candidate"]
        assert own == [first, second]
        assert offered[0].question.text == first
        assert "Asked for real on" in shown
        questions.suggest(session, "others")


def test_of_a_list_without_news_nobody_says_that_they_know_what_they_never_answered(client, alice, topics, fake_llm):
    client.post(PASTE, {"text": "Why us? (asked yesterday)\nWhy you? (asked yesterday)"})
    fake_llm.reply(sorted_as("System design", "Conflict stories", kind="motivation"))
    answer = client.post(url(paste := QuestionPaste.objects.get()), fields(sort(client, paste)), follow=True)
    assert "The 2 asked for real come first in the next sessions of their topics." in answer.text
    make_question(alice, "Why now?", topic=topics[0], origin="candidate")
    session = sessions.start(alice, topics[0], 15)
    for _again in range(2):
        fake_llm.reply(some_questions(a_question("Why us?"), a_question("Why now?")))
    shown = client.post(reverse("study:session_suggestion", args=[session.pk]), headers=HTMX).text
    assert session.rounds.get().nothing_new
    assert "for now. These are questions that have no answer yet." in shown


def test_the_sessions_page_and_a_session_lead_to_it(client, alice):
    session = make_session(alice)
    assert PASTE in client.get(reverse("study:session_detail", args=[session.pk])).text
    sessions.end(session)
    assert PASTE in client.get(reverse("study:sessions")).text
    PlanTopic.objects.update(archived_at=timezone.now())
    assert PASTE not in client.get(reverse("study:sessions")).text
