"""What a server speaks of the protocol, in words and as settings: what it refuses, and what it gets instead."""

from collections.abc import Iterator

from django.conf import settings

from llm_modes.checking.findings import Finding
from llm_modes.models import Dialect
from llm_modes.provider.dialect import PARTS, dialect_of, usual_limit

# The setting that pins each part.
PINS = {
    "reply_form": "COACH_LLM_REPLY_FORM",
    "schema_in_prompt": "COACH_LLM_SCHEMA_IN_PROMPT",
    "limit": "COACH_LLM_LIMIT",
    "streams": "COACH_LLM_STREAMING",
    "stream_options": "COACH_LLM_STREAM_OPTIONS",
    "system_role": "COACH_LLM_SYSTEM_ROLE",
}
_FORMS = {
    "json_schema": "a JSON schema",
    "unbounded": "a JSON schema without bounds",
    "json_object": "a JSON object with the schema beside it",
    "bare_object": "a JSON object, the schema in the prompt",
    "prompt": "the schema in the prompt only",
}


def in_words(model: str) -> str:
    """All that the server speaks, on one line."""
    spoken = dialect_of(model)
    said = [
        f"form of a reply: {_FORMS[spoken.reply_form]}" + (" and in the prompt" if spoken.schema_in_prompt else ""),
        "no limit of a reply" if spoken.limit == Dialect.Limit.NONE else f"limit: {spoken.limit}",
        "streamed" if spoken.streams else "whole replies",
        "rules in the system's message" if spoken.system_role else "rules in the user's message",
    ]
    if spoken.streams:
        said.insert(3, "stream options" if spoken.stream_options else "no stream options")
    return "; ".join(said)


def findings(model: str) -> Iterator[Finding]:
    """A sentence for each part that the server does not take, and what it gets instead."""
    spoken, pinned = dialect_of(model), pinned_parts()
    if spoken.reply_form != Dialect.ReplyForm.JSON_SCHEMA and "reply_form" not in pinned:
        yield Finding(_about_form(spoken.reply_form), fails=False)
    if spoken.schema_in_prompt and "schema_in_prompt" not in pinned:
        yield Finding(
            "The server takes a JSON schema and holds no reply to it: the schema stands in the prompt as well.",
            fails=False,
        )
    if spoken.limit != _usual(spoken).limit and "limit" not in pinned:
        instead = "nothing limits a reply" if spoken.limit == Dialect.Limit.NONE else f"{spoken.limit} is sent instead"
        yield Finding(f"The server refuses {_usual(spoken).limit}: {instead}.", fails=False)
    if not spoken.streams:
        why = "COACH_LLM_STREAMING is no" if "streams" in pinned else "The server does not stream"
        yield Finding(
            f"{why}: replies come whole, pages show nothing while one is written, and only COACH_LLM_TOTAL_SECONDS "
            "limits how long one may take.",
            fails=False,
        )
    if spoken.streams and not spoken.stream_options and "stream_options" not in pinned:
        yield Finding("The server refuses stream_options: it is left away.", fails=False)
    if not spoken.system_role and "system_role" not in pinned:
        yield Finding("The server refuses the role system: the rules stand in the user's message.", fails=False)


def _about_form(form: str) -> str:
    if form == Dialect.ReplyForm.UNBOUNDED:
        return "The server refuses bounds in a JSON schema (maxLength and the like): they are left away."
    refused = "response_format json_schema"
    if form == Dialect.ReplyForm.BARE_OBJECT:
        refused += ", and json_object with a schema"
    if form == Dialect.ReplyForm.PROMPT:
        return (
            "The server has no JSON support at all (it refuses response_format): the schema stands in the prompt only, "
            "and nothing but the model's good will keeps to it."
        )
    return f"The server refuses {refused}: {_FORMS[form]} is sent instead."


def pinned_parts() -> list[str]:
    """The parts that settings pin."""
    return [part for part, value in settings.LLM_DIALECT.items() if value != "auto"]


def pinned_settings() -> list[str]:
    """The settings that pin a part, as `.env` has them."""
    return [f"{PINS[part]}={settings.LLM_DIALECT[part]}" for part in pinned_parts()]


def lines(model: str) -> list[str]:
    """The settings that would spare the search: the parts that differ from what is tried first."""
    spoken, pinned = dialect_of(model), pinned_parts()
    usual = _usual(spoken)
    differing = [part for part in PARTS if getattr(spoken, part) != getattr(usual, part) and part not in pinned]
    return [f"{PINS[part]}={_as_set(getattr(spoken, part))}" for part in differing]


def _as_set(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _usual(spoken: Dialect) -> Dialect:
    """What is tried first at this address."""
    return Dialect(address=spoken.address, limit=usual_limit(spoken.address))
