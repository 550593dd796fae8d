"""Erases an earlier crowd: in SQL, since candidates with half a year of rows are many rows."""

from collections.abc import Iterator

from django.core.management.base import CommandError
from django.db import connection, models, transaction
from django.db.models import QuerySet

from coach.erasure import models_of_candidates
from coach.management.crowd.candidate import GROUP
from coach.models import User
from coach.user_names import name_key

AT_ONCE = 25


def crowd() -> "QuerySet[User]":
    """The candidates that this command has made, whole or not: those of its group."""
    return User.objects.filter(groups__name=GROUP)


def refuse_names_of_others(names: list[str]) -> None:
    """Raise CommandError if somebody else has one of these names: then nothing is made, and nobody is touched."""
    keys = [name_key(name) for name in names]
    taken = User.objects.filter(name_key__in=keys).exclude(pk__in=crowd().values("pk")).order_by("pk").first()
    if taken is not None:
        raise CommandError(
            f"There is an account called {taken.username} that this command has not made. Nothing was changed: rename "
            "or delete it, or use another database."
        )


def erase_earlier() -> Iterator[int]:
    """Erase the crowd, some candidates in each transaction; yields how many more are gone."""
    ids = list(crowd().order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        erased = ids[start : start + AT_ONCE]
        with transaction.atomic():
            # Nobody adds rows of theirs meanwhile.
            list(User.objects.select_for_update().filter(pk__in=erased).values_list("pk", flat=True))
            # Rows that are found through others go before those. Constraints are checked at the transaction's end.
            for model, path in sorted(models_of_candidates(), key=lambda one: -one[1].count("__")):
                _delete(model._base_manager.filter(**{f"{path}__in": erased}))
            User.objects.filter(pk__in=erased).delete()  # their logins, too
        yield len(erased)


def _delete(rows: "QuerySet[models.Model]") -> None:
    """Delete these rows alone, without looking for rows that depend on them."""
    which, values = rows.values("pk").query.sql_with_params()
    table = connection.ops.quote_name(rows.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id IN ({which})", values)  # noqa: S608
