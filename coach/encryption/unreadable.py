"""Lets a page show what can be read, with a sentence in place of each stored text that cannot be read.

Code that reads an unreadable value gets an exception. Within `read_what_can_be_read()`, which the middleware puts
around every page, it gets a marker instead: an empty, falsy value that code leaves out. A template shows the marker as
a sentence, and saving it writes the stored bytes back unchanged.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from coach.encryption import canary

# No full stop: it may stand in a sentence, in the place of a name.
SENTENCE = "This text cannot be read any more"


class Met(NamedTuple):
    """A value that could not be read. `what`: what it was, in words for the candidate: "your experience"."""

    label: str  # "study.QuestionAttempt"
    pk: Any
    field: str
    what: str

    @property
    def name(self) -> str:
        """What names it in an address or a form: "study.Story-7-text"."""
        return f"{self.label}-{self.pk}-{self.field}"


class Unreadable:
    """Marks an empty value that stands for an unreadable one. `sealed`: the bytes that the database has in `place`."""

    sealed: bytes
    place: tuple[str, Any, str]  # label of the model, pk, field
    is_unreadable = True  # for templates: other empty values have no such attribute


class UnreadableText(Unreadable, str):
    """An empty text. Templates show it as SENTENCE."""

    def __html__(self) -> SafeString:
        return SafeString(SENTENCE)  # without mark-up, because it may stand in an attribute


class UnreadableList(Unreadable, list[Any]):
    """An empty list for an unreadable one."""


class UnreadableDict(Unreadable, dict[str, Any]):
    """An empty dict for an unreadable one."""


def stand_in(sealed: bytes, field: Any, row: models.Model) -> Any:
    """The marker for this field of this row: an empty text, list or dict. It is noted in the list that `met` gives."""
    kinds: dict[type, Callable[[], Any]] = {list: UnreadableList, dict: UnreadableDict, str: UnreadableText}
    marker = kinds[type(field.get_default())]()
    marker.sealed, marker.place = sealed, _place(field, row)
    found, one = _met.get(), Met(*_place(field, row), str(field.verbose_name))
    if found is not None and one not in found:
        found.append(one)
    return marker


def _place(field: Any, row: models.Model) -> tuple[str, Any, str]:
    return row._meta.label, row.pk, field.name


def is_untouched(value: Any) -> bool:
    """Whether the value is a marker for an unreadable one, and nothing was put into it since."""
    return isinstance(value, Unreadable) and not value


def is_of(value: Any, field: Any, row: models.Model) -> bool:
    """Whether the value is an untouched marker for this field of this row. Then saving must keep the stored bytes."""
    return is_untouched(value) and value.place == _place(field, row)


_met: ContextVar[list[Met] | None] = ContextVar("unreadable values", default=None)


@contextmanager
def read_what_can_be_read(*, apart: bool = False) -> Iterator[list[Met]]:
    """Within this block an unreadable value gives a marker, not an exception. Yields the list of those met so far.

    `apart`: use a list of its own, not the list of the page around it.
    """
    before = _met.get()
    met: list[Met] = [] if before is None or apart else before
    token = _met.set(met)
    try:
        yield met
    finally:
        _met.reset(token)


def met() -> list[Met]:
    """The unreadable values that this page has met so far."""
    found = _met.get()
    return [] if found is None else found


def is_going_on() -> bool:
    """Whether the running code is within `read_what_can_be_read`."""
    return _met.get() is not None


class UnreadableMiddleware:
    """Puts `read_what_can_be_read` around every page. templates/_unreadable.html lists what was met."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        canary.verify_if_unasked()
        with read_what_can_be_read():
            return self.get_response(request)
