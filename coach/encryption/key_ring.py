"""Encrypting bytes under a ring of keys, each value bound to its place.

A stored value is: the id of its key (4 bytes), the version of its form (1 byte), and a token of django-cryptography's
FernetBytes (AES-256 in CBC mode, then HMAC-SHA256 over everything). Inside the token the place stands in front of the
value: its column and its owner. What was copied to another row or column decrypts, and is then refused.

Why a place inside the token, and not AES-GCM with associated data: there a value that was moved and one that a disk
has damaged fail alike; here they can be told apart, and somebody who moves values is worse news than a bad disk. There
is no nonce whose repetition (a machine restored from a snapshot) would give keys away. And it is the primitive of the
package that the program rests on, so one piece of code reads the old form and the new.

The old form, of release 0.1, has no version byte (a token begins with 0x80 there) and no place. It has keys of its
own, derived from the same ring: otherwise cutting the version byte out would turn a bound value into one that is not.
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
ANYWHERE = "anywhere"  # the place of empty values, which may stand in for any


class CannotBeRead(Exception):
    """A stored value cannot be read. The text of the exception says nothing of what is stored."""


class DamagedValue(CannotBeRead):
    """The bytes are not what was written: a disk, a restore or a person has changed them."""


class MisplacedValue(CannotBeRead):
    """The value is whole, but was written for another row or column, or is of a form that is not taken any more."""


class UnknownKey(Exception):
    """A value was encrypted under a key that is not in the ring."""


class _Ciphers(NamedTuple):
    bound: FernetBytes
    old: FernetBytes
    digest: bytes


def key_id(key: str) -> bytes:
    """The first bytes of the key's digest: they say which key of the ring reads a value, and nothing about it."""
    return sha256(key.encode()).digest()[:KEY_ID_BYTES]


def key_id_of(stored: bytes) -> bytes:
    """The id of the key that a stored value names."""
    return stored[:KEY_ID_BYTES]


def is_old_form(stored: bytes) -> bool:
    """Whether release 0.1 wrote it, bound to no place."""
    return stored[KEY_ID_BYTES : KEY_ID_BYTES + 1] == OLD_FORM


def key_ids() -> list[bytes]:
    """The ids of the ring's keys, the encrypting one first."""
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
    """Encrypt for this place alone ("plans.PlanTopic.name of user_id 7"); under the first key unless told."""
    ring = _ring(tuple(settings.ENCRYPTION_KEYS))
    key = key or next(iter(ring))
    return key + BOUND_FORM + ring[key].bound.encrypt(place.encode() + _END_OF_PLACE + plain)


def unseal(stored: bytes, place: str) -> bytes:
    """What was sealed for this place. Raises UnknownKey, DamagedValue or MisplacedValue."""
    ciphers = _ciphers_for(stored)
    if stored[KEY_ID_BYTES : KEY_ID_BYTES + 1] != BOUND_FORM:
        raise DamagedValue("This value has a form that nobody writes.")
    written_for, end, plain = _decrypted(ciphers.bound, stored[KEY_ID_BYTES + 1 :]).partition(_END_OF_PLACE)
    if not end or written_for not in (place.encode(), ANYWHERE.encode()):
        raise MisplacedValue("This value was written for another row or column.")
    return plain


def unseal_old(stored: bytes) -> bytes:
    """What release 0.1 encrypted, wherever it is found. Raises UnknownKey or DamagedValue."""
    return _decrypted(_ciphers_for(stored).old, stored[KEY_ID_BYTES:])


def current_beginning() -> bytes:
    """How every value begins that is written today: the first key's id and the version of the form."""
    return key_ids()[0] + BOUND_FORM


def is_current(stored: bytes) -> bool:
    """Whether it is under the first key and bound to a place, so that it may be written back as it is."""
    return stored.startswith(current_beginning())


def digests(words: str) -> list[str]:
    """Keyed digests (64 hexadecimal digits), one per key of the ring, the first for writing: to find, not to read."""
    ring = _ring(tuple(settings.ENCRYPTION_KEYS))
    return [hmac.new(ciphers.digest, words.encode(), sha256).hexdigest() for ciphers in ring.values()]


def in_words(ids: Sequence[bytes]) -> str:
    """Key ids as people see them: "1a2b3c4d, 5e6f7a8b"."""
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
