"""What a server speaks of the OpenAI protocol: found out by what it refuses, kept per address and model.

A server that refuses a parameter says so, mostly with a 400 or 422, some with a 500. Then the request is worded anew,
once for each thing that it does not take, and the row of `Dialect` remembers it: no later call pays for it. Settings
pin each part (COACH_LLM_REPLY_FORM and so on): what is pinned is neither read from the row nor learned.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import copy
from typing import Any
from urllib.parse import urlsplit

import openai
from django.conf import settings
from django.db import ProgrammingError, transaction

from llm_modes.language.mending import plain
from llm_modes.language.mode import Mode
from llm_modes.language.sent_schema import nestable, unbounded
from llm_modes.ledger.spending import give_connection_back
from llm_modes.models import Dialect
from llm_modes.provider import complaints, replies

ReplyForm, Limit = Dialect.ReplyForm, Dialect.Limit

# What this process has learned before there were tables, by address and model: check_llm may be the first to be run.
_tableless: dict[tuple[str, str], Dialect] = {}

PARTS = ("reply_form", "schema_in_prompt", "limit", "streams", "stream_options", "system_role")
_WITH_SCHEMA = (ReplyForm.JSON_SCHEMA, ReplyForm.UNBOUNDED)

# Statuses with which servers refuse a parameter. llama-cpp-python answers 500 and names it.
_REFUSING = (400, 415, 422, 500, 501)

_ASK_FOR_JSON = (
    "Reply with one JSON object that fits this JSON schema, and with nothing else. Put values in it, not the schema.\n"
)


def dialect_of(model: str) -> Dialect:
    """What the configured server is known to speak with this model; how OpenAI speaks where nothing is known yet."""
    address = without_login(settings.OPENAI_BASE_URL)
    try:
        with transaction.atomic():
            found = Dialect.objects.filter(address=address, model=model).first()
    except ProgrammingError:
        found = _tableless.get((address, model))
    give_connection_back()
    dialect = copy(found) or Dialect(address=address, model=model, limit=usual_limit(address))
    for part, value in _pinned():
        setattr(dialect, part, value)
    return dialect


def without_login(address: str) -> str:
    """An address may hold a password, which no row keeps."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def usual_limit(address: str) -> Dialect.Limit:
    """Other servers know the old name only, OpenAI's newer models the new one."""
    host = urlsplit(address).hostname or "api.openai.com"
    return Limit.NEW if host.endswith((".openai.com", ".azure.com")) else Limit.OLD


def _pinned() -> Iterator[tuple[str, Any]]:
    for part, value in settings.LLM_DIALECT.items():
        if value != "auto":
            yield part, {"yes": True, "no": False}.get(value, value)


def keep(dialect: Dialect) -> None:
    """Remember what was learned; nothing of what a setting pins, which may be taken away again."""
    pinned = dict(_pinned())
    learned = {part: getattr(dialect, part) for part in PARTS if part not in pinned}
    new = {"limit": usual_limit(dialect.address), **learned}
    where = {"address": dialect.address, "model": dialect.model}
    try:
        with transaction.atomic():
            Dialect.objects.update_or_create(**where, defaults=learned, create_defaults=new)
    except ProgrammingError:
        _tableless[dialect.address, dialect.model] = Dialect(**where, **new)
    give_connection_back()


def forget(model: str) -> None:
    """Forget what was learned of the configured server and this model: the next call finds it out anew."""
    address = without_login(settings.OPENAI_BASE_URL)
    _tableless.pop((address, model), None)
    with suppress(ProgrammingError), transaction.atomic():
        Dialect.objects.filter(address=address, model=model).delete()
    give_connection_back()


# --- wording a request -----------------------------------------------------------------------------------------------


def worded(dialect: Dialect, request: Mapping[str, Any], *, whole: bool = False) -> dict[str, Any]:
    """The request as this server takes it.

    `request` is worded for OpenAI: messages, the form json_schema, and `max_tokens` as the limit of the reply.
    """
    sent = dict(request)
    schema = sent.pop("response_format")["json_schema"]
    limit = sent.pop("max_tokens")
    if dialect.limit != Limit.NONE:
        sent[dialect.limit] = limit
    sent["messages"] = _messages(dialect, sent["messages"], schema["schema"])
    if form := _form(dialect.reply_form, schema):
        sent["response_format"] = form
    if dialect.streams and not whole:
        sent["stream"] = True
        if dialect.stream_options:
            sent["stream_options"] = {"include_usage": True}
    return sent


