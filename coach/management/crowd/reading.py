"""Reads one candidate's rows as a pattern for copies: which cells are ids, times or sealed values."""

import json
import re
import struct
from typing import Any

from django.db import connection, models
from psycopg import sql

from coach.encryption import encrypted_fields, key_ring
from coach.erasure import models_of_candidates
from coach.management.crowd.copying import ByNumber, Cell, Moment, Pieces, Plain, Ref, Table, Written, packed
from coach.models import User
from plans.models import PlanTopic
from study.models import Question, QuestionAttempt

NAMES = ("Dana", "Alex", "Priya", "Jonas", "Mei", "Omar", "Sofia", "Kwame", "Ines", "Tom", "Leila", "Marek")
TIME = "time"
# Ids of rows, and times, that stand in JSON: by column, the keys that hold them (one, or a list), and what they name.
_IN_PROPOSALS = {"id": PlanTopic, "topic_id": PlanTopic}
NAMED: dict[str, dict[str, Any]] = {
    **{f"plans.PlanProposal.{name}": _IN_PROPOSALS for name in ("base_topics", "topics", "changes", "declined")},
    "plans.Debrief.asked": {"topic": PlanTopic, "question_id": Question},
    "plans.TopicProgress.tally": {"pk": QuestionAttempt, "at": TIME, "questions": Question},
    "study.Question.review_card": {"card_id": Question, "due": TIME, "last_review": TIME},
    "study.QuestionRound.redo_question_ids": {"": Question},
}
_TOKEN = re.compile(rb'"@(\d+)@"')
_JSONB = b"\x01"  # the version that stands before a jsonb value


def paths_to_candidates() -> dict[type[models.Model], str]:
    """Every model with rows of candidates, and the lookup from it to the candidate; the candidate first."""
    own: dict[type[models.Model], str] = {User: "pk", User.groups.through: "user"}
    return own | dict(models_of_candidates())


def pattern_of(user: User) -> dict[str, Table]:
    """All rows of this candidate, by table; without tables in which they have none."""
    read = {model: _rows(model, path, user) for model, path in paths_to_candidates().items()}
    read = {model: rows for model, rows in read.items() if rows}
    places = {model: {_id(row[_pk_at(model)]): place for place, row in enumerate(rows)} for model, rows in read.items()}
    tables = {}
    for model, rows in read.items():
        cells, table = _Cells(model, places), model._meta.db_table
        tables[table] = Table(table, _columns(model), tuple(packed(cells.of(row)) for row in rows))
    return tables


def _rows(model: type[models.Model], path: str, user: User) -> list[tuple[bytes | None, ...]]:
    """The rows as COPY gives them: bytes, whatever their type; by id."""
    ids = list(model._base_manager.filter(**{path: user.pk}).values_list("pk", flat=True))
    query = sql.SQL("COPY (SELECT {} FROM {} WHERE id = ANY({}) ORDER BY id) TO STDOUT (FORMAT BINARY)").format(
        sql.SQL(", ").join(sql.Identifier(column) for column in _columns(model)),
        sql.Identifier(model._meta.db_table),
        sql.Literal(ids),
    )
    connection.ensure_connection()
    with connection.connection.cursor() as cursor, cursor.copy(query) as copy:
        return list(copy.rows())


def _columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(str(field.column) for field in model._meta.concrete_fields)


def _pk_at(model: type[models.Model]) -> int:
    return _columns(model).index("id")


def _id(value: Any) -> int:
    return int(struct.unpack(">q", value)[0])


class _Cells:
    """Makes the cells of a model's rows. `places`: of all models, each row's place by its id."""

    def __init__(self, model: type[models.Model], places: dict[type[models.Model], dict[int, int]]) -> None:
        self._model, self._places = model, places
        self._fields = list(model._meta.concrete_fields)
        self._sealed = set(encrypted_fields(model))

    def of(self, row: tuple[bytes | None, ...]) -> list[Cell | None]:
        """A row's cells, in the order of the columns."""
        values = {field.attname: value for field, value in zip(self._fields, row, strict=True)}
        return [
            None if value is None else self._cell(field, value, values)
            for field, value in zip(self._fields, row, strict=True)
        ]

    def _cell(self, field: Any, value: bytes, row: dict[str, bytes | None]) -> Cell:
        named = NAMED.get(f"{self._model._meta.label}.{field.name}")
        if field.primary_key:
            return self._ref(self._model, value)
        if field.remote_field and field.remote_field.model in self._places:
            return self._ref(field.remote_field.model, value)
        if isinstance(field, models.DateTimeField):
            return Moment(_id(value))
        if field in self._sealed:
            return self._plain(field, value, row, named)
        if self._model is User and field.name in ("username", "name_key"):
            return Pieces((ByNumber((_numbered(value.decode()),)),))
        if named:
            return Pieces((_JSONB, *self._pieces(value.removeprefix(_JSONB), named)))
        return value

    def _ref(self, model: type[models.Model], value: bytes) -> Ref:
        return Ref(model._meta.db_table, self._places[model][_id(value)])

    def _plain(self, field: Any, value: bytes, row: dict[str, bytes | None], named: dict[str, Any] | None) -> Plain:
        owner = "id" if field.owner == "pk" else field.owner
        owners = self._model if field.owner == "pk" else self._owners(owner)
        owner_id = row[owner]
        assert owner_id is not None
        label = f"{self._model._meta.label}.{field.name} of {field.owner} "
        plain = key_ring.unseal(value, f"{label}{_id(owner_id)}")
        if self._model is User and field.name == "name":
            return Plain(label, self._ref(owners, owner_id), (ByNumber(NAMES),))
        return Plain(label, self._ref(owners, owner_id), self._pieces(plain, named) if named else (plain,))

    def _owners(self, column: str) -> type[models.Model]:
        """The model that this column names rows of."""
        field: Any = next(field for field in self._fields if field.attname == column)
        return field.remote_field.model

    def _pieces(self, text: bytes, named: dict[str, Any]) -> tuple[Any, ...]:
        """JSON, cut where it names a row or a time."""
        found: list[Any] = []

        def marked(value: Any, key: str) -> Any:
            if isinstance(value, dict):
                return {name: marked(one, name) for name, one in value.items()}
            if isinstance(value, list):
                return [marked(one, key) for one in value]
            names = named.get(key)
            if names is None or value is None:
                return value
            found.append(Written(value) if names == TIME else self._row_named(names, value))
            return f"@{len(found) - 1}@"

        text = json.dumps(marked(json.loads(text), ""), ensure_ascii=False, separators=(",", ":")).encode()
        parts = _TOKEN.split(text)
        return tuple(found[int(part)] if place % 2 else part for place, part in enumerate(parts))

    def _row_named(self, model: type[models.Model], pk: int) -> Ref:
        return Ref(model._meta.db_table, self._places[model][pk])


def _numbered(name: str) -> str:
    """A user name's form, with the number of its copy in place of the digits at its end."""
    return re.sub(r"\d+$", "{number:04}", name)
