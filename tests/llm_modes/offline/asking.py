"""Asks the offline coach as the client would be answered: with checked inputs, and the reply checked against them."""

from typing import Any

from llm_modes.catalogue import MODES
from tests.llm_modes.checking import read


def ask(mode: str, **inputs: Any) -> dict[str, Any]:
    """The offline coach's reply to these inputs, after the mode's own schema has accepted it unchanged."""
    checked = MODES[mode].inputs.model_validate(inputs)
    said = MODES[mode].answer_offline(checked)
    assert read(mode, said, checked).model_dump() == said
    return said