def _form(form: str, schema: dict[str, Any]) -> dict[str, Any] | None:
    match form:
        case ReplyForm.JSON_SCHEMA:
            return {"type": "json_schema", "json_schema": schema}
        case ReplyForm.UNBOUNDED:
            return {"type": "json_schema", "json_schema": {**schema, "schema": unbounded(schema["schema"])}}
        case ReplyForm.JSON_OBJECT:
            return {"type": "json_object", "schema": nestable(schema["schema"])}
        case ReplyForm.BARE_OBJECT:
            return {"type": "json_object"}
    return None


def _messages(dialect: Dialect, messages: list[dict[str, Any]], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schema stands behind the rules where the server holds no reply to it, and the rules where they may stand."""
    rules, *others = messages
    if dialect.reply_form not in _WITH_SCHEMA or dialect.schema_in_prompt:
        # The rules and the schema are the same in every call, so that a server can keep what it has read of them.
        text = f"{rules['content']}\n\n{_ASK_FOR_JSON}{json.dumps(schema, ensure_ascii=False)}"
        rules = {**rules, "content": text}
    if dialect.system_role:
        return [rules, *others]
    asked, *later = others
    return [{**asked, "content": f"{rules['content']}\n\n{asked['content']}"}, *later]


# --- learning --------------------------------------------------------------------------------------------------------


def learn(dialect: Dialect, error: openai.APIError) -> bool:
    """Whether the error names something that the server does not take; the dialect then goes without it.

    Each part can only be given up, in one order, so that a server which refuses everything ends the search.
    """
    parts = complaints.refused_parts(complaints.complaint(error), complaints.status_of(error)) if refuses(error) else ()
    return any(_give_up(dialect, part) for part in parts)


def refuses(error: openai.APIError) -> bool:
    """Whether a server says by this error that it does not take a request as it is worded."""
    status = complaints.status_of(error)
    return status in _REFUSING and complaints.is_about_wording(complaints.complaint(error), status)


def needs_schema_in_prompt(dialect: Dialect, content: str, mode: Mode) -> bool:
    """Whether a reply shows that the server took the schema and holds no reply to it; the dialect then tells it twice.

    `content`: a reply that was not valid. A server that keeps to the schema sends an object with its fields.
    """
    if dialect.schema_in_prompt or dialect.reply_form not in _WITH_SCHEMA or "schema_in_prompt" in dict(_pinned()):
        return False
    names = {plain(name) for name in replies.so_far(content) or ()}
    dialect.schema_in_prompt = not names & {plain(name) for name in mode.reply.model_fields}
    return dialect.schema_in_prompt


def _give_up(dialect: Dialect, part: str) -> bool:
    """Go without this part, or with the next form of it; False where there is none, or where a setting pins it."""
    field = "reply_form" if part == "unbounded" else part
    before = getattr(dialect, field)
    if field in dict(_pinned()):
        return False
    if part == "unbounded":
        following: Any = ReplyForm.UNBOUNDED if before == ReplyForm.JSON_SCHEMA else before
    elif part == "reply_form":
        following = _AFTER_FORM.get(before, before)
    elif part == "limit":
        following = _after_limit(dialect)
    else:
        following = False
    setattr(dialect, field, following)
    return bool(following != before)


_AFTER_FORM = {
    ReplyForm.JSON_SCHEMA: ReplyForm.JSON_OBJECT,
    ReplyForm.UNBOUNDED: ReplyForm.JSON_OBJECT,
    ReplyForm.JSON_OBJECT: ReplyForm.BARE_OBJECT,
    ReplyForm.BARE_OBJECT: ReplyForm.PROMPT,
}


def _after_limit(dialect: Dialect) -> str:
    """The other name, then none."""
    first = usual_limit(dialect.address)
    other = Limit.OLD if first == Limit.NEW else Limit.NEW
    return other if dialect.limit == first else Limit.NONE
