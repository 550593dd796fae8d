"""The language of the interview, for the pages that show or hear it."""

from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coach.languages import is_foreign
from plans.journey import language_of


class Interview:
    """The language of the interview, read from its row where a page first shows or hears something in it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def language(self) -> str:
        """A BCP 47 tag; "" when none was said, or nobody is logged in."""
        user = getattr(self._request, "user", None)
        return language_of(user) if user is not None and user.is_authenticated else ""

    @cached_property
    def lang(self) -> SafeString | str:
        """The attribute of an element with a question, a mark, a story, a note or a topic of a plan: ` lang="de"`.

        "" for English, in which the page is, and for the offline coach, which writes nothing else.
        """
        if settings.OFFLINE_COACH or not is_foreign(self.language):
            return ""
        return format_html(' lang="{}"', self.language)


def interview(request: HttpRequest) -> dict[str, Interview]:
    """`interview.language` and `interview.lang`."""
    return {"interview": Interview(request)}
