import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_modes.language.tokens import clip, estimate, first_within, last_within
from tests.fake_llm import count_tokens

TEXTS = {
    "English": "I led the migration of our payment service from a monolith to three services. Honestly, the hardest "
    "responsibilities were communication and prioritisation; we'd cut the p95 latency from 2,300 ms to 180 ms.",
    "German": "Ich habe die Verantwortung für die Zahlungsabwicklung übernommen und die Zufriedenheit verbessert.",
    "Russian": "Я руководил командой из пяти человек и отвечал за перенос платежного сервиса.",
    "Polish": "Odpowiadałem za przeniesienie usługi płatniczej i wspólnie z zespołem skróciliśmy czas odpowiedzi.",
    "Arabic": "كنت مسؤولا عن نقل خدمة الدفع وقمنا مع الفريق بتقليل زمن الاستجابة",
    "Chinese": "我负责支付服务的迁移，与团队一起将响应时间从两秒缩短到八十毫秒，并且学会了如何衡量结果。",
    "Japanese": "私は決済サービスの移行を担当し、チームと一緒に応答時間を大幅に短縮しました。",
    "code": "def f(x):\n    return {k: v for k, v in x.items() if v is not None}\n\nSELECT 1 WHERE at > '2024';",
    "emoji": "Great work 🎉🚀👩‍💻 let's go 💪🏽",
    "JSON": '{"score": 10, "positive_feedback": ["Great"], "improvement_areas": []}',
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_estimate_is_not_below_the_tokenizer_and_not_twice_as_high(name):
    counted = count_tokens(TEXTS[name])
    assert counted <= estimate(TEXTS[name]) < 2 * counted


def test_a_short_text_is_not_clipped():
    assert clip("two words", 10) == "two words"


@given(st.text(max_size=400), st.integers(min_value=1, max_value=60))
def test_a_clipped_text_is_a_beginning_that_fits(text, tokens):
    clipped = clip(text, tokens)
    assert clipped == text or (clipped.endswith("…") and text.startswith(clipped[:-1]))
    assert estimate(clipped) <= tokens


def test_a_clip_falls_between_words():
    assert clip("alpha beta gamma delta", 3) == "alpha beta…"


def test_the_first_and_the_last_items_that_fit_are_kept_in_order():
    items = [f"item {number}" for number in range(100)]
    assert first_within(items, 12) == ["item 0", "item 1", "item 2"]
    assert last_within(items, 12) == ["item 97", "item 98", "item 99"]
    assert first_within([], 10) == []


def test_one_item_that_is_too_long_alone_is_clipped_not_dropped():
    (only,) = last_within(["short", "long " * 100], 10)
    assert only.startswith("long long")
    assert estimate(only) <= 10
