"""Which language a candidate writes in is guessed by script and frequent words; where nothing is sure, nothing is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.languages import known_tag
from llm_modes.language.guessing import guessed_language
from tests.llm_modes.language.test_foreign import CODE, ENGLISH, LANGUAGES, dictated

TAGS = {
    "German": "de",
    "French": "fr",
    "Spanish": "es",
    "Portuguese": "pt",
    "Italian": "it",
    "Dutch": "nl",
    "Swedish": "sv",
    "Norwegian": "nb",
    "Danish": "da",
    "Polish": "pl",
    "Czech": "cs",
    "Romanian": "ro",
    "Hungarian": "hu",
    "Finnish": "fi",
    "Turkish": "tr",
    "Indonesian": "id",
    "Vietnamese": "vi",
    "Tagalog": "fil",
    "Swahili": "sw",
    "Russian": "ru",
    "Greek": "el",
    "Chinese": "zh-Hans",
    "Japanese": "ja",
    "Korean": "ko",
    "Arabic": "ar",
    "Hindi": "hi",
    "Thai": "th",
    "Hebrew": "he",
    "Hindi_in_Latin_letters": "",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_few_sentences_tell_their_language(language):
    told = " ".join(LANGUAGES[language])
    assert guessed_language(told) == TAGS[language]
    assert known_tag(guessed_language(told)) == (TAGS[language] or None)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Я працюю медсестрою п'ять років і хочу перейти в іншу лікарню.", "uk"),
        ("Работя като медицинска сестра от пет години и търся работа в голяма болница.", "bg"),
        ("Радим као медицинска сестра пет година и желим нови посао, јер љубав...", "sr"),
        ("پنج سال است که پرستار هستم و می‌خواهم در بیمارستان دیگری کار کنم.", "fa"),
        ("میں پانچ سال سے نرس ہوں اور بڑے ہسپتال میں کام کرنا چاہتی ہوں۔", "ur"),
        ("我做護士五年了，這個職位對我來說很重要，還沒有面試過。", "zh-Hant"),
        ("Pracujem ako zdravotná sestra, som tu päť rokov a hľadám prácu, pretože sme sa sťahovali.", "sk"),
    ],
)
def test_languages_that_share_a_script_are_told_apart(text, tag):
    assert guessed_language(text) == tag


def test_neither_english_nor_code_is_another_language():
    texts = [*ENGLISH, *map(dictated, ENGLISH), *CODE, "", "12 34", "👍 👍 👍"]
    assert [text for text in texts if guessed_language(text)] == []


@given(st.text(max_size=2000))
def test_any_text_is_looked_at_without_a_mistake(text):
    assert guessed_language(text) == "" or known_tag(guessed_language(text))
