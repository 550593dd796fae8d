"""All modes, by name: each folder of llm_modes/ with a schema.py is one. docs/architecture.md says how to add one."""

from importlib import import_module
from pathlib import Path

import llm_modes
from llm_modes.language.mode import BrokenMode, Mode
from llm_modes.stages import Stage

FILES = ("system.md", "user.md", "example.py", "offline.py")


def found() -> dict[str, Mode]:
    """The modes in the order in which a candidate meets them. Raises BrokenMode."""
    folders = [file.parent for place in llm_modes.__path__ for file in Path(place).glob("*/schema.py")]
    modes = [_mode_of(folder) for folder in folders]
    names = [mode.name for mode in modes] + [mode.reply.__name__ for mode in modes]
    if twice := {name for name in names if names.count(name) > 1}:
        # A reply's name is all that a server, and the test server, is told of its mode.
        raise BrokenMode(f"Two modes have the same folder or class of reply: {', '.join(sorted(twice))}")
    modes.sort(key=lambda mode: (list(Stage).index(mode.stages[0]), mode.name))
    return {mode.name: mode for mode in modes}


def _mode_of(folder: Path) -> Mode:
    mode = getattr(import_module(f"llm_modes.{folder.name}.schema"), "MODE", None)
    if not isinstance(mode, Mode) or mode.name != folder.name:
        raise BrokenMode(f"{folder}/schema.py has no MODE = Mode(__package__, ...)")
    if missing := [file for file in FILES if not (folder / file).exists()]:
        raise BrokenMode(f"{folder} has no {', '.join(missing)}")
    if not mode.stages:
        raise BrokenMode(f"{folder}/schema.py: MODE is asked at no stage")
    return mode


MODES: dict[str, Mode] = found()
