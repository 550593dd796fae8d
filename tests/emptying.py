"""Empties the tables after a test that committed, in a tenth of the time that Django's own way takes.

TRUNCATE makes new files for each table and index, some two hundred, however few rows there are. And behind it Django
writes content types and permissions anew, which no test changes: here they stay.
"""

from django.db import connection
from django.test import TransactionTestCase

KEPT = {"django_content_type", "auth_permission"}


def by_deleting() -> None:
    """Let every test that commits be cleaned up in this way from now on."""
    TransactionTestCase._fixture_teardown = lambda _test: delete_all_rows()


def delete_all_rows() -> None:
    """As one transaction, so that the order of the tables does not matter; it waits for whoever still writes."""
    names = sorted(set(connection.introspection.django_table_names(include_views=False)) - KEPT)
    tables = [connection.ops.quote_name(name) for name in names]
    deletions = "; ".join(f"DELETE FROM {table}" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"BEGIN; LOCK TABLE {', '.join(tables)}; {deletions}; COMMIT")
