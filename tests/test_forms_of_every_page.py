"""What is so of every page, in every state that a page can have."""

from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from coach.kept import posted_of
from tests.browser.one_history import History, a_history
from tests.reading import only_reading

pytestmark = pytest.mark.django_db

FILES = ("/account/export/", "/stories/stories.md", "/plan/chat/reply/")


def opened(history: History) -> Iterator[tuple[str, str]]:
    """Each page by its path, as it comes from a database that can only be read: what shows changes nothing."""
    visitors = {owner: Client() for owner in (None, *history.rows)}
    for owner, visitor in visitors.items():
        if owner:
            visitor.force_login(owner)
    pages = [*history.pages(), *((owner, path) for owner in history.rows for path in FILES)]
    with only_reading():
        for owner, path in pages:
            yield path, visitors[owner].get(path).text


def test_each_field_for_words_is_shown_when_it_is_kept_and_one_button_says_what_to_do_next(rf):
    """No other field is shown: nobody wrote the version of a note, and what a box holds is nothing to read."""
    shown: dict[bool, set[str]] = {True: set(), False: set()}
    for path, html in opened(a_history("Wort")):
        page = BeautifulSoup(html, "html.parser")
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
