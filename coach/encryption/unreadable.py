"""What a page shows where a stored text cannot be read: a sentence in its place, and the rest of the page as ever.

Code that reads a value which cannot be read gets an exception. Between `read_what_can_be_read()` and its end, which
the middleware below puts around every page, it gets an empty value instead that knows what it stands for: falsy, so
that code leaves it out, a sentence where a template shows it, and the stored bytes, untouched, where it is saved.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from coach.encryption import canary

# Without a full stop: it may stand for a name within a sentence.
SENTENCE = "This text cannot be read any more"


class Met(NamedTuple):
    """A value that could not be read; `what` says in the candidate's words what it was: "a question"."""

    label: str  # "study.QuestionAttempt"
    pk: Any
    field: str
    what: str


class Unreadable:
    """Marks an empty value that stands for one that cannot be read; `sealed` is what the database holds in `place`."""

    sealed: bytes
    place: tuple[str, Any, str]  # label of the model, pk, field
    is_unreadable = True  # for templates: an empty value of the candidate's has no such thing


class UnreadableText(Unreadable, str):
    """An empty text, shown as a sentence."""

    def __html__(self) -> SafeString:
        return SafeString(SENTENCE)  # no mark-up: it may stand in an attribute


class UnreadableList(Unreadable, list[Any]):
    """An empty list."""


class UnreadableDict(Unreadable, dict[str, Any]):
    """An empty dict."""


def stand_in(sealed: bytes, field: Any, row: models.Model) -> Any:
    """The marker for this field of this row, an empty text, list or dict; the page remembers that it met it."""
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
    """Whether it stands for a value that cannot be read, and nobody has put anything into it since."""
    return isinstance(value, Unreadable) and not value


def is_of(value: Any, field: Any, row: models.Model) -> bool:
    """Whether it stands for what is stored in this very place, so that saving must leave it alone."""
    return is_untouched(value) and value.place == _place(field, row)


_met: ContextVar[list[Met] | None] = ContextVar("unreadable values", default=None)


@contextmanager
def read_what_can_be_read(*, apart: bool = False) -> Iterator[list[Met]]:
    """Inside, a value that cannot be read costs that one value; yields the list of those met so far.

    `apart` keeps them out of the list of the page around it.
    """
    before = _met.get()
    met: list[Met] = [] if before is None or apart else before
    token = _met.set(met)
    try:
        yield met
    finally:
        _met.reset(token)


def met() -> list[Met]:
    """The values that could not be read so far, on this page."""
    found = _met.get()
    return [] if found is None else found


def is_going_on() -> bool:
    """Whether a value that cannot be read is left out instead of stopping everything."""
    return _met.get() is not None


class UnreadableMiddleware:
    """Every page reads what can be read. What was met is shown below it (templates/_unreadable.html)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        canary.verify_if_unasked()
        with read_what_can_be_read():
            return self.get_response(request)
