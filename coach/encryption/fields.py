"""Model fields whose content is encrypted at rest and bound to its column and its owner.

The owner is the candidate (`user_id`), or a row that belongs to one candidate alone (`topic_id`, `session_id`), because
reading must not need a query. A value copied to another candidate's row, or to another column, cannot be read there.
Two rows of one candidate are not told apart, because a new row has no id before it is stored.

A row from the database holds its values encrypted (`Sealed`). A descriptor decrypts a value when it is first read,
because only the row knows the owner. A value that was not read is written back as it is. Queries without rows do not
know the owner: `.update(text="…")` and `bulk_update` raise, so use `sealed()`; `.values("text")` gives unusable values.
"""

import json
import logging
from dataclasses import fields
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django_cryptography.fields import EncryptedMixin

from coach.encryption import key_ring, unreadable
from coach.encryption.key_ring import CannotBeRead, UnknownKey

logger = logging.getLogger("coach.encryption")


class Sealed:
    """A value as it is stored. It shows nothing of its content, and using it as a text raises TypeError."""

    __slots__ = ("stored",)

    def __init__(self, stored: bytes) -> None:
        self.stored = stored

    def __repr__(self) -> str:
        return "<sealed value>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.stored == self.stored

    def __hash__(self) -> int:
        return hash(self.stored)

    def _refuse(self, *_: Any) -> Any:
        raise TypeError("An encrypted value is read from a row of its model, not by values() or values_list().")

    __str__ = __len__ = __iter__ = __bool__ = __html__ = __contains__ = __getitem__ = _refuse


