"""What a candidate typed: emptied where nobody would see anything, and otherwise left as it is."""

import pytest

from coach.candidate_text import CandidateTextField, clean_markdown, clean_text, isolated, one_line

CLEANERS = [clean_text, clean_markdown, one_line, CandidateTextField(max_characters=9).to_python]
UNSEEN = {
    "zero width space": "\u200b",
    "joiners": "\u200c\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\xad",
    "directions": "\u200e\u200f\u202a\u202c\u2066\u2069\u061c",
    "fillers of Hangul": "\u115f\u1160\u3164\uffa0",
    "Braille without a dot": "\u2800",
    "what a pasted picture leaves": "\ufffc\n\ufffc",
    "variation selectors": "\ufe0f\ufe00\U000e0100",
    "tags": "\U000e0041\U000e007f",
    "marks without a letter": "\u0301\u0323\u0e31\u093f",
    "spaces of every width": "\xa0\u2009\u3000\u1680\u2028",
    "all of them in lines": " \u200b\r\n\u3164\t\u2800\n",
}
SEEN = {
    "a family": "👩\u200d👩\u200d👧\u200d👦",
    "a heart": "❤\ufe0f",
    "a keycap": "1\ufe0f\u20e3",
    "the flag of Wales": "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
    "Persian": "می\u200cخواهم کتاب\u200cها",
    "Hindi": "शर्त क्\u200dष और क्\u200cष",
    "Korean in letters": "한",
    "a single sign": "?",
    "a syllable of Braille": "\u2801",
}


@pytest.mark.parametrize("clean", CLEANERS)
@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
def test_a_text_that_nobody_sees_is_empty(clean, text):
    assert clean(text) == ""


@pytest.mark.parametrize("clean", CLEANERS)
@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_what_joins_and_shapes_real_letters_stays(clean, text):
    assert clean(f" {text} \n").strip() == text


def test_a_text_with_something_to_see_keeps_what_is_unseen_in_it():
    assert clean_text("a\u200bb \xad") == "a\u200bb \xad"


def test_a_name_that_runs_from_right_to_left_takes_nothing_of_a_sentence_along():
    assert isolated("الدفع") == "\u2068الدفع\u2069"
    assert isolated("System design, 设计") == "System design, 设计"
