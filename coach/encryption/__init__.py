"""Texts of candidates, encrypted at rest: fields for models, the ring of keys, and what is shown where none opens."""

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
