"""Encrypts the texts of candidates at rest: model fields, the ring of keys, and markers for unreadable values."""

from coach.encryption.fields import (
    CannotBeRead,
    EncryptedCharField,
    EncryptedJSONField,
    EncryptedTextField,
    Sealed,
    UnknownKey,
    encrypted_fields,
    sealed,
)

__all__ = [
    "CannotBeRead",
    "EncryptedCharField",
    "EncryptedJSONField",
    "EncryptedTextField",
    "Sealed",
    "UnknownKey",
    "encrypted_fields",
    "sealed",
]
