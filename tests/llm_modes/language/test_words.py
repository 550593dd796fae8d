from typing import Annotated

import pytest
from pydantic import BaseModel, ValidationError

from llm_modes.language.mending import counting
from llm_modes.language.sent_schema import MOST_NESTED
from llm_modes.language.words import (
    OneLine,
    Words,
    clip_words,
    clipping,
    count_words,
    most_characters,
    words,
)
from tests.long_texts import assert_cheap, hostile


class Text(BaseModel):
    text: Annotated[str, Words(3)] = "x"
    line: Annotated[str, OneLine(10)] = "x"


def test_a_text_within_its_limit_is_kept_as_it_is():
    assert Text(text="one two three").text == "one two three"


def test_a_text_over_its_limit_is_refused_and_the_error_says_by_how_much():
    with pytest.raises(ValidationError, match="at most 3 words, please; this has 4"):
        Text(text="one two three four")


def test_a_text_over_its_limit_is_clipped_where_that_is_asked_for():
    with clipping():
        assert Text(text="one two three four").text == "one two three…"


@pytest.mark.parametrize("bound", [most_characters(120), MOST_NESTED])
def test_a_text_that_a_grammar_ended_at_its_bound_is_clipped_at_once_and_counted(bound):
    class Note(BaseModel):
        note: Annotated[str, Words(120)]

    endless = "so on " * 400
    with counting() as mends:
        assert Note(note=endless[:bound]).note == " ".join(["so on"] * 60) + "…"
    assert mends.number == 1
    for ended_otherwise in (endless[: bound - 1], endless[: bound + 1]):
        with pytest.raises(ValidationError, match="at most 120 words"):
            Note(note=ended_otherwise)


def test_a_text_far_over_its_limit_is_clipped_too():
    with clipping():
        assert Text(text="word " * 500).text == "word word word…"


def test_clipping_ends_with_its_block():
    with pytest.raises(RuntimeError), clipping():
        raise RuntimeError
    with pytest.raises(ValidationError):
        Text(text="one two three four")


def test_clipping_does_not_help_a_text_without_spaces():
    with clipping(), pytest.raises(ValidationError, match="usual length"):
        Text(text="x" * 1000)


@pytest.mark.parametrize("empty", ["", "   ", "\n\t", "\x00\x07"])
def test_an_empty_text_is_refused(empty):
    with pytest.raises(ValidationError, match="must not be empty"):
        Text(text=empty)


def test_what_cannot_be_stored_is_taken_out():
    text = Text.model_validate_json(r'{"text": "a\u0000b c", "line": " two\n words "}')
    assert (text.text, text.line) == ("ab c", "two words")


@pytest.mark.parametrize("line", ["x" * 11, "", " \n"])
def test_a_line_that_is_too_long_or_empty_is_refused_even_while_clipping(line):
    with clipping(), pytest.raises(ValidationError, match="1 to 10 characters"):
        Text(line=line)


def test_korean_typed_without_spaces_is_cut_into_words_of_three_syllables():
    assert words("나는 가나다라마바사아자차카타파하") == ["나는", "가나다", "라마바", "사아자", "차카타", "파하"]


def test_clipping_keeps_line_breaks_and_the_words_before():
    assert clip_words("one\n\ntwo  three four", 3) == "one\n\ntwo  three…"
    assert clip_words("one two", 2) == "one two"


def test_the_schema_names_the_limit_and_a_bound_in_characters():
    assert Text.model_json_schema()["properties"]["text"] == {
        "default": "x",
        "description": "max 3 words",
        "minLength": 1,
        "maxLength": most_characters(3),
        "title": "Text",
        "type": "string",
    }


COUNTED = {
    "I don’t know 1,000 well-known CI/CD tools — e.g. C++ & Go (so far)": 12,
    "Measured,fixed;deployed…done": 4,
    "Kraftfahrzeughaftpflichtversicherung und Straßenverkehrsordnung": 3,
    "저는 결제 서비스를 옮겼습니다": 4,
    "मैंने भुगतान सेवा बदली": 4,
    "نقلتُ خدمة الدفع، ثم قستها": 5,
    "می\u200cخواهم کتاب\u200cها را": 3,
    "העברתי את שירות התשלומים": 4,
    "Я перенёс платёжный сервис": 4,
    "የክፍያ፡አገልግሎቱን፡አዛወርኩ።ለካሁ": 4,
    "ལན་འདེབས་ཀྱི་དུས་ཚོད།": 5,
    "profiled→batched⇒cached•measured": 4,
    "저는결제서비스이전을맡아응답시간을쟀습니다": 7,
    "👩\u200d💻 🇩🇪 – ! ok": 1,
    "\u200b \u2800 …": 0,
    # Here ICU's dictionaries count.
    "系统设计": 2,
    "我负责支付服务的迁移": 6,
    "API网关 v2": 4,
    "2021年我负责API的设计": 7,
    "システムデザイン": 2,
    "私は田中です": 4,
    "ย้ายระบบชำระเงิน": 4,
    "ພາສາລາວ": 2,
    "ខ្ញុំទទួលខុសត្រូវ": 2,
    "မြန်မာဘာသာ": 1,
}


@pytest.mark.parametrize(("text", "count"), COUNTED.items())
def test_words_are_counted_in_every_script(text, count):
    assert count_words(text) == count, words(text)


@pytest.mark.parametrize("text", [text for text in COUNTED if "1,000" not in text])
@pytest.mark.parametrize("unseen", ["\u00ad", "\ufe0f", "\u200b", "\u2060", "\U000e0100"])
def test_what_nobody_sees_makes_no_word_and_hides_none(text, unseen):
    assert count_words(unseen.join(text)) == count_words(text)


def test_characters_that_no_dictionary_knows_make_no_more_words_than_prose_has():
    assert count_words("的" * 16) == 10
    assert count_words("あ" * 10) == 4


@pytest.mark.parametrize(
    "name",
    [
        "系统设计",
        "分布式系统设计",
        "算法与数据结构",
        "後端工程師",
        "カスタマーサポート",
        "アルゴリズム",
        "การออกแบบระบบ",
        "시스템 설계 면접",
        "CI/CD & C++",
    ],
)
def test_names_of_topics_in_any_script_have_three_words(name):
    assert Text(text=name).text == name


@pytest.mark.parametrize("letter", ["支", "付", "あ", "カ", "ก", "ក"])
def test_three_words_do_not_hold_96_characters(letter):
    with pytest.raises(ValidationError):
        Text(text=letter * 96)
    with clipping():
        assert len(Text(text=letter * 96).text) < 12 if letter != "ក" else True


def test_what_has_no_spaces_is_clipped_between_its_words():
    assert clip_words("我负责支付服务的迁移，API延迟降到80毫秒", 4) == "我负责支付服务…"
    assert clip_words("On call 我负责支付服务的迁移", 3) == "On call 我…"


def test_no_text_is_hard_to_count():
    texts = hostile(30_000) | {
        made_of: made_of * (30_000 // len(made_of))
        for made_of in (
            "我",
            "わ",
            "我\u00ad",
            "가나다라",
            "カー",
            "ก",
            "ខ្ញុំ",
            "a我",
            "1,",
            "🇩🇪",
            "가",
            "a\u200b",
            "我\ufe0f",
        )
    }
    assert_cheap(count_words, 30_000, texts=texts)
