"""What only looks, looked at."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def only_reading() -> Iterator[None]:
    """Inside, the database fails whatever writes to it, and whatever locks a row. Within a test's own transaction."""
    connection.check_constraints()  # those of the rows made before would lock them later
    point = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    yield
    transaction.savepoint_rollback(point)
