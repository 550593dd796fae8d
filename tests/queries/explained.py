"""What PostgreSQL means to do for each statement of the program, and what of it grows with the number of candidates."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, models

from coach.models import EncryptionKey, Invitation, NightlyBackup
from llm_modes.models import Dialect

APPS = ("coach", "plans", "study", "llm_modes")
# The program has a few rows of these, however many candidates there are.
FEW = {EncryptionKey, Invitation, NightlyBackup, Dialect}
_STATEMENT = re.compile(r"\s*(SELECT|UPDATE|DELETE|INSERT)\b", re.I)
_VALUES = re.compile(r"%s(?:, %s)+")


def our_models() -> list[type[models.Model]]:
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


def growing_tables() -> set[str]:
    """The tables whose rows are more where there are more candidates."""
    return {model._meta.db_table for model in our_models() if model not in FEW}


def rows_of_tables() -> dict[str, int]:
    """How many rows each table had when PostgreSQL counted last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relname = ANY(%s)", [sorted(growing_tables())])
        return {table: int(rows) for table, rows in cursor.fetchall()}


def named_indexes() -> dict[str, str]:
    """Our indexes, which are there for the sake of statements, and their tables; those of constraints are not."""
    return {index.name: model._meta.db_table for model in our_models() for index in model._meta.indexes}


def partial_indexes() -> set[str]:
    """Those that hold a few rows of their table only: to read one from end to end is what it is for."""
    meant = [one for model in our_models() for one in (*model._meta.indexes, *model._meta.constraints)]
    return {one.name for one in meant if isinstance(one, models.Index | models.UniqueConstraint) and one.condition}


@dataclass(frozen=True)
class Plan:
    """A statement, the step in which it came first, and PostgreSQL's plan for it."""

    sql: str
    step: str
    root: dict[str, Any]

    def nodes(self) -> Iterator[tuple[dict[str, Any], bool]]:
        """Its nodes, and whether a LIMIT ends each early."""

        def below(node: dict[str, Any], is_limited: bool) -> Iterator[tuple[dict[str, Any], bool]]:
            yield node, is_limited
            goes_on = node["Node Type"] in ("Limit", "LockRows", "Nested Loop", "Result", "Subquery Scan", "Memoize")
            for child in node.get("Plans", ()):
                yield from below(child, node["Node Type"] == "Limit" or (is_limited and goes_on))

        yield from below(self.root, False)

    def indexes(self) -> set[str]:
        """The indexes that it uses."""
        return {node["Index Name"] for node, _limited in self.nodes() if "Index Name" in node}

    def read_whole(self) -> list[str]:
        """The tables that grow, of which it reads every row: one by one, or by an index of all of them."""
        found, tables, partial = [], growing_tables(), partial_indexes()
        for node, is_limited in self.nodes():
            if node.get("Relation Name") not in tables or "Index Cond" in node or node.get("Index Name") in partial:
                continue
            if is_limited and "Filter" not in node:
                continue  # the first rows, with nothing to leave out, are few
            if "Index Name" in node:
                found.append(f"{node['Relation Name']} from end to end by {node['Index Name']}")
            if node["Node Type"] == "Seq Scan":
                found.append(f"{node['Relation Name']} row by row")
        return found


@dataclass
class Plans:
    """The plan of each statement that was run within a step; statements that differ in values alone are one."""

    step: str = ""
    found: dict[str, Plan] = field(default_factory=dict)

    def begin(self, step: str) -> None:
        """Note which step of the walk comes now."""
        self.step = step

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        """For connection.execute_wrapper."""
        said = _VALUES.sub("%s", str(sql))
        if self.step and said not in self.found and not many and _STATEMENT.match(said):
            self.found[said] = Plan(said, self.step, _explained(str(sql), params))
        return execute(sql, params, many, context)


def _explained(sql: str, params: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        # The cursor below Django's, so that this is not taken for a statement of the program.
        cursor.cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        return cursor.fetchone()[0][0]["Plan"]


@contextmanager
def plans_of_all(*, small: bool) -> Iterator[Plans]:
    """The plans of all statements within this block.

    `small`: the tables have so few rows that it costs less to read them whole, row by row or sorted for a join, than to
    look for some by an index. So PostgreSQL is told not to; where it does nevertheless, no index would serve.
    """
    plans = Plans()
    with connection.cursor() as cursor:
        if small:
            for way in ("seqscan", "hashjoin", "mergejoin"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
    with connection.execute_wrapper(plans):
        yield plans
