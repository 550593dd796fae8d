"""Django's PostgreSQL backend, whose pool gives up at once on a server that went away, and finds it again at once.

psycopg's pool waits longer after each attempt that failed: a restart of a tenth of a second kept a web process from
its database for half a minute, and every page waited ten seconds for nothing. Here the first that meets a dead
connection throws the pool away, and a thread knocks ten times a second; until the server opens, nobody else waits.
"""

import logging
import threading
import time
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

logger = logging.getLogger("coach.database")

# Seconds: between two knocks at the server's door, and for which one knock may take.
KNOCK_EVERY, KNOCK_SECONDS = 0.1, 2
# Seconds for which the pool goes on trying to connect before it says that the server is away.
RECONNECT_SECONDS = 0.2


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of Django's; with a pool in its options, it comes from there, and has been tried."""

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
        # It had gone and come back while nobody looked.
        return super().get_new_connection(conn_params)


def pool_options(size: int) -> dict[str, Any]:
    """What Django hands to psycopg's pool: at most `size` connections, and a quick word when the server is away."""
    return {
        "min_size": 1,
        "max_size": size,
        "timeout": 10,
        "reconnect_timeout": RECONNECT_SECONDS,
        "reconnect_failed": lambda _pool: absence.begin(DEFAULT_DB_ALIAS),
    }


def works(connection: Any) -> bool:
    """Whether the server answers over this connection."""
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True


class Absence:
    """The time during which the server is away, as far as this process knows."""

    def __init__(self) -> None:
        self.lasts = False
        self._alone = threading.Lock()

    def begin(self, alias: str) -> None:
        """Someone met a dead server: let all others know, and look for its return. Returns at once."""
        with self._alone:
            if self.lasts:
                return
            self.lasts = True
        logger.warning("The database does not answer.")
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
    """Close a pool, so that whoever waits for a connection of it is told; the next request makes a new one."""
    wrapper: Any = connections[alias]
    pool.close(timeout=0.1)  # Django's close_pool() alone would let them wait for five seconds more
    if wrapper.pool is pool:
        wrapper.close_pool()


def knock(conn_params: dict[str, Any]) -> bool:
    """Whether the server lets us in."""
    try:
        psycopg.connect(**{**conn_params, "connect_timeout": KNOCK_SECONDS}).close()
    except psycopg.Error:
        return False
    return True
