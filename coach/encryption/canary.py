"""Checks that this process has the keys of its database, before anything is read or written.

For every key under which values are stored, `EncryptionKey` has a row with a canary: a value that only this key reads.
A process with other keys stops: what it wrote could not be read together with the older values. A new key in front of
the ring gets its row when a process starts with it. `manage.py rotate_keys` retires a key when no readable value names
it any more. The first start without that key deletes its row, or stops if a process has written under it meanwhile.

The canary also says, encrypted, whether values of release 0.1 under its key may still be read. They are bound to no
place, so an old copy could be read in any row. When all are rewritten, none may be read. Somebody who can write the
database can still put back a whole older state, canary included; no database can notice that.
"""

import json
import re
import sys
import time
from collections import Counter
from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, models, transaction

from coach.encryption import key_ring
from coach.encryption.key_ring import CannotBeRead, DamagedValue, MisplacedValue, UnknownKey

OUR_APPS = ("coach", "plans", "study", "llm_modes")
# Seconds for which a process remembers what a canary says about values of the old form.
BELIEVED_SECONDS = 60.0
_ID = re.compile(rf"[0-9a-f]{{{2 * key_ring.KEY_ID_BYTES}}}")
_unasked = False
_taken: dict[bytes, tuple[bool, float]] = {}


class WrongKeys(CommandError):
    """COACH_ENCRYPTION_KEYS does not fit the database. `manage.py` prints the sentence and exits with 1."""


def verify(*, may_register: bool = True) -> None:
    """Raise WrongKeys, in words, unless this process has every key under which values are stored.

    If the ring's first key is new, it gets its row; with `may_register` False, WrongKeys is raised. If the database is
    away or not migrated yet, nothing is checked now: `verify_if_unasked` does it later.
    """
    global _unasked
    try:
        known = _rows()
    except DatabaseError:
        _unasked = True
        return
    _require_keys(known)
    if not known:
        refuse_foreign_values(apps)
    _drop_retired()
    if key_ring.key_ids()[0] not in known:
        if not may_register:
            raise WrongKeys(
                f"The coach does not run with the key {key_ring.key_ids()[0].hex()} yet, and would go on writing under "
                "the one before. Restart it with the new key in front of COACH_ENCRYPTION_KEYS, then run this again."
            )
        register(old_form=False)
    _unasked = False


def _require_keys(known: dict[bytes, bytes]) -> None:
    """Raise WrongKeys unless the ring has each of these keys, and each reads its canary."""
    missing = [one for one in known if one not in key_ring.key_ids()]
    if missing:
        raise WrongKeys(
            "COACH_ENCRYPTION_KEYS does not fit this database: what is stored needs the key with the id "
            f"{key_ring.in_words(missing)}, and the keys given are {key_ring.in_words(key_ring.key_ids())}.\n"
            "Nothing was read or written. Put the right key back (after the new one, if you are changing keys), or use "
            "the database that belongs to these keys."
        )
    for one, canary in known.items():
        try:
            _said(one, canary)
        except CannotBeRead:
            raise WrongKeys(
                f"The key {one.hex()} does not read the canary that is stored for it: its row in coach_encryptionkey "
                "was damaged, or somebody has put it there. Restore that row from a backup."
            ) from None


def verify_if_unasked() -> None:
    """Verify now if the database was away at the start. Raises WrongKeys, and writes its text to stderr."""
    if _unasked:
        try:
            verify()
        except WrongKeys as problem:
            sys.stderr.write(f"{problem}\n")
            raise


def canary_readable() -> bool:
    """Whether every needed key is in the ring and reads its canary, and the first key has a row.

    Raises DatabaseError if the database is away. For health pages.
    """
    try:
        known = _rows()
        for one, canary in known.items():
            _said(one, canary)
    except (CannotBeRead, UnknownKey, WrongKeys):
        return False
    return not known or key_ring.key_ids()[0] in known


def register(*, old_form: bool, key: bytes | None = None, model: type[models.Model] | None = None) -> None:
    """Write the canary of a key, or replace it. `key`: the id of a key in the ring (default: the first).

    `old_form`: whether values of release 0.1 under this key may be read. `model`: for migrations.
    """
    model = model or apps.get_model("coach.EncryptionKey")
    key = key or key_ring.key_ids()[0]
    canary = key_ring.seal(json.dumps({"old_form": old_form}).encode(), _place(key), key=key)
    with transaction.atomic():
        values: dict[str, Any] = {"canary": canary}
        if hasattr(model, "unread_when_retired"):  # the migration that makes the first row has no such field
            values["unread_when_retired"] = None
        model._base_manager.update_or_create(key_id=key.hex(), defaults=values)
    _taken.clear()


def retire(key: bytes, unread: int) -> None:
    """Mark the key (an id) as retired. `unread`: how many stored values still name it; none of them can be read."""
    apps.get_model("coach.EncryptionKey")._base_manager.filter(key_id=key.hex()).update(unread_when_retired=unread)


