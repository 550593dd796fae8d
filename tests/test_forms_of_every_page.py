"""What is so of the forms of every page, in every state that a page can have."""

import pytest
from bs4 import BeautifulSoup

from coach.kept import posted_of
from tests.browser import one_history

pytestmark = pytest.mark.django_db


def test_each_field_for_words_is_shown_when_it_is_kept_and_one_button_says_what_to_do_next(client, rf):
    """No other field is shown: nobody wrote the version of a note, and what a box holds is nothing to read."""
    shown: dict[bool, set[str]] = {True: set(), False: set()}
    for owner, path in one_history.a_history("Wort").pages():
        client.force_login(owner) if owner else client.logout()
        page = BeautifulSoup(client.get(path).content, "html.parser")
        assert len(page.select("main .button.primary")) <= 1, path
        for field in page.select("form[method=post] [name]"):
            typed = field.name == "textarea" or field.get("type") == "text"
            posted = posted_of(rf.post("/", {field["name"]: "Wort"}))
            # A city is as good as chosen; and what a button has the candidate say is words.
            if posted and field.get("type") != "file" and field["name"] not in ("time_zone", "feedback"):
                assert posted[0].is_words == typed, (path, field)
                shown[typed].add(field["name"])
    assert len(shown[True]) >= 12
    assert len(shown[False]) >= 20
