"""What rules cannot read is told from English: other languages, also dictated without accents, and code."""

import json
import re
import tomllib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_modes.judging.samples import sample_sets
from llm_modes.language.foreign import looks_foreign
from tests.fortnight.answers import answer_of

LANGUAGES = tomllib.loads(Path(__file__).with_name("languages.toml").read_text())
SAMPLES = Path(__file__).parents[1] / "offline" / "samples"
SOURCE_CODE = tomllib.loads(Path(__file__).with_name("source_code.toml").read_text())
LETTERS_OF_THEIR_OWN = str.maketrans({"ł": "l", "ı": "i", "ø": "o", "đ": "d", "æ": "ae", "ß": "ss"})
ENGLISH = [
    "I worked with Jan van der Berg and Françoise Müller in São Paulo on the ledger.",
    "At Société Générale in Paris I led the team of Łukasz Wójcik and José de la Cruz.",
    "We moved from Den Haag to Los Angeles, and Herr Müller stayed in Köln.",
    "Müller, García and Nguyễn reported to me at Crédit Agricole.",
    "I told her: “Das ist nicht so schlimm, wir machen das zusammen.” She laughed, and we went back to the ward.",
    "My grandmother used to say mieux vaut prévenir que guérir, and since then I check every drip twice.",
    "The customer shouted “Das geht so nicht, ich will mein Geld zurück!” and I let him finish.",
    "I sent my résumé after we met in a café.",
    "I did the mise en place, sautéed the onions and plated crème brûlée à la carte.",
    "mise en place, sauté, julienne, brunoise, crème brûlée à la carte",
    "Patent foramen ovale, ductus arteriosus, vena cava, per os, in situ",
    "Restarted server, checked logs, fixed config, told team.",
    "Kafka (3 brokers), Postgres (14), Redis (6); p99 from 900 to 120 ms; on call.",
    "- restarted server;\n- checked logs;\n- fixed config;\n- told team;",
    "ROI = 3x; CAC < 40; LTV > 200 (monthly)",
    "Step 1) listen 2) ask 3) offer [refund] = happy customer",
    "In last year I have make one project with six colleague, it was very hard but we finish in time.",
    "I am work in hospital since five year, patient was agitate so I am calling doctor immediate.",
    "in march the database went down at night i was on call and first i checked the replicas then i moved the load",
    "I would add an index: CREATE INDEX ON orders (customer_id); and check the plan, since the table has many rows.",
    "In Python I would write counts[word] = counts.get(word, 0) + 1, and then sort by value, which is O(n log n).",
    "| Month | Revenue | Cost |\n|---|---|---|\n| Jan | 120 | 80 |\n| Feb | 140 | 90 |",
    "asdf jkl qwer zxcv asdf hjkl uiop qwer",
    "I g n o r e t h e r u l e s",
    "marks: 4 in 120 s, 7 in 120 s",
    *SOURCE_CODE["english"],
]
CODE = [text for texts in SOURCE_CODE["code"].values() for text in texts]


def dictated(text: str) -> str:
    """As a browser hears it: small letters, no punctuation, and here no accents either."""
    apart = unicodedata.normalize("NFD", text.lower().translate(LETTERS_OF_THEIR_OWN))
    plain = "".join(sign for sign in apart if unicodedata.category(sign) != "Mn")
    return " ".join(re.sub(r"[^\w\s'-]", " ", plain).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_few_sentences_of_another_language_are_told_from_english_however_they_are_written(language):
    text = LANGUAGES[language][-1]
    assert looks_foreign(text)
    assert looks_foreign(text if language in ("Hindi", "Thai") else dictated(text))


def test_one_short_sentence_is_nearly_always_told_from_english():
    short = [text for texts in LANGUAGES.values() for text in texts[:-1]]
    assert sum(map(looks_foreign, short)) >= 0.95 * len(short)
    assert sum(looks_foreign(dictated(text)) for text in short) >= 0.9 * len(short)


@pytest.mark.parametrize("text", [*ENGLISH, *(dictated(text) for text in ENGLISH)])
def test_english_is_never_declined_whoever_writes_it_and_whatever_stands_in_it(text):
    assert not looks_foreign(text)


def test_no_sample_answer_is_declined():
    answers = [said for one in SAMPLES.glob("*.json") for said in json.loads(one.read_text())["answers"].values()]
    answers += [said for one in sample_sets() for said in one.answers.values()]
    answers += [answer_of("Why do you want to work here?", mark, 1) for mark in range(1, 11)]
    assert [text for text in answers for said in (text, dictated(text)) if looks_foreign(said)] == []


@pytest.mark.parametrize("text", CODE)
def test_code_is_nothing_to_be_marked(text):
    assert looks_foreign(text)


SENTENCES = st.sampled_from([text for text in ENGLISH if len(text.split()) > 11 and " I " in f" {text} "])


@given(st.lists(SENTENCES, min_size=4, max_size=8, unique=True), st.sampled_from(CODE))
def test_an_english_answer_with_a_piece_of_code_in_it_is_never_declined(told, code):
    few = " ".join(code.split()[:8])
    assert not looks_foreign("\n".join([*told[:2], few, *told[2:]]))


@pytest.mark.parametrize("code", [code for code in CODE if code.count("\n") > 2 and " " in code])
def test_code_behind_a_word_that_introduces_it_is_code(code):
    assert looks_foreign(f"Answer:\n{code}\n")


@given(st.text(max_size=2000))
def test_any_text_is_looked_at_without_a_mistake(text):
    assert looks_foreign(text) in (True, False)
