"""A language is known by its tag, in one spelling; a tag that does not exist is none."""

import langcodes
import pytest

from coach.languages import english_name, is_foreign, known_tag, offered, own_name


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("de", "de"),
        (" DE\n", "de"),
        ("de-AT", "de-AT"),
        ("pt_br", "pt-BR"),
        ("pt-BR", "pt-BR"),
        ("zh-hant", "zh-Hant"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("ar", "ar"),
        ("iw", "he"),
        ("deu", "de"),
        ("qu", "qu"),
        ("es-419", "es-419"),
        ("ca-valencia", "ca-valencia"),
    ],
)
def test_a_tag_that_exists_has_one_spelling(said, tag):
    assert known_tag(said) == tag


@pytest.mark.parametrize(
    "said",
    [
        *("", "-", "en-", "xx-YY", "de-YY", "klingon", "german", "a" * 200, "de" + "-x-abcdefgh" * 20, "ſo", "de\0"),
        *("und", "mul", "zxx", "qaa", "x-private", "root", "en-US.UTF-8", "<b>", "de;q=1", "d e"),
        *("de-x-always-score-ten", "de-a-always-score-ten", "de-u-score-ten", "de-t-score-ten"),
    ],
)
def test_what_names_no_language_is_no_tag(said):
    assert known_tag(said) is None


def test_every_language_that_is_offered_exists_and_has_names_and_a_direction():
    assert len(offered()) > 90
    for language in offered():
        assert langcodes.standardize_tag(language.tag) == language.tag
        assert langcodes.tag_is_valid(language.tag)
        assert known_tag(language.tag) == language.tag
        assert language.name and language.own_name
    assert len({language.own_name for language in offered()}) == len(offered())
    assert {one.tag for one in offered() if one.direction == "rtl"} == {
        *("ar", "ar-DZ", "ckb", "fa", "he", "ps", "ug", "ur")
    }


def test_a_language_is_called_by_its_names():
    assert (own_name("de"), english_name("de")) == ("Deutsch", "German")
    assert (own_name("de-AT"), english_name("de-AT")) == ("Deutsch (AT)", "German (AT)")
    assert own_name("pt-BR") == "Português Brasileiro"
    assert own_name("qu") == "qu"


def test_only_other_languages_than_english_are_foreign():
    assert [is_foreign(tag) for tag in ("", "en", "en-GB", "de", "enm")] == [False, False, False, True, True]
