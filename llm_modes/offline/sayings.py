"""What the offline coach says: the file offline.toml beside the offline.py of a mode."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

MODES = Path(__file__).parent.parent


@cache
def sayings(mode: str) -> dict[str, Any]:
    """The data of a mode's offline coach, by the name of its folder: sentences with {places}, lists and tables."""
    return tomllib.loads((MODES / mode / "offline.toml").read_text(encoding="utf-8"))
