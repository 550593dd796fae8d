"""What a first run leaves behind, made once: keys, the database's tables and the collected files.

Every program that a test starts on data of its own would make them again, with more work than all the rest of its
start. tests/coach/running/test_serve.py starts without.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

from tests.environment import ROOT

PREPARE = """
from coach.running import static_files
from coach.management.commands.serve import migrate
migrate()
static_files.collect()
"""


def copy_to(data_dir: Path) -> None:
    """Put them into this data folder, which is not there yet. The embedded database in it has been stopped in order."""
    subprocess.run(["cp", "-a", _made(), data_dir], check=True)


def _made() -> Path:
    """The folder that nobody uses, beside the data of the tests themselves; all workers of a run share it."""
    folder = Path(os.environ["COACH_DATA_DIR"]).parent
    made, whole = folder / "first-data", folder / "first-data-is-whole"
    with (folder / "first-data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            environment = {**os.environ, "COACH_DATA_DIR": str(made), "DJANGO_SETTINGS_MODULE": "coach.settings"}
            command = [sys.executable, "manage.py", "shell", "-v0", "-c", PREPARE]
            finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            assert finished.returncode == 0, finished.stderr
            whole.touch()
    return made
