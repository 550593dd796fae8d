"""Copies one candidate many times: in COPY's binary form, with new ids, values sealed anew, and times moved.

A value is sealed for its column and owner, so the stored bytes of one candidate are worth nothing to another. This
module knows no models and not Django's connection: it runs in processes that set up nothing of Django's.
What a table is like is told by coach/management/crowd/reading.py.
"""

import atexit
import json
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import parent_process
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from coach.encryption import key_ring

_INT = struct.Struct(">i")
_ID = struct.Struct(">iq")  # the length of an id or a time, and itself
_NULL = _INT.pack(-1)
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + _INT.pack(0) + _INT.pack(0)
_END = struct.pack(">h", -1)
# Copies are up to so many minutes earlier in the day than the candidate that they are copied from.
MOST_EARLIER = 12 * 60


class Ref(NamedTuple):
    """A row of the pattern, by its table and its place among the table's rows: each copy has one of its own."""

    table: str
    place: int


class Moment(NamedTuple):
    """A time of the pattern, microseconds since 2000: each copy has it earlier by some minutes."""

    microseconds: int


class Plain(NamedTuple):
    """A value to be sealed for the column `label` of the owner: pieces of bytes, with references between them."""

    label: str  # "study.Story.text of user_id "
    owner: Ref
    pieces: tuple[Any, ...]


class Pieces(NamedTuple):
    """Plain bytes with references between them: JSON that names rows or times."""

    pieces: tuple[Any, ...]


Cell = bytes | Ref | Moment | Plain | Pieces  # bytes: as COPY has them, with their length


class Written(NamedTuple):
    """A time in a text, as Python writes it in ISO form."""

    at: str


class ByNumber(NamedTuple):
    """Text that differs with each copy: one of these forms, by its number, which may stand in it as `{number:04}`."""

    forms: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table's rows of the pattern, each with its cells in the order of the columns. `first`: the first new id."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    first: int = 0


@dataclass(frozen=True)
class Batch:
    """Which copies are made together, in one transaction: `many` from the one of this place on."""

    start: int
    many: int


class Copy:
    """One copy of the pattern: what its ids and times are."""

    def __init__(self, tables: dict[str, Table], batch: Batch, place: int, *, first_number: int) -> None:
        self._tables, self._batch, self._place = tables, batch, place
        self.number = first_number + batch.start + place
        # Spread over the day, and the same for the same number.
        self._earlier = timedelta(minutes=self.number * 137 % (MOST_EARLIER + 1))
        self._earlier_micro = self._earlier // timedelta(microseconds=1)

    def id(self, ref: Ref) -> int:
        """Ids rise with time over all copies of a batch, as they would if these lived at the same time."""
        table = self._tables[ref.table]
        rows = len(table.rows)
        return table.first + self._batch.start * rows + ref.place * self._batch.many + self._place

    def cell(self, cell: Any) -> bytes:
        """The cell as COPY takes it, with its length."""
        if isinstance(cell, Ref):
            return _ID.pack(8, self.id(cell))
        if isinstance(cell, Moment):
            return _ID.pack(8, cell.microseconds - self._earlier_micro)
        if isinstance(cell, Plain):
            place = f"{cell.label}{self.id(cell.owner)}"
            return _with_length(key_ring.seal(self._joined(cell.pieces), place))
        return _with_length(self._joined(cell.pieces))

    def _joined(self, pieces: tuple[Any, ...]) -> bytes:
        return b"".join(piece if isinstance(piece, bytes) else self._piece(piece) for piece in pieces)

    def _piece(self, piece: Any) -> bytes:
        if isinstance(piece, Ref):
            return str(self.id(piece)).encode()
        if isinstance(piece, ByNumber):
            return piece.forms[self.number % len(piece.forms)].format(number=self.number).encode()
        return json.dumps((datetime.fromisoformat(piece.at) - self._earlier).isoformat()).encode()


def _with_length(value: bytes) -> bytes:
    return _INT.pack(len(value)) + value


def packed(cells: list[Cell | None]) -> tuple[Any, ...]:
    """A row of cells with what is the same for every copy joined together, as COPY takes it."""
    row: list[Any] = [struct.pack(">h", len(cells))]
    for cell in cells:
        fixed = _NULL if cell is None else _with_length(cell) if isinstance(cell, bytes) else None
        if fixed is None:
            row.append(cell)
        elif isinstance(row[-1], bytes):
            row[-1] += fixed
        else:
            row.append(fixed)
    return tuple(row)


def stream(table: Table, copies: list[Copy]) -> Iterator[bytes]:
    """All that COPY takes for this table: row by row, each for one copy after the other."""
    yield _SIGNATURE
    for row in table.rows:
        yield b"".join(cell if isinstance(cell, bytes) else copy.cell(cell) for copy in copies for cell in row)
    yield _END


def write(connection: psycopg.Connection[Any], tables: dict[str, Table], batch: Batch, *, first_number: int) -> int:
    """Write a batch; the caller's transaction keeps it. Returns the number of rows."""
    copies = [Copy(tables, batch, place, first_number=first_number) for place in range(batch.many)]
    with connection.cursor() as cursor:
        for table in tables.values():
            columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
            into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table.name), columns)
            with cursor.copy(into) as copy:
                for chunk in stream(table, copies):
                    copy.write(chunk)
    return batch.many * sum(len(table.rows) for table in tables.values())


# What a process that only copies was given.
_given: dict[str, Any] = {}


def begin(address: dict[str, Any], tables: dict[str, Table], first_number: int) -> None:
    """Prepare this process for `write_alone`. `address`: what psycopg connects with."""
    _given.update(address=address, tables=tables, first_number=first_number)
    key_ring.key_ids()  # reads the settings, which attach this process to the embedded database
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    atexit.register(signal.signal, signal.SIGTERM, signal.SIG_IGN)  # while it detaches
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(parent: Any) -> None:
    """End when the command ends, however it does: a process that is left would keep the embedded database running."""
    parent.join()
    while True:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)  # a batch may be under way, whose end takes the first one for its own failure


def write_alone(batch: Batch) -> None:
    """Write a batch over a connection of its own, as one transaction."""
    with psycopg.connect(**_given["address"]) as own:
        write(own, _given["tables"], batch, first_number=_given["first_number"])
