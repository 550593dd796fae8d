"""Django's PostgreSQL backend, with a pool that notices at once that the server is away, and that it is back.

psycopg's pool waits longer after each failed attempt: after a restart of a tenth of a second a web process had no
database for half a minute, and every page waited ten seconds for nothing. Here the first request that meets a dead
connection throws the pool away, and a thread tries to connect several times a second. Until it can, nobody waits.

A server that ends says so and closes its connections, and the system closes those of a server that was killed. So a
look at the socket tells whether the server is still there, and costs no round trip. A server over a network may vanish
without a word: it is asked when the connection was not used for a while.
"""

import logging
import select
import threading
import time
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

from coach.running.watching import figures

logger = logging.getLogger("coach.database")

# Seconds: between two attempts to connect, and for one attempt.
KNOCK_EVERY, KNOCK_SECONDS = 0.1, 2
# Seconds for which a connection that was given out counts as working, if its socket shows nothing else.
TRUSTED_SECONDS = 2.0
# Times that a connection sends a statement before it is prepared.
PREPARED_FROM = 5
# Seconds until the pool stops trying to connect, and says that the server is away.
RECONNECT_SECONDS = 0.2


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own; a connection that comes from a pool has been tested."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that works. Raises OperationalError at once while the server is known to be away."""
        if not self.settings_dict["OPTIONS"].get("pool"):
            return super().get_new_connection(conn_params)
        if absence.lasts:
            raise OperationalError("the database is away")
        pool = self.pool
        connection = super().get_new_connection(conn_params)
        if works(connection):
            return connection
        connection.close()
        throw_pool_away(self.alias, pool)
        if not knock(conn_params):
            absence.begin(self.alias)
            raise OperationalError("the database went away")
        # The server went away and came back while nobody used it.
        return super().get_new_connection(conn_params)


def pool_options(size: int) -> dict[str, Any]:
    """The options of psycopg's pool: at most `size` connections, and `absence` begins when the server is away."""
    return {
        "min_size": 1,
        "max_size": size,
        "max_idle": 60,  # seconds: each connection costs PostgreSQL 6 MB
        "timeout": 10,
        "reconnect_timeout": RECONNECT_SECONDS,
        "reconnect_failed": lambda _pool: absence.begin(DEFAULT_DB_ALIAS),
    }


def prepared_options() -> dict[str, Any]:
    """What has PostgreSQL keep the plan of a statement that a connection sent so many times.

    Planning the few large statements of a page took PostgreSQL twice as long as carrying them out.
    """
    return {"server_side_binding": True, "prepare_threshold": PREPARED_FROM}


def works(connection: Any) -> bool:
    """Whether this connection can be used. The server is asked only if there is a reason to."""
    now = time.monotonic()
    try:
        if now > getattr(connection, "trusted_until", 0.0) or is_readable(connection.pgconn.socket):
            ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    connection.trusted_until = now + TRUSTED_SECONDS
    return True


def is_readable(socket: int) -> bool:
    """Whether something has come, or the other side has closed. On an idle connection the server says little else."""
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


class Absence:
    """The time during which the server is away, as far as this process knows."""

    def __init__(self) -> None:
        self.lasts = False
        self._alone = threading.Lock()

    def begin(self, alias: str) -> None:
        """Note that the server is away, for all threads, and look for its return in a thread. Returns at once."""
        with self._alone:
            if self.lasts:
                return
            self.lasts = True
        logger.warning("The database does not answer.")
        figures.database_went_away()
        threading.Thread(target=self._last, args=(alias,), name="knocking", daemon=True).start()

    def _last(self, alias: str) -> None:
        since = time.monotonic()
        wrapper: Any = connections[alias]
        throw_pool_away(alias, wrapper.pool)
        conn_params = wrapper.get_connection_params()
        while not knock(conn_params):
            time.sleep(KNOCK_EVERY)
        self.lasts = False
        logger.warning("The database answers again, after %.1f s.", time.monotonic() - since)


absence = Absence()


def throw_pool_away(alias: str, pool: ConnectionPool) -> None:
    """Close a pool, which also ends the waiting for its connections. The next request makes a new one."""
    wrapper: Any = connections[alias]
    pool.close(timeout=0.1)  # with Django's close_pool() alone they would wait for five more seconds
    if wrapper.pool is pool:
        wrapper.close_pool()


def knock(conn_params: dict[str, Any]) -> bool:
    """Whether the server takes a connection."""
    try:
        psycopg.connect(**{**conn_params, "connect_timeout": KNOCK_SECONDS}).close()
    except psycopg.Error:
        return False
    return True
