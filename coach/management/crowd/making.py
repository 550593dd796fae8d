"""Makes the whole crowd: a heavy candidate and a usual one through the models, and copies of the usual one."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.utils.crypto import get_random_string
from psycopg import sql

from coach.login_sessions import SessionStore
from coach.management.crowd import candidate
from coach.management.crowd.candidate import Order
from coach.management.crowd.copying import Batch, Table, begin, write, write_alone
from coach.management.crowd.erasing import crowd
from coach.management.crowd.reading import paths_to_candidates, pattern_of
from coach.models import LoginSession, User

NAME = "candidate{:04}"
# The number of the first one that is a copy, after the heavy one and the one that is copied.
FIRST_COPY = 3
# Copies that are written in one transaction: each candidate is there as a whole, or not at all.
BATCH = 25
# Below so many copies the start of processes takes longer than the copying.
WORTH_PROCESSES = 2 * BATCH
LOGINS_EACH = 2


def make(users: int, order: Order, tell: Callable[[int], None]) -> None:
    """Make candidate0001 (the heavy one) up to number `users`. `tell` is called with how many more there are."""
    candidate.make(NAME.format(1), order, sessions=3, answers=10)
    tell(1)
    if users > 1:
        usual = candidate.make(NAME.format(2), order, sessions=1, answers=3)
        tell(1)
        for done in copied(usual, users - FIRST_COPY + 1):
            tell(done)
    _sign_in(order)
    tidy()


def _with_ids(table: Table, copies: int) -> Table:
    """The table with a block of ids that nobody else gets. Others who add a row wait for a moment."""
    sequence = sql.SQL("pg_get_serial_sequence({}, 'id')").format(sql.Literal(table.name))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {}").format(sequence))
        name = sql.SQL(cursor.fetchone()[0])
        block = copies * len(table.rows)
        # One step of the sequence over the whole block. It is locked until the step is as small as it was.
        for step in (block, 1):
            cursor.execute(sql.SQL("ALTER SEQUENCE {} INCREMENT BY {}").format(name, sql.Literal(step)))
            if step == block:
                cursor.execute("SELECT nextval(%s)", [name.as_string(None)])
                last = cursor.fetchone()[0]
    return replace(table, first=last - block + 1)


def copied(usual: User, copies: int) -> Iterator[int]:
    """Write copies of this candidate, and yield how many more there are, batch by batch."""
    if not copies:
        return
    tables = {name: _with_ids(table, copies) for name, table in pattern_of(usual).items()}
    batches = [Batch(start, min(BATCH, copies - start)) for start in range(0, copies, BATCH)]
    if copies < WORTH_PROCESSES:
        for batch in batches:
            with transaction.atomic():
                connection.ensure_connection()
                write(connection.connection, tables, batch, first_number=FIRST_COPY)
            yield batch.many
        return
    # Fresh processes: a forked one would share our connection, and the threads that draw the bar.
    with ProcessPoolExecutor(
        os.cpu_count(), get_context("spawn"), begin, (_address(), tables, FIRST_COPY)
    ) as processes:
        futures = {processes.submit(write_alone, batch): batch for batch in batches}
        try:
            for future in as_completed(futures):
                future.result()
                yield futures[future].many
        except BaseException:
            processes.shutdown(wait=True, cancel_futures=True)
            raise


def _address() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {name: value for name, value in given.items() if isinstance(value, str | int)}


def _sign_in(order: Order) -> None:
    """Logins of every candidate, on two devices each, as those who come daily have them."""
    shown = {BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0]}
    shown[HASH_SESSION_KEY] = User(password=order.hashed).get_session_auth_hash()
    store, until = SessionStore(), order.today + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    LoginSession.objects.bulk_create(
        (
            LoginSession(
                candidate_id=pk,
                session_key=get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789"),
                session_data=store.encode({SESSION_KEY: str(pk), **shown}),
                expire_date=until,
            )
            for pk in crowd().values_list("pk", flat=True)
            for _device in range(LOGINS_EACH)
        ),
        batch_size=1000,
    )


def tidy() -> None:
    """So that the next queries are planned for as many rows as there are now, and no later cleaning disturbs them."""
    whole = "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"
    with connection.cursor() as cursor:
        for table in (*(model._meta.db_table for model in paths_to_candidates()), LoginSession._meta.db_table):
            cursor.execute(f"{whole} {connection.ops.quote_name(table)}")


def rows_made() -> dict[str, int]:
    """The number of the crowd's rows in each table."""
    counted = {
        model._meta.db_table: model._base_manager.filter(**{f"{path}__in": crowd().values("pk")}).count()
        for model, path in paths_to_candidates().items()
    }
    return {table: rows for table, rows in counted.items() if rows}
