"""The language of the interview, for the pages that show or hear it."""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html

from coach.languages import is_foreign
from plans.journey import language_of


def interview(request: HttpRequest) -> dict[str, Callable[[], str]]:
    """What a page that shows or hears something in the language takes; its row is read once, and only then.

    `interview_language`: its BCP 47 tag, or "". `interview_lang`: the attribute of an element with a question, a mark,
    a story, a note or a topic of a plan: ` lang="de"`; "" for English, in which the page is, and for the offline coach,
    which writes nothing else.
    """

    @cache
    def language() -> str:
        user = getattr(request, "user", None)
        return language_of(user) if user is not None and user.is_authenticated else ""

    return spoken(language)


def spoken(language: Callable[[], str]) -> dict[str, Callable[[], str]]:
    """The same of a language that is read elsewhere."""

    def lang() -> str:
        if settings.OFFLINE_COACH or not is_foreign(language()):
            return ""
        return format_html(' lang="{}"', language())

    return {"interview_language": language, "interview_lang": lang}
