"""Fields whose content is encrypted at rest, under a ring of keys that can be rotated."""

import json
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django_cryptography.core.signing import FernetSigner
from django_cryptography.fields import EncryptedMixin
from django_cryptography.utils.crypto import FernetBytes

KEY_ID_BYTES = 4


class UnknownKey(Exception):
    """A value was encrypted under a key that is not in the ring."""


def key_id(key: str) -> bytes:
    """The first bytes of the key's digest: they say which key of the ring reads a value, and nothing about it."""
    return sha256(key.encode()).digest()[:KEY_ID_BYTES]


@lru_cache(maxsize=8)
def _ring(keys: tuple[str, ...]) -> dict[bytes, FernetBytes]:
    """The ciphers by key id, the encrypting one first."""
    if not keys:
        raise ImproperlyConfigured("COACH_ENCRYPTION_KEYS is empty: nothing can be read or written without a key.")
    ring = {}
    for key in keys:
        try:
            Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(
                "COACH_ENCRYPTION_KEYS must be URL-safe base64 of 32 bytes each, separated by commas."
            ) from error
        material = sha256(b"coach encryption" + key.encode()).digest()
        signing = sha256(b"coach signature" + key.encode()).digest()
        ring[key_id(key)] = FernetBytes(material, signer=FernetSigner(signing))
    return ring


def encrypt(plain: bytes) -> bytes:
    """Encrypt under the first key of the ring; the key's id stands in front."""
    first_id, cipher = next(iter(_ring(tuple(settings.ENCRYPTION_KEYS)).items()))
    return first_id + cipher.encrypt(plain)


def decrypt(stored: bytes) -> bytes:
    """Decrypt with the key that the value names. Raises UnknownKey, or BadSignature when it was tampered with."""
    cipher = _ring(tuple(settings.ENCRYPTION_KEYS)).get(stored[:KEY_ID_BYTES])
    if cipher is None:
        raise UnknownKey("This value was encrypted under a key that COACH_ENCRYPTION_KEYS no longer has.")
    return cipher.decrypt(stored[KEY_ID_BYTES:])


class _EncryptedField(EncryptedMixin):
    """EncryptedMixin with our key ring and without pickle; migrations name our classes (see clone)."""

    wasinstance = True

    def clone(self) -> Any:
        _name, _path, args, kwargs = self.deconstruct()
        return self.__class__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, _path, args, kwargs = models.Field.deconstruct(self)
        return name, f"coach.encryption.{type(self).__name__}", args, kwargs


class EncryptedTextField(_EncryptedField, models.TextField):
    """Text of any length, encrypted as UTF-8. It cannot be searched or ordered by."""

    base_class = models.TextField

    def _dump(self, value: str) -> bytes:
        return encrypt(value.encode())

    def _load(self, value: bytes) -> str:
        return decrypt(value).decode()


class EncryptedJSONField(_EncryptedField, models.Field):
    """Anything JSON can hold, encrypted. It cannot be searched or ordered by."""

    base_class = models.Field

    def _dump(self, value: Any) -> bytes:
        return encrypt(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def _load(self, value: bytes) -> Any:
        return json.loads(decrypt(value))
