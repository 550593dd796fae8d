"""What a server is told of the shape of a reply."""

import pytest

from llm_modes.catalogue import MODES
from llm_modes.language.sent_schema import BOUNDS, unbounded


def keywords(schema):
    """All keywords of a schema and of those within it, without the names of properties."""
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    inner += [schema["items"]] if "items" in schema else []
    return set(schema).union(*map(keywords, inner))


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_a_schema_without_bounds_says_everything_else(mode):
    schema = mode.reply.model_json_schema()
    freed = unbounded(schema)
    assert keywords(freed) == keywords(schema) - BOUNDS
    assert freed["properties"].keys() == schema["properties"].keys()
    assert freed["required"] == schema["required"]
    assert mode.reply.model_json_schema() == schema


def test_a_property_that_is_called_like_a_bound_stays():
    number = {"type": "integer", "minimum": 1}
    schema = {"type": "object", "properties": {"minimum": number, "title": {"anyOf": [number, {"type": "null"}]}}}
    freed = unbounded(schema)["properties"]
    assert freed == {"minimum": {"type": "integer"}, "title": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}
