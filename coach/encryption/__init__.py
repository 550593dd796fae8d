"""Encrypts the texts of candidates at rest: fields for models, the ring of keys, and what pages show without a key."""

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
