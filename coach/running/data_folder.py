"""The data folder: it holds the embedded database, the generated keys and the static files."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def ensure(data_dir: Path) -> None:
    """Make `data_dir`, closed to other users of the machine, if it is missing.

    Raises ImproperlyConfigured, with a sentence for whoever started the program, when it cannot be made or written to.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(_not_usable(data_dir, error.strerror or str(error))) from error
    if not os.access(data_dir, os.R_OK | os.W_OK | os.X_OK):
        raise ImproperlyConfigured(_not_usable(data_dir, "it belongs to another user, or is read-only"))


def _not_usable(data_dir: Path, reason: str) -> str:
    return (
        f"The data folder {data_dir} cannot be used: {reason}.\nSet COACH_DATA_DIR to a folder that you can write to."
    )
