"""Encrypts bytes under a ring of keys, each value bound to its place. It knows neither models nor the database.

A stored value is: the id of its key (4 bytes), the version of its form (1 byte), and a token of django-cryptography's
FernetBytes (AES-256 in CBC mode, then HMAC-SHA256 over everything). In the token, the place (column and owner) stands
before the value. A value that was copied to another row or column is decrypted and then refused.

Why a place in the token, not AES-GCM with associated data? There, a moved value and a damaged one fail alike. Here they
differ, and somebody who moves values is worse than a bad disk. There is no nonce whose repetition (after a machine was
restored from a snapshot) would reveal keys. And one primitive, of the package that we use, reads old and new values.

The old form, of release 0.1, has no version byte (its token begins with 0x80) and no place. Its keys are derived from
the same ring but differ: otherwise, without its version byte, a bound value would become one that is bound to nothing.
"""

import hmac
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signing import BadSignature
from django_cryptography.core.signing import FernetSigner
from django_cryptography.utils.crypto import FernetBytes, InvalidToken

from coach.running import secret_keys

KEY_ID_BYTES = 4
BOUND_FORM = b"\x02"
OLD_FORM = b"\x80"  # the first byte of every Fernet token
_END_OF_PLACE = b"\x00"
ANYWHERE = "anywhere"  # the place of empty values: they may be read in every place


class CannotBeRead(Exception):
    """A stored value cannot be read. The exception's text says nothing about the value."""


class DamagedValue(CannotBeRead):
    """The stored bytes are not those that were written: a disk, a restore or a person has changed them."""


class MisplacedValue(CannotBeRead):
    """The value is undamaged, but it was written for another row or column, or its form is no longer allowed."""


class UnknownKey(Exception):
    """The value was encrypted under a key that is not in the ring."""


class _Ciphers(NamedTuple):
    bound: FernetBytes
    old: FernetBytes
    digest: bytes


def key_id(key: str) -> bytes:
    """The key's id: the first KEY_ID_BYTES of its digest. It says nothing about the key itself."""
    return sha256(key.encode()).digest()[:KEY_ID_BYTES]


def key_id_of(stored: bytes) -> bytes:
    """The id of the key under which a stored value was encrypted."""
    return stored[:KEY_ID_BYTES]


def is_old_form(stored: bytes) -> bool:
    """Whether release 0.1 wrote the value. Then it is bound to no place."""
    return stored[KEY_ID_BYTES : KEY_ID_BYTES + 1] == OLD_FORM


def key_ids() -> list[bytes]:
    """The ids of the ring's keys. The first key encrypts. Raises ImproperlyConfigured for an empty or bad ring."""
    return list(_ring(tuple(settings.ENCRYPTION_KEYS)))


@lru_cache(maxsize=8)
def _ring(keys: tuple[str, ...]) -> dict[bytes, _Ciphers]:
    if not keys:
        raise ImproperlyConfigured("COACH_ENCRYPTION_KEYS is empty: nothing can be read or written without a key.")
    try:
        secret_keys.checked([*keys])
    except ValueError as problem:
        raise ImproperlyConfigured(f"COACH_ENCRYPTION_KEYS {problem}.") from None
    ring: dict[bytes, _Ciphers] = {}
    for key in keys:
        ring[key_id(key)] = _Ciphers(
            bound=_cipher(b"coach bound encryption", b"coach bound signature", key),
            old=_cipher(b"coach encryption", b"coach signature", key),
            digest=sha256(b"coach digest" + key.encode()).digest(),
        )
    return ring


def _cipher(encryption: bytes, signature: bytes, key: str) -> FernetBytes:
    material, signing = (sha256(purpose + key.encode()).digest() for purpose in (encryption, signature))
    return FernetBytes(material, signer=FernetSigner(signing))


def seal(plain: bytes, place: str, *, key: bytes | None = None) -> bytes:
    """Encrypt for one place, such as "plans.PlanTopic.name of user_id 7". `key`: an id (default: the first key's)."""
    ring = _ring(tuple(settings.ENCRYPTION_KEYS))
    key = key or next(iter(ring))
    return key + BOUND_FORM + ring[key].bound.encrypt(place.encode() + _END_OF_PLACE + plain)


def unseal(stored: bytes, place: str) -> bytes:
    """Decrypt what was sealed for this place. Raises UnknownKey, DamagedValue or MisplacedValue."""
    ciphers = _ciphers_for(stored)
    if stored[KEY_ID_BYTES : KEY_ID_BYTES + 1] != BOUND_FORM:
        raise DamagedValue("This value has a form that nobody writes.")
    written_for, end, plain = _decrypted(ciphers.bound, stored[KEY_ID_BYTES + 1 :]).partition(_END_OF_PLACE)
    if not end or written_for not in (place.encode(), ANYWHERE.encode()):
        raise MisplacedValue("This value was written for another row or column.")
    return plain


def unseal_old(stored: bytes) -> bytes:
    """Decrypt a value of release 0.1, which has no place. Raises UnknownKey or DamagedValue."""
    return _decrypted(_ciphers_for(stored).old, stored[KEY_ID_BYTES:])


def current_beginning() -> bytes:
    """The first bytes of every value that is written today: the first key's id and the version of the form."""
    return key_ids()[0] + BOUND_FORM


def is_current(stored: bytes) -> bool:
    """Whether the value is encrypted under the first key and bound to a place, so that it may stay as it is."""
    return stored.startswith(current_beginning())


def digests(words: str) -> list[str]:
    """Keyed digests of the words, 64 hex digits each, one per key of the ring: store the first, search for any."""
    ring = _ring(tuple(settings.ENCRYPTION_KEYS))
    return [hmac.new(ciphers.digest, words.encode(), sha256).hexdigest() for ciphers in ring.values()]


def in_words(ids: Sequence[bytes]) -> str:
    """Key ids for a message: "1a2b3c4d, 5e6f7a8b"."""
    return ", ".join(one.hex() for one in ids)


def _ciphers_for(stored: bytes) -> _Ciphers:
    ciphers = _ring(tuple(settings.ENCRYPTION_KEYS)).get(key_id_of(stored))
    if ciphers is None:
        raise UnknownKey("This value was encrypted under a key that COACH_ENCRYPTION_KEYS does not have.")
    return ciphers


def _decrypted(cipher: FernetBytes, token: bytes) -> bytes:
    try:
        return cipher.decrypt(token)
    except (BadSignature, InvalidToken, ValueError, IndexError, TypeError):
        raise DamagedValue("This value is damaged.") from None
