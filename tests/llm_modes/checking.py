"""Reads a reply as the client does: as JSON, checked against the inputs of its call."""

import json
from typing import Any

from llm_modes.catalogue import MODES
from llm_modes.language.mode import Inputs, checking_against


def inputs_for(mode: str, **fields: Any) -> Inputs:
    """The tiny inputs of a mode, with some fields replaced."""
    tiny = MODES[mode].example.inputs
    return type(tiny).model_validate({**tiny.model_dump(), **fields})


def read(mode: str, reply: dict[str, Any], inputs: Inputs | None = None) -> Any:
    """The checked reply. Raises pydantic's ValidationError."""
    with checking_against(inputs or MODES[mode].example.inputs):
        return MODES[mode].reply.model_validate_json(json.dumps(reply))