class SealedAttribute(DeferredAttribute):
    """Decrypts the value when it is read for the first time."""

    field: "_EncryptedField"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, cls)  # fetches what was deferred
        if isinstance(value, Sealed):
            value = instance.__dict__[self.field.attname] = self.field.open(value, instance)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class _EncryptedField(EncryptedMixin):
    """EncryptedMixin with our key ring, bound to a place, without pickle. `clone` lets migrations name our classes.

    `owner`: the name of the row's attribute with the owner's id.
    """

    wasinstance = True
    descriptor_class = SealedAttribute
    non_db_attrs = (*models.Field.non_db_attrs, "owner")

    def __init__(self, *args: Any, owner: str = "user_id", **kwargs: Any) -> None:
        self.owner = owner
        super().__init__(*args, **kwargs)

    def clone(self) -> Any:
        _name, _path, args, kwargs = self.deconstruct()
        return self.__class__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, _path, args, kwargs = self.base_class.deconstruct(self)
        if self.owner != "user_id":
            kwargs["owner"] = self.owner
        return name, f"coach.encryption.{type(self).__name__}", args, kwargs

    def place_in(self, row: models.Model) -> str:
        """The column and owner that this row's value is bound to. Raises ImproperlyConfigured without an owner."""
        owner = getattr(row, self.owner)
        if owner is None:
            raise ImproperlyConfigured(
                f"{row._meta.label}.{self.name} cannot be encrypted before its {self.owner} is known."
            )
        return f"{self.model._meta.label}.{self.name} of {self.owner} {owner}"

    def seal(self, value: Any, row: models.Model) -> Sealed:
        """The value, encrypted for this row. Raises ImproperlyConfigured without an owner."""
        return Sealed(key_ring.seal(self._dump(self.get_prep_value(value)), self.place_in(row)))

    def open(self, sealed: Sealed, row: models.Model) -> Any:
        """The decrypted value of this row. Within `read_what_can_be_read`, a marker for a value that cannot be read.

        Raises DamagedValue and MisplacedValue outside of that, and UnknownKey always: that key may be put back.
        """
        from coach.encryption import canary  # here, because it needs the models

        try:
            return self._load(canary.unseal(sealed.stored, self.place_in(row)))
        except CannotBeRead as problem:
            if not unreadable.is_going_on():
                raise
            logger.error("%s %s, %s: %s", row._meta.label, row.pk, self.name, type(problem).__name__)
            return unreadable.stand_in(sealed.stored, self, row)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Encrypt for this row. A value that was not read, or cannot be read, is written back as it is."""
        if self.attname not in model_instance.__dict__:
            getattr(model_instance, self.attname)  # deferred
        value = model_instance.__dict__[self.attname]
        if isinstance(value, Sealed) and not key_ring.is_current(value.stored):
            with unreadable.read_what_can_be_read():
                value = self.open(value, model_instance)  # under an earlier key: it must not be written again
        if value is None or isinstance(value, Sealed):
            return value
        if unreadable.is_of(value, self, model_instance):
            return Sealed(value.sealed)
        return self.seal(value, model_instance)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """The stored bytes of a `Sealed`, which `pre_save` or `sealed` made. Other values raise TypeError: no owner.

        An empty value is allowed in any place: the default of a new column has no owner.
        """
        if value is None:
            return None
        if value in (*self.empty_values, b""):
            empty = "" if isinstance(value, (str, bytes)) else value
            value = Sealed(key_ring.seal(self._dump(empty), key_ring.ANYWHERE))
        if not isinstance(value, Sealed):
            raise TypeError(
                f"{self} is encrypted for its owner: save the row, or use coach.encryption.sealed() with update()."
            )
        return connection.Database.Binary(value.stored)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if hasattr(value, "as_sql"):
            return value
        return self.get_db_prep_value(value, connection)

    def from_db_value(self, value: Any, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """An empty form field does not overwrite a value that cannot be read: the candidate has typed nothing."""
        if data or not unreadable.is_untouched(getattr(instance, self.name)):
            super().save_form_data(instance, data)


class _EncryptedWords(_EncryptedField):
    def _dump(self, value: str) -> bytes:
        return value.encode()

    def _load(self, value: bytes) -> str:
        return value.decode()


class EncryptedTextField(_EncryptedWords, models.TextField):
    """Text of any length, encrypted as UTF-8. It cannot be searched or ordered by."""

    base_class = models.TextField


class EncryptedCharField(_EncryptedWords, models.CharField):
    """A line of text, encrypted. Only forms check `max_length`: the database cannot count the characters."""

    base_class = models.CharField


class EncryptedJSONField(_EncryptedField, models.Field):
    """Any JSON value, encrypted. It cannot be searched or ordered by.

    `items`: the dataclass that the objects of a stored list are read as. Each is made from those of its keys that the
    dataclass has, and stored as its `as_json()`; migrations know nothing of it, and see plain JSON.
    """

    base_class = models.Field

    def __init__(self, *args: Any, items: Any = None, **kwargs: Any) -> None:
        self.items = items
        super().__init__(*args, **kwargs)

    def _dump(self, value: Any) -> bytes:
        return json.dumps(self._plain(value), ensure_ascii=False, separators=(",", ":")).encode()

    def _load(self, value: bytes) -> Any:
        stored = json.loads(value)
        if self.items is None:
            return stored
        known = {field.name for field in fields(self.items)}
        return [self.items(**{name: item[name] for name in item if name in known}) for item in stored]

    def _plain(self, value: Any) -> Any:
        return [item.as_json() for item in value] if self.items else value

    def value_from_object(self, obj: models.Model) -> Any:
        """The value as JSON has it: for the export."""
        value = super().value_from_object(obj)
        return value if unreadable.is_untouched(value) else self._plain(value)


def encrypted_fields(model: type[models.Model]) -> list[_EncryptedField]:
    """The encrypted fields of a model."""
    return [field for field in model._meta.concrete_fields if isinstance(field, _EncryptedField)]


def sealed(row: models.Model, **values: Any) -> dict[str, Sealed]:
    """These values of encrypted fields, encrypted for this row: `rows.update(**sealed(row, note="…"))`."""
    fields = {field.name: field for field in encrypted_fields(type(row))}
    return {name: fields[name].seal(value, row) for name, value in values.items()}


__all__ = [
    "CannotBeRead",
    "EncryptedCharField",
    "EncryptedJSONField",
    "EncryptedTextField",
    "UnknownKey",
    "encrypted_fields",
    "sealed",
]