def _drop_retired() -> None:
    """Delete the rows of retired keys that left the ring. Raises WrongKeys if one was used after it was retired."""
    model = apps.get_model("coach.EncryptionKey")
    retired = model._base_manager.exclude(unread_when_retired=None).values_list("key_id", "unread_when_retired")
    gone = {key: unread for key, unread in retired if key not in [one.hex() for one in key_ring.key_ids()]}
    in_use = keys_in_use(apps) if gone else Counter()
    for key, unread in gone.items():
        if in_use[bytes.fromhex(key)] > (unread or 0):
            raise WrongKeys(
                f"The key {key} was retired, but something has been written under it since, by a process that "
                "had not been restarted with the new key.\nNothing was read or written. Put that key back at the end "
                "of COACH_ENCRYPTION_KEYS, restart everything, and run manage.py rotate_keys once more."
            )
    model._base_manager.filter(key_id__in=gone).delete()


def unseal(stored: bytes, place: str) -> bytes:
    """The decrypted bytes of a value stored for this place, in today's form or, while allowed, in release 0.1's.

    Raises UnknownKey, DamagedValue or MisplacedValue.
    """
    try:
        if not key_ring.is_old_form(stored):
            return key_ring.unseal(stored, place)
        plain = key_ring.unseal_old(stored)
    except UnknownKey:
        if _exists(key_ring.key_id_of(stored)):
            raise  # this process started before the key was added to the ring
        raise DamagedValue("This value names a key that was never used here.") from None
    if not takes_old_form(key_ring.key_id_of(stored)):
        raise MisplacedValue("This value has the form of release 0.1, of which none are left here.")
    return plain


def takes_old_form(key: bytes) -> bool:
    """Whether values of release 0.1 under this key (an id) may be read: until rotate_keys has rewritten them all."""
    known, until = _taken.get(key, (False, 0.0))
    if time.monotonic() > until:
        in_use = apps.get_model("coach.EncryptionKey")._base_manager.filter(unread_when_retired=None)
        row = in_use.filter(key_id=key.hex()).first()
        known = row is not None and _said(key, bytes(row.canary))
        _taken[key] = (known, time.monotonic() + BELIEVED_SECONDS)
    return known


def refuse_foreign_values(state: Apps) -> None:
    """Raise WrongKeys if there are encrypted values and no sample of them names a key of this ring.

    `state`: the apps. A migration's have only the models of that time.
    """
    found = 0
    for table, column in encrypted_columns(state):
        for stored in _samples(table, column):
            found += 1
            if key_ring.key_id_of(stored) in key_ring.key_ids():
                return
    if found:
        raise WrongKeys(
            "COACH_ENCRYPTION_KEYS does not fit this database: none of its keys "
            f"({key_ring.in_words(key_ring.key_ids())}) reads what is stored.\n"
            "Nothing was read or written. Put the right keys back, or use the database that belongs to these keys."
        )


def encrypted_columns(state: Apps) -> list[tuple[str, str]]:
    """The (table, column) of every encrypted field."""
    from coach.encryption.fields import encrypted_fields

    return [
        (model._meta.db_table, field.attname)
        for model in state.get_models()
        if model._meta.app_label in OUR_APPS
        for field in encrypted_fields(model)
    ]


def keys_in_use(state: Apps) -> Counter[bytes]:
    """The id of every key that stored values name, with the number of these values."""
    used: Counter[bytes] = Counter()
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table, column in encrypted_columns(state):
            start = f"substring({quote(column)} from 1 for {key_ring.KEY_ID_BYTES})"
            stored = f"{quote(table)} WHERE {quote(column)} IS NOT NULL"
            cursor.execute(f"SELECT {start}, count(*) FROM {stored} GROUP BY 1")  # noqa: S608
            used.update({bytes(key): values for key, values in cursor.fetchall()})
    return used


def _samples(table: str, column: str) -> list[bytes]:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {quote(column)} FROM {quote(table)} WHERE {quote(column)} IS NOT NULL LIMIT 20")  # noqa: S608
        return [bytes(value) for (value,) in cursor.fetchall()]


def _rows() -> dict[bytes, bytes]:
    """Id and canary of every key in use. Raises WrongKeys if a stored id is damaged."""
    with transaction.atomic():
        in_use = apps.get_model("coach.EncryptionKey")._base_manager.filter(unread_when_retired=None)
        rows = list(in_use.values_list("key_id", "canary"))
    for name, _canary in rows:
        if not _ID.fullmatch(name):
            raise WrongKeys("The key_id of a row in coach_encryptionkey was damaged. Restore that row from a backup.")
    return {bytes.fromhex(name): bytes(canary) for name, canary in rows}


def _exists(key: bytes) -> bool:
    return apps.get_model("coach.EncryptionKey")._base_manager.filter(key_id=key.hex()).exists()


def _place(key: bytes) -> str:
    return f"coach.EncryptionKey.canary of {key.hex()}"


def _said(key: bytes, canary: bytes) -> bool:
    """Whether the canary allows the old form. Raises CannotBeRead or UnknownKey."""
    if key_ring.key_id_of(canary) != key:
        raise MisplacedValue("This canary was written for another key.")
    return bool(json.loads(key_ring.unseal(canary, _place(key)))["old_form"])
