import pytest
from pydantic import ValidationError

from llm_modes.catalogue import MODES
from llm_modes.evaluate_answer.example import ANSWER
from llm_modes.evaluate_answer.schema import EvaluateAnswerInputs
from tests.fake_llm import a_mark, an_anchor, count_tokens
from tests.llm_modes.checking import inputs_for, read


def check(reply, answer=ANSWER):
    return read("evaluate_answer", reply, inputs_for("evaluate_answer", answer=answer))


def test_quotes_are_the_candidates_own_words_and_others_are_dropped():
    reply = check(a_mark(quotes=["found a MISSING index", "I saved the company", "“within a week…”"]))
    assert reply.quotes == ["found a missing index", "within a week"]


def test_a_quote_from_the_middle_of_a_chinese_sentence_is_kept():
    answer = "2021年我负责支付服务的迁移，与团队一起将 API 响应时间从两秒缩短到八十毫秒。"
    assert check(a_mark(quotes=["将API响应时间从两秒缩短"]), answer=answer).quotes == ["将 API 响应时间从两秒缩短"]


def test_the_score_of_a_tiny_answer_is_capped():
    assert check(a_mark(score=9), answer="I measured it and fixed it.").score == 3
    assert check(a_mark(score=2), answer="I measured it and fixed it.").score == 2


def test_the_score_of_not_knowing_is_1():
    assert check(a_mark(score=8), answer="I don't know.").score == 1


def test_the_score_of_a_real_answer_stands():
    assert check(a_mark(score=10)).score == 10


@pytest.mark.parametrize(
    "wrong",
    [
        {"score": 0},
        {"score": 11},
        {"score": None},
        {"positive_feedback": ["word " * 31]},
        {"improvement_areas": ["word " * 31]},
        {"anchors": [an_anchor(name="one two three four")]},
        {"anchors": [an_anchor(anchor="word " * 51)]},
        {"quotes": ["word " * 21]},
    ],
)
def test_limits_and_ranges_are_enforced(wrong):
    with pytest.raises(ValidationError):
        check({**a_mark(), **wrong})


@pytest.mark.parametrize("field", ["score", "positive_feedback", "improvement_areas", "anchors"])
def test_nothing_of_the_mark_may_be_missing(field):
    reply = a_mark()
    del reply[field]
    with pytest.raises(ValidationError, match="Field required"):
        check(reply)


def test_what_is_not_in_the_schema_is_dropped():
    assert not hasattr(check(a_mark(current_role="admin", plan_topics=[])), "plan_topics")


def test_the_prompt_has_no_place_for_past_scores_or_coaching():
    assert set(EvaluateAnswerInputs.model_fields) == {
        "question",
        "anchors",
        "answer",
        "seconds_used",
        "seconds_allowed",
        "topic",
        "role",
        "language",
    }
    assert not {"topic", "role"} & set(inputs_for("evaluate_answer").variables())
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        inputs_for("evaluate_answer", last_score=4)


def test_anchors_take_at_most_300_tokens_and_every_one_is_named():
    anchors = [an_anchor(name=f"Anchor {number}", anchor="measure before and after " * 12) for number in range(6)]
    prompt = MODES["evaluate_answer"].messages(inputs_for("evaluate_answer", anchors=anchors))[1]["content"]
    section = prompt.split("<anchors>")[1].split("</anchors>")[0]
    assert count_tokens(section) <= 300
    assert section.count("Anchor ") == 6


def test_the_whole_answer_is_read_however_long():
    answer = " ".join(f"word{number}" for number in range(2000))
    assert answer in MODES["evaluate_answer"].messages(inputs_for("evaluate_answer", answer=answer))[1]["content"]
