"""By what texts are compared: what they say, whatever they are typed with."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_modes.language.folding import Folded, folded
from llm_modes.suggest_plan.plan import key
from tests.long_texts import assert_cheap, hostile

ALIKE = {
    "apostrophes": ["Driver's licence", "Driver’s licence", "Driver`s licence", "Driver´s licence", "Driverʼs licence"],
    "accents in one character or two": ["résumé", "re\u0301sume\u0301", "RÉSUMÉ"],
    "marks in any order": ["việt", "vie\u0323\u0302t", "vie\u0302\u0323t", "vi\xea\u0323t"],
    "Hangul in syllables and in letters": ["한국어 면접", unicodedata.normalize("NFD", "한국어 면접")],
    "kana of both widths": ["ガイド", "ｶﾞｲﾄﾞ", unicodedata.normalize("NFD", "ガイド")],
    "widths": ["API 2024", "ＡＰＩ　２０２４", "api 2024"],
    "spaces": ["ten users", "ten\xa0users", "ten\u2009\u202fusers", " ten \n users\u3000"],
    "dashes": ["Front-end", "Front‐end", "Front‑end", "Front – end", "front—end", "front −end"],
    "ellipses": ["first… then", "first... then", "first⋯ then", "first.... then"],
    "quotation marks": ['the "big" one', "the “big” one", "the „big“ one", "the «big» one", "the 「big」 one"],
    "bold words": [
        "it was really late",
        "it was **really** late",
        "it _was_ `really` ***late***",
        "**it _was_ really late**",
        r"it was \*\*really\*\* _**late**_",
    ],
    "what libraries escape": [
        'it\'s "R & D"',
        "it&#39;s &quot;R&nbsp;&amp;&nbsp;D&quot;",
        "it&apos;s &#34;R &amp; D&#34;",
    ],
    "vowels of Arabic": ["لا أعرف الخدمة", "لَا أَعْرِفُ الخِدْمَةَ", "لا أعـــرف الخدمــة"],
    "points of Hebrew": ['צה"ל שירות', "צה״ל שֵׁירוּת"],
    "Persian by two keyboards": ["یک کتاب", "يك كتاب"],
    "what nobody sees": ["co-operate", "co-\u200bop\xaderate\ufeff", "c\u2060o-operate\u200e"],
    "joiners": ["می\u200cخواهم", "میخواهم"],
    "what prompts escape": ["R&D < all", "R&amp;D &lt; all", "R&amp;amp;D &amp;lt; all"],
    "spaces beside Chinese": [
        "2021年我负责API网关，很好",
        "2021 年我负责 API 网关, 很好",
        "2021年 我负责API网关，\n很好",
    ],
    "spaces behind Chinese commas": ["扩到12人，C++服务", "扩到12人, C++服务"],
    "capitals": ["STRASSE ΣΟΦΟΣ", "straße σοφος"],
    "the dot of a Turkish i": ["İstanbul", "i\u0307stanbul", "istanbul"],
    "capitals in Turkish": ["VERİ TABANI", "veri tabanı", "Veri Tabanı"],
}


@pytest.mark.parametrize("texts", ALIKE.values(), ids=ALIKE)
def test_what_says_the_same_is_the_same(texts):
    assert len({folded(text) for text in texts}) == 1, [folded(text) for text in texts]


@pytest.mark.parametrize(
    "names",
    [
        ["C", "C++", "C#", "C--", "C*", "Objective-C"],
        ["F", "F#", "F*", "F-"],
        [".NET", "NET", "ASP.NET"],
        ["Node.js", "Nodejs", "Node js"],
        ["A* search", "A search"],
        ["10² users", "102 users", "10 2 users"],
        ["résumé", "resume"],
        ["system_design", "system design", "systemdesign"],
        ["front-end", "front end", "frontend"],
        ["R&D", "R D", "RD"],
        ["か", "が"],
        ["कि", "की", "क"],
        ["系统设计", "系统设计一", "系統設計"],
        ["1.5", "15", "1,5"],
        ["Driver's", "Drivers"],
    ],
)
def test_other_topics_stay_other_topics(names):
    assert len({key(name) for name in names}) == len(names)


def test_capitals_count_where_that_is_asked_for():
    assert folded("Driver’s  LICENCE", cased=True) == "Driver's LICENCE"


@given(st.text(st.characters() | st.sampled_from("*_`-.…’&lt;amp \u0301\u0323\u200b가ガ我ﾞ"), max_size=40))
def test_every_passage_of_a_folded_text_stands_for_one_of_the_original(text):
    read = Folded(text)
    assert folded(unicodedata.normalize("NFC", text)) == folded(unicodedata.normalize("NFD", text))
    for first in range(len(read.text)):
        start, end = read.span(first, len(read.text))
        assert 0 <= start < end <= len(text)
        assert read.span(0, first + 1)[0] <= start


def test_no_text_is_hard_to_fold():
    texts = hostile(30_000) | {
        "bold that never ends": "*a " * 10_000,
        "marks in disorder": "\u0301\u0323" * 15_000,
        "escapes": "&amp;" * 6_000,
        "half an escape": "&amp;" * 6_000 + "x",
        "lines that never end": "_" * 30_000,
    }
    assert_cheap(folded, 30_000, texts=texts)
