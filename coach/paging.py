"""Long lists, a part at a time: the newest rows, and a link to those before them that works without scripts."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from coach.numbers import whole_number

MOST_PK = 2**63 - 1
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Part(Generic[Row]):
    """Some rows of a list, the newest first. `earlier`: the id that the address of those before them names, or None."""

    rows: list[Row]
    earlier: int | None
    is_latest: bool


def part_of(rows: QuerySet[Row], before: str | None, most: int, *, by: str = "pk") -> Part[Row]:
    """At most `most` rows, newest first by this field: those before the row with the id `before`, else the latest.

    An address stays right while rows are added. One that names no row of these shows the latest.
    """
    pk = whole_number(before, most=MOST_PK)
    known = None if pk is None else rows.filter(pk=pk).values_list(by, flat=True).first()
    if known is not None:
        rows = rows.filter(Q(**{f"{by}__lt": known}) | Q(**{by: known, "pk__lt": pk}))
    found = list(rows.order_by(f"-{by}", "-pk")[: most + 1])
    earlier: Any = found[most - 1].pk if len(found) > most else None
    return Part(found[:most], earlier, is_latest=known is None)
