"""The JSON schema of a reply as it is sent to a server.

It is the same in nearly every call of a mode, since a provider caches what a prompt begins with: what depends on the
call is checked when the reply is there. Only choices that a stage does not leave are left out (Reply.left_by), and what
was wrong in a first reply (Reply.left_by_reply).
"""

from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]

# llama-cpp-python makes a grammar with as many brackets within each other as a text may have characters; llama.cpp then
# refuses more than a thousand (tried with 0.3.36: 1,000 works, 1,001 does not).
MOST_NESTED = 1000
# A range of so many numbers is told as a choice where ranges are not enforced: it stands in the prompt, too.
MOST_CHOICES = 64

# What servers with a grammar enforce while a reply is written, and what some other servers refuse to read.
BOUNDS = frozenset({"minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "additionalProperties"})


def compact(schema: Schema) -> Schema:
    """The schema without titles, defaults and references, which are paid for with every call, and closed.

    Closed: an object has all its fields and no other. Of fields that may be left out a grammar does not keep the order,
    and a small model leaves them out. A text may be empty in a list that may be (blank items are dropped), and where
    null may be, which it is read as.
    """
    definitions: Schema = schema.get("$defs", {})

    def without_ballast(part: Schema) -> Schema:
        if "$ref" in part:
            return without_ballast(definitions[part["$ref"].rpartition("/")[2]])
        kept = _without(part, "title", "default", "$defs")
        if "properties" in kept:
            kept |= {"required": list(kept["properties"]), "additionalProperties": False}
        # Bounds last: so they take the fewest tokens.
        return dict(sorted(kept.items(), key=lambda pair: pair[0] in BOUNDS))

    return changed(changed(schema, without_ballast), _needing_texts_where_it_must)


def _needing_texts_where_it_must(part: Schema) -> Schema:
    if "items" in part and "minItems" not in part:
        return {**part, "items": changed(part["items"], _maybe_empty)}
    if {"type": "null"} in part.get("anyOf", []):
        return {**part, "anyOf": [_maybe_empty(option) for option in part["anyOf"]]}
    return part


def _maybe_empty(part: Schema) -> Schema:
    return _without(part, "minLength")


def _without(part: Schema, *keywords: str) -> Schema:
    return {keyword: value for keyword, value in part.items() if keyword not in keywords}


def unbounded(schema: Schema) -> Schema:
    """The schema without the keywords of BOUNDS, for servers that refuse them."""
    return changed(schema, lambda part: _without(part, *BOUNDS))


def nestable(schema: Schema) -> Schema:
    """The schema for servers that nest: no text is longer than MOST_NESTED, which may cut 120 very long words.

    They enforce no range of a number, but a choice: a mark is one of ten. And what has a bound is no empty text.
    """

    def worded(part: Schema) -> Schema:
        if "maxLength" in part:
            return {**part, "minLength": 1, "maxLength": min(part["maxLength"], MOST_NESTED)}
        least, most = part.get("minimum"), part.get("maximum")
        if part.get("type") == "integer" and least is not None and most is not None and most - least < MOST_CHOICES:
            return {**part, "enum": list(range(least, most + 1))}
        return part

    return changed(schema, worded)


def copying(part: Schema, **values: Any) -> Schema:
    """The schema of an object in which these fields can only be copied from it."""
    fields = part["properties"]
    told = {name: {"type": fields[name]["type"], "enum": [value]} for name, value in values.items()}
    return {**part, "properties": {**fields, **told}}


def leave_out(part: Schema, name: str) -> None:
    """Take a field out of the schema of an object, in place, where it is not out already: a call is asked again."""
    if part["properties"].pop(name, None):
        part["required"].remove(name)


def in_this_order(items: list[Schema]) -> Schema:
    """The schema of a list that has exactly these items, one or more. (One of none is a list of at most none.)"""
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}


def changed(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """A copy of the schema in which `change` was made to it and to each schema within it, from the outside in.

    A property may be named like a keyword ("title"): only schemas are changed, never the names of properties.
    """
    schema = dict(change(schema))
    for keyword, value in schema.items():
        if keyword == "properties":
            schema[keyword] = {name: changed(part, change) for name, part in value.items()}
        elif keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
            schema[keyword] = [changed(part, change) for part in value]
        elif keyword in ("items", "additionalProperties") and isinstance(value, dict):
            schema[keyword] = changed(value, change)
    return schema
