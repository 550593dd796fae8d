"""Whether the keys that this process has are those of its database: asked before anything is read or written.

For every key under which values are stored, `EncryptionKey` has a row with a canary: a value that only this key reads.
A start with other keys would store what nobody can read together with the rest later; it stops instead. A new key in
front of the ring gets its row when the program starts with it; `manage.py rotate_keys` deletes a row when no value
names that key any more.

The canary also says, encrypted, whether values of release 0.1, which are bound to no place, are still taken under its
key. They are not once all are rewritten: an old copy of somebody's value would otherwise be read wherever it is put.
Who can write the database can put back a whole older state of it, the canary included; no database can notice that.
"""

import json
import sys
import time

from django.apps import apps
from django.apps.registry import Apps
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, models, transaction

from coach import key_ring
from coach.key_ring import CannotBeRead, DamagedValue, MisplacedValue, UnknownKey

OUR_APPS = ("coach", "plans", "study", "llm_modes")
# Seconds for which a process believes what a canary said about values of the old form.
BELIEVED_SECONDS = 60.0
_unasked = False
_taken: dict[bytes, tuple[bool, float]] = {}


class WrongKeys(CommandError):
    """COACH_ENCRYPTION_KEYS does not fit the database. `manage.py` prints the sentence and exits with 1."""


def verify() -> None:
    """Stop with WrongKeys, in words, unless this process has every key under which values are stored.

    The first key of the ring is made known when it is new. Where the database cannot be asked, or has not been migrated
    yet, this says nothing: that is told elsewhere, and `verify_if_unasked` makes up for it.
    """
    global _unasked
    try:
        known = _rows()
    except DatabaseError:
        _unasked = True
        return
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
    if not known:
        refuse_foreign_values(apps)
    if key_ring.key_ids()[0] not in known:
        register(old_form=False)
    _unasked = False


def verify_if_unasked() -> None:
    """Verify now what the start could not, because the database was away then. Raises WrongKeys, and says it."""
    if _unasked:
        try:
            verify()
        except WrongKeys as problem:
            sys.stderr.write(f"{problem}\n")
            raise


def canary_readable() -> bool:
    """Whether every key that the database needs is there, and reads its canary. Raises DatabaseError."""
    known = _rows()
    try:
        return bool([_said(one, canary) for one, canary in known.items()]) or not known
    except (CannotBeRead, UnknownKey):
        return False


def register(*, old_form: bool, key: bytes | None = None, model: type[models.Model] | None = None) -> None:
    """Write the canary of a key of the ring (its id; the first one unless given), or write it anew.

    `old_form` says whether values of release 0.1 are taken under it.
    """
    model = model or apps.get_model("coach.EncryptionKey")
    key = key or key_ring.key_ids()[0]
    canary = key_ring.seal(json.dumps({"old_form": old_form}).encode(), _place(key), key=key)
    with transaction.atomic():
        model._base_manager.update_or_create(key_id=key.hex(), defaults={"canary": canary})
    _taken.clear()


def unseal(stored: bytes, place: str) -> bytes:
    """What is stored for this place, in the form of today or, while such values are taken, in that of release 0.1.

    Raises UnknownKey, DamagedValue or MisplacedValue.
    """
    try:
        if not key_ring.is_old_form(stored):
            return key_ring.unseal(stored, place)
        plain = key_ring.unseal_old(stored)
    except UnknownKey:
        if _exists(key_ring.key_id_of(stored)):
            raise  # this process was started before the key came into the ring
        raise DamagedValue("This value names a key that was never used here.") from None
    if not takes_old_form(key_ring.key_id_of(stored)):
        raise MisplacedValue("This value has the form of release 0.1, of which none are left here.")
    return plain


def takes_old_form(key: bytes) -> bool:
    """Whether values of release 0.1 under this key may still be read: until rotate_keys has rewritten all of them."""
    known, until = _taken.get(key, (False, 0.0))
    if time.monotonic() > until:
        row = apps.get_model("coach.EncryptionKey")._base_manager.filter(key_id=key.hex()).first()
        known = row is not None and _said(key, bytes(row.canary))
        _taken[key] = (known, time.monotonic() + BELIEVED_SECONDS)
    return known


def refuse_foreign_values(state: Apps) -> None:
    """Raise WrongKeys when encrypted values are stored and this ring reads none of them.

    `state` are the apps: those of a migration have only the models of that time.
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
    """Table and column of every encrypted value."""
    from coach.encryption import encrypted_fields

    return [
        (model._meta.db_table, field.attname)
        for model in state.get_models()
        if model._meta.app_label in OUR_APPS
        for field in encrypted_fields(model)
    ]


def keys_in_use(state: Apps) -> set[bytes]:
    """The ids of all keys that stored values name."""
    used: set[bytes] = set()
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table, column in encrypted_columns(state):
            start = f"substring({quote(column)} from 1 for {key_ring.KEY_ID_BYTES})"
            cursor.execute(f"SELECT DISTINCT {start} FROM {quote(table)} WHERE {quote(column)} IS NOT NULL")  # noqa: S608
            used.update(bytes(value) for (value,) in cursor.fetchall())
    return used


def _samples(table: str, column: str) -> list[bytes]:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {quote(column)} FROM {quote(table)} WHERE {quote(column)} IS NOT NULL LIMIT 20")  # noqa: S608
        return [bytes(value) for (value,) in cursor.fetchall()]


def _rows() -> dict[bytes, bytes]:
    with transaction.atomic():
        rows = apps.get_model("coach.EncryptionKey")._base_manager.values_list("key_id", "canary")
        return {bytes.fromhex(name): bytes(canary) for name, canary in rows}


def _exists(key: bytes) -> bool:
    return apps.get_model("coach.EncryptionKey")._base_manager.filter(key_id=key.hex()).exists()


def _place(key: bytes) -> str:
    return f"coach.EncryptionKey.canary of {key.hex()}"


def _said(key: bytes, canary: bytes) -> bool:
    """What the canary says about the old form. Raises CannotBeRead or UnknownKey."""
    if key_ring.key_id_of(canary) != key:
        raise MisplacedValue("This canary was written for another key.")
    return bool(json.loads(key_ring.unseal(canary, _place(key)))["old_form"])
