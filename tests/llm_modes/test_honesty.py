import time

import pytest

from llm_modes.evaluate_answer.honesty import highest_score, said

ANSWER = "Well, I owned the\n ‘payment’-service — and cut p95 by 92% when 1 < 2 & it worked. I started early."


@pytest.mark.parametrize(
    "quote",
    [
        "I owned",
        "i owned THE 'payment'-service",
        "“cut p95 by 92%”",
        "… cut p95 by 92% …",
        "service - and cut",
        "when 1 &lt; 2 &amp; it worked",
        "it worked.",
    ],
)
def test_what_was_said_counts_whatever_its_case_spaces_and_marks(quote):
    assert said(quote, ANSWER)


@pytest.mark.parametrize("quote", ["cut p95 by 93%", "art", "", "…", '" "', "I owned the payment service", "early I"])
def test_what_was_not_said_is_found_out(quote):
    assert not said(quote, ANSWER)


@pytest.mark.parametrize(
    "answer",
    [
        "I don't know",
        "i dont know.",
        "I do not know the answer",
        "I really don’t know, sorry!",
        "Um, I have no idea",
        "No idea.",
        "pass",
        "Skip this one",
        "dunno",
        "idk",
        "N/A",
        "not sure",
        "Honestly I can't think of an example right now",
        "I have no clue at all",
        "Sorry, I can't answer that.",
    ],
)
def test_a_dont_know_answer_gets_at_most_1(answer):
    assert highest_score(answer) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "I don't know Kafka, but I know RabbitMQ",
        "I pass the parcel",
        "Not sure about the date, but in 2020 I led it",
        "I measured it and fixed it",
        "ok",
    ],
)
def test_a_short_answer_gets_at_most_3(answer):
    assert highest_score(answer) == 3


def test_fifteen_words_may_get_any_mark():
    assert highest_score(" ".join(["word"] * 14)) == 3
    assert highest_score(" ".join(["word"] * 15)) == 10


def test_a_long_answer_that_begins_with_not_knowing_may_get_any_mark():
    assert highest_score("I don't know the exact number, but I measured it " + "and wrote it down " * 5) == 10


def test_punctuation_is_no_word():
    assert highest_score("- . - . - . - . - . - . - . - . - . done") == 3


@pytest.mark.parametrize(
    "again",
    [
        "the answer to that ",
        "how to answer that ",
        "about that ",
        "what to say an answer ",
        "at all of it, ",
        "any an a ",
    ],
)
def test_a_long_answer_made_to_be_hard_to_read_is_read_quickly(again):
    started = time.process_time()
    highest_score("I don't know " + again * 600 + "x")
    highest_score("um, " * 3000 + again * 30 + "no idea" + "!" * 9000 + "x")
    assert time.process_time() - started < 1


def test_a_language_without_spaces_is_not_capped_for_that():
    assert highest_score("我负责支付服务的迁移，与团队一起将响应时间从两秒缩短到八十毫秒。") == 10
    assert highest_score("我不知道") == 3
