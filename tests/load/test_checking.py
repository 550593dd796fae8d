"""The checker of `make bench-load` finds what it is there for: rows that are planted as if a run had left them."""

import pytest

from plans.models import ChatMessage
from tests.factories import make_attempt, make_message, make_session, make_started_call, make_user
from tests.load.checking import what_is_wrong
from tests.load.stored import _last, _models, read

pytestmark = pytest.mark.django_db
TEXT, LINE, CALL = "I kept the lamp burning, note-0123456789.", "I have less time now.", "call-7"


@pytest.fixture
def before():
    make_session(make_user("earlier"))
    return {"last": {model._meta.label: _last(model) for model in _models()}}


@pytest.fixture
def who(before):
    return make_user("keeper")


@pytest.fixture
def attempt(who):
    return make_attempt(who, answer=TEXT, state="marked")


@pytest.fixture
def diary(who, attempt):
    """What a candidate was told who answered a question and said a line, and got a mark and an answer."""
    said = make_message(who, LINE)
    ChatMessage.objects.create(user=who, author="coach", text=f"Well. {CALL}", in_reply_to=said)
    told = [
        {"what": "begun", "session": attempt.session_id},
        {"what": "saved", "attempt": attempt.pk, "text": TEXT},
        {"what": "marked", "attempt": attempt.pk, "score": 6},
        {"what": "said", "text": LINE},
        {"what": "answered", "text": LINE, "call": CALL},
    ]
    return [{"kind": "told", "who": who.username, **line} for line in told]


def found(diary, before, calls=()):
    return what_is_wrong(diary, read(before, 0), list(calls))


def call(**fields):
    return {"call": CALL, "mode": "evaluate_answer", "marker": "note-0123456789", "fault": "", **fields}


def test_nothing_is_wrong_where_all_is_as_it_was_told(diary, before):
    assert found(diary, before, [call(fault="http_500"), call()]) == []


def test_an_answer_that_was_called_saved_and_is_not_there_is_lost(diary, before, attempt):
    attempt.delete()
    assert any(one.startswith("lost: the answer") for one in found(diary, before))


def test_an_answer_that_is_there_twice_is_doubled(diary, before, attempt):
    make_attempt(attempt.user, answer=TEXT, state="marked")
    assert [one.split(":")[0] for one in found(diary, before)] == ["doubled"]


def test_an_answer_that_its_owner_never_sent_is_found(diary, before, attempt):
    make_attempt(attempt.user, answer="Somebody else's words.", state="marked")
    assert [one.split(":")[0] for one in found(diary, before)] == ["not theirs"]


def test_a_mark_that_is_not_the_one_that_was_told_is_lost(diary, before, attempt):
    type(attempt).objects.update(score_rating=3)
    assert [one.split(";")[0] for one in found(diary, before)] == [f"lost: the mark of answer {attempt.pk}"]


def test_a_session_that_nobody_began_is_doubled(diary, before, who):
    other = make_session(who, ended=True)
    assert found(diary, before) == [f"doubled: session {other.pk} of keeper, who did not begin it"]


def test_a_session_that_was_called_ended_and_runs_on_is_found(diary, before, who, attempt):
    ended = {"kind": "told", "what": "ended", "who": "keeper", "session": attempt.session_id}
    assert found([*diary, ended], before) == [f"lost: the end of session {attempt.session_id} of keeper"]


def test_a_message_without_the_answer_that_was_read_is_found(diary, before):
    ChatMessage.objects.filter(author="coach").delete()
    assert found(diary, before) == [f"lost: the coach's answer to keeper, {CALL}"]


def test_a_row_that_waits_for_ever_and_a_place_that_nobody_frees_are_stuck(diary, before, who, attempt):
    make_attempt(who, answer="unsure", state="submitted")
    make_started_call(who)
    unsure = {"kind": "told", "what": "unsure", "who": "keeper", "text": "unsure"}
    stuck = found([*diary, unsure], before)
    assert len(stuck) == 2
    assert all(one.startswith("stuck: ") for one in stuck)


def test_a_text_that_the_model_answered_twice_was_paid_for_twice(diary, before):
    assert found(diary, before, [call(), call()]) == ["paid twice: the model answered note-0123456789 2 times"]
