"""What the offline coach says: the file offline.toml beside the offline.py of a mode."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def sayings(mode: str) -> dict[str, Any]:
    """The data of a mode's offline coach, by the name of its folder: sentences with {places}, lists and tables."""
    return tomllib.loads((resources.files(f"llm_modes.{mode}") / "offline.toml").read_text(encoding="utf-8"))
