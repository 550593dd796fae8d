"""Queries whose SQL is composed once: Django takes longer to word a query than PostgreSQL takes to answer it.

For the few queries that most requests send. Each is written as any other query of Django's, as a function of ids, days
and moments. The first call has Django compose it, with values in their place that stand nowhere else; from then on only
the values are put in.
"""

from collections.abc import Callable
from copy import copy
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

Values = ParamSpec("Values")
Row = TypeVar("Row")

# What stands for a value while its query is composed, by type and place. Int fits every column of numbers.
_STANDING_FOR: dict[type, Callable[[int], Any]] = {
    int: lambda place: 2_000_000_011 + place,
    date: lambda place: date(2, 2, 2) + timedelta(days=place),
    datetime: lambda place: datetime(3, 3, 3, tzinfo=UTC) + timedelta(days=place),
    str: lambda place: f"value number {place}",
}


class _Composed(NamedTuple):
    """A query, its SQL, and its parameters: of each, which of the values it is (None: none of them) and what it is."""

    queryset: Any
    compiler: Any
    converters: Any
    sql: str
    parameters: tuple[tuple[int | None, Any], ...]

    def rows(self, values: tuple[Any, ...]) -> list[Any]:
        """What the database answers for these values."""
        parameters = tuple(fixed if which is None else values[which] for which, fixed in self.parameters)
        compiler = copy(self.compiler)
        compiler.connection = connections[self.queryset.db]
        compiler.as_sql = lambda *_args, **_options: (self.sql, parameters)
        compiler.get_converters = lambda _columns: self.converters
        queryset = self.queryset.all()
        queryset.query.get_compiler = lambda *_args, **_options: compiler
        return list(queryset)


def composed_once(make: "Callable[Values, QuerySet[Any, Row]]") -> Callable[Values, list[Row]]:
    """The rows of a query that is composed at the first call only.

    `make` may do nothing with its values but put them into filters: no sums, no conditions, no limits. A value is an
    int, a str, a date or a datetime, given by place. Raises TypeError for another one, and where a value got lost.
    """
    known: dict[tuple[type, ...], _Composed] = {}

    @wraps(make)
    def rows(*values: Any) -> Any:
        kinds = tuple(map(type, values))
        if kinds not in known:
            known[kinds] = _compose(make, kinds)
        return known[kinds].rows(values)

    return rows  # type: ignore[return-value]


def _compose(make: Callable[..., Any], kinds: tuple[type, ...]) -> _Composed:
    if unknown := [kind.__name__ for kind in kinds if kind not in _STANDING_FOR]:
        raise TypeError(f"{make.__name__} takes ints, texts, dates and datetimes, not {', '.join(unknown)}.")
    standing = [_STANDING_FOR[kind](place) for place, kind in enumerate(kinds)]
    queryset = make(*standing)
    compiler = queryset.query.get_compiler(using=queryset.db)
    try:
        sql, found = compiler.as_sql()
    except EmptyResultSet:
        raise TypeError(f"{make.__name__} asks for nothing, whatever its values are.") from None
    parameters = tuple((_place(one, standing), one) for one in found)
    if lost := set(range(len(kinds))) - {which for which, _fixed in parameters}:
        raise TypeError(f"{make.__name__} does more with its values {sorted(lost)} than filter by them.")
    converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
    return _Composed(queryset, compiler, converters, sql, parameters)


def _place(parameter: Any, standing: list[Any]) -> int | None:
    """The place of the value that this parameter stands for; None if it is a part of the query."""
    return next(
        (place for place, one in enumerate(standing) if isinstance(parameter, type(one)) and parameter == one), None
    )
