"""Everything that the program stores about a candidate: exports it and erases it."""

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from coach.encryption.unreadable import Met, is_untouched, read_what_can_be_read
from coach.models import User

# Rows that are in memory together.
AT_ONCE = 500
OUR_APPS = ("coach", "plans", "study", "llm_modes")
_NOT_EXPORTED = {"password", "user_permissions", "groups", "prompt_digest", "ask_lease_until", "ask_writing_since"}


def _owner_path(model: type[models.Model]) -> str | None:
    """The lookup from a model to its candidate: "user", or "topic__user" and the like; None if it has no candidate."""
    fields = {field.name: field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)}
    if "user" in fields:
        return "user"
    for name in ("topic", "session", "round"):
        if name in fields:
            return f"{name}__{_owner_path(fields[name].related_model)}"
    return None


def models_of_candidates() -> list[tuple[type[models.Model], str]]:
    """Every model with rows of candidates, and the lookup from it to the candidate."""
    ours = [model for app in OUR_APPS for model in apps.get_app_config(app).get_models()]
    return [(model, path) for model in ours if (path := _owner_path(model))]


def _row(instance: models.Model) -> dict[str, Any]:
    return {
        field.attname: None if is_untouched(value := field.value_from_object(instance)) else value
        for field in instance._meta.concrete_fields
        if field.name not in _NOT_EXPORTED
    }


def export(user: User) -> dict[str, Any]:
    """All rows of this candidate, decrypted: {kind: [row, …]}, with times in UTC.

    A value that cannot be read is None, and is listed under "cannot be read".
    """
    with read_what_can_be_read(apart=True) as met:
        content: dict[str, Any] = {"candidate": _row(user)}
        for kind, rows in _kinds(user):
            content[kind] = list(rows)
        if met:
            content["cannot be read"] = _unread(met)
    return content


def export_file(user: User) -> Iterator[str]:
    """The same as JSON, a row at a time: a year of answers as objects would take ten times the memory of its text."""
    with read_what_can_be_read(apart=True) as met:
        yield f'{{\n "candidate": {_json(_row(user), depth=1)}'
        for kind, rows in _kinds(user):
            between = "\n  "
            yield f",\n {_json(kind)}: ["
            for row in rows:
                yield between + _json(row, depth=2)
                between = ",\n  "
            yield "]" if between == "\n  " else "\n ]"
        if met:
            yield f',\n "cannot be read": {_json(_unread(met), depth=1)}'
        yield "\n}"


def _kinds(user: User) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    for model, path in models_of_candidates():
        rows = model._base_manager.filter(**{path: user}).order_by("pk").iterator(AT_ONCE)
        yield str(model._meta.verbose_name_plural), map(_row, rows)


def _unread(met: list[Met]) -> list[dict[str, Any]]:
    return [
        {"of": str(apps.get_model(one.label)._meta.verbose_name), "id": one.pk, "field": one.field, "what": one.what}
        for one in met
    ]


def _json(value: Any, *, depth: int = 0) -> str:
    """Indented by one space for each level; `depth`: that of the line on which it begins."""
    text = json.dumps(value, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False)
    return text.replace("\n", "\n" + " " * depth)


def erase(user: User) -> None:
    """Delete the candidate and everything that belongs to them, their logins on all devices included."""
    with transaction.atomic():
        # Sessions protect their topics and questions, so they go first.
        user.study_sessions.all().delete()
        user.questions.all().delete()
        user.delete()
