"""Lists a candidate's values that cannot be read any more, and lets the candidate write them anew."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django import forms
from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from coach.candidate_text import CandidateTextField, one_line
from coach.encryption.fields import encrypted_fields
from coach.encryption.unreadable import Met, is_untouched, read_what_can_be_read
from coach.erasure import models_of_candidates
from coach.models import User
from coach.numbers import whole_number
from coach.paging import MOST_PK

AT_ONCE = 500
# From so many answers on, a history is too long to be looked through before somebody asks for it.
SHORT_HISTORY = 100
# The fields that lead to what the candidate knows a row by.
NEAR = {"question": "question", "session": "session__topic", "topic": "topic"}


class Lost(NamedTuple):
    """A value that cannot be read. `form`: for writing it anew; None if the value is a list or a table, not a text."""

    name: str  # "study.Story-7-text"
    what: str
    near: str  # the question, or the topic, that it belongs to
    at: datetime | None
    form: "AnewForm | None"


class AnewForm(forms.Form):
    """A form for a text that the candidate writes again from memory. `field`: the model's field for it."""

    def __init__(self, *args: Any, field: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_one_line = bool(field.max_length) or field.name == "name"
        self.fields["text"] = CandidateTextField(
            label=str(field.verbose_name).capitalize(),
            max_characters=field.max_length or (100 if self.is_one_line else settings.CONTEXT_CHARACTERS),
            widget=forms.TextInput() if self.is_one_line else forms.Textarea(attrs={"rows": 4}),
        )

    def clean_text(self) -> str:
        text = self.cleaned_data["text"]
        return one_line(text) if self.is_one_line else text


class Found(NamedTuple):
    """The values that cannot be read. `is_all`: whether everything was looked through."""

    lost: list[Lost]
    is_all: bool


def lost_of(user: User, data: Any = None, *, named: Sequence[str] = (), everything: bool = False) -> Found:
    """The values of this candidate that cannot be read: of a long history those `named`, unless `everything` is wanted.

    Each value has to be decrypted to know, which takes seconds where there are many. `data`: a POST; the form that its
    "which" names gets it.
    """
    everything = everything or not _has_long_history(user)
    with read_what_can_be_read(apart=True) as found:
        for row in _rows(user) if everything else _rows_named(user, named):
            for field in encrypted_fields(type(row)):
                getattr(row, field.attname)
    rows = _with_what_is_near(found)
    return Found([_lost(one, rows[one.label, one.pk], data) for one in found], everything)


def _has_long_history(user: User) -> bool:
    return len(user.question_attempts.order_by().values_list("pk")[:SHORT_HISTORY]) == SHORT_HISTORY


def _rows(user: User) -> Iterator[models.Model]:
    """Every row of the candidate's, some at a time: all answers of a year would fill the memory."""
    yield User.objects.get(pk=user.pk)
    for model, path in models_of_candidates():
        if encrypted_fields(model):
            yield from model._base_manager.filter(**{path: user}).order_by("pk").iterator(AT_ONCE)


def _rows_named(user: User, named: Sequence[str]) -> Iterator[models.Model]:
    """The candidate and the rows of these values, as far as they are the candidate's. A query for each kind of row."""
    yield User.objects.get(pk=user.pk)
    wanted = [_parts(name) for name in named]
    for model, path in models_of_candidates():
        if pks := {pk for label, pk, _field in wanted if label == model._meta.label}:
            yield from model._base_manager.filter(**{path: user}, pk__in=pks)


def _parts(name: str) -> list[str]:
    """Label, id and field of a name; of what is none, an id that no row has."""
    parts = name.rsplit("-", 2)
    return parts if len(parts) == 3 and whole_number(parts[1], most=MOST_PK) is not None else ["", "0", ""]


def _with_what_is_near(found: list[Met]) -> dict[tuple[str, Any], models.Model]:
    """The rows of these values by label and id, each with its question, or its topic: a query for each kind of row."""
    keys: dict[str, set[Any]] = {}
    for one in found:
        keys.setdefault(one.label, set()).add(one.pk)
    rows = {}
    for label, pks in keys.items():
        model = apps.get_model(label)
        paths = [path for name, path in NEAR.items() if name in {field.name for field in model._meta.concrete_fields}]
        for row in model._base_manager.filter(pk__in=pks).select_related(*paths or (None,)):
            rows[label, row.pk] = row
    return rows


def _lost(one: Met, row: models.Model, data: Any) -> Lost:
    model = type(row)
    field = model._meta.get_field(one.field)
    name = one.name
    form = None
    if isinstance(field, models.CharField | models.TextField):
        form = AnewForm(
            data if data and data.get("which") == name else None, field=field, prefix=name.replace(".", "-")
        )
    return Lost(name, one.what, _near(row), getattr(row, "created_at", None), form)


def _near(row: Any) -> str:
    """The question or topic that the row belongs to, as the candidate knows it; "" without one, or if unreadable."""
    with read_what_can_be_read(apart=True):
        if hasattr(row, "question"):
            return str(row.question.text)
        session_or_row = getattr(row, "session", row)
        return str(session_or_row.topic.name) if hasattr(session_or_row, "topic") else ""


def write_anew(user: User, lost: Lost, text: str | None) -> None:
    """Store the candidate's text in place of the unreadable value. `text` None: store the field's empty default."""
    label, pk, name = lost.name.rsplit("-", 2)
    model = apps.get_model(label)
    path = "pk" if model is User else dict(models_of_candidates())[model]
    with transaction.atomic():
        row = model._base_manager.select_for_update(of=("self",)).get(**{"pk": pk, path: user.pk})
        with read_what_can_be_read():
            if is_untouched(getattr(row, name)):
                setattr(row, name, model._meta.get_field(name).get_default() if text is None else text)
                row.save(update_fields=[name])
