"""What a first run leaves behind, made once: keys, the database's tables and the collected files.

Every run of tests, and every program that a test starts on data of its own, would make them again, with more work than
all the rest of its start; each gets a copy. They are kept between runs, beside what pytest keeps (`pytest
--cache-clear` takes them away), until something changes that they are made from. tests/coach/running/test_serve.py
starts without.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".pytest_cache" / "d"
KEYS = ("coach/encryption/*.py", "coach/running/secret_keys.py")
MADE_FROM = ("requirements.txt", "*/migrations/*.py", "coach/running/database.py", *KEYS)
# What a program compares as well, or it would collect them anew at each start.
COLLECTED = "static/**/*"
UNCOMPRESSED = "tests.stack.uncompressed"
# A database that nobody connects to, so that any worker may copy it at any time.
MIGRATED = "migrated"
# What the system writes to the disk later survives the end of any process, and no test cuts the power.
PREPARE = f"""
from django.db import connection
from coach.running import static_files
from coach.running.preparing import migrate
migrate()
static_files.collect()
with connection.cursor() as cursor:
    cursor.execute("CREATE DATABASE {MIGRATED} TEMPLATE " + connection.settings_dict["NAME"])
    cursor.execute("ALTER SYSTEM SET fsync = off")
"""


def copy_to(data_dir: Path) -> None:
    """Put them into this data folder, which is not there yet. The embedded database in it has been stopped in order."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "first-data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = KEPT / f"first-data-{digest()}"
        if kept.exists():
            _copy(kept, data_dir)
        else:
            _make(data_dir)
            for older in KEPT.glob("first-data-*"):
                shutil.rmtree(older)
            _copy(data_dir, unfinished := KEPT / "first-data-new")
            unfinished.rename(kept)


def copy_static_to(data_dir: Path) -> None:
    """Put only the collected files into this data folder, which is there: they are no data."""
    _copy(KEPT / f"first-data-{digest()}" / "static", data_dir / "static")


def digest(root: Path = ROOT) -> str:
    """Changes with every file below `root` that the data are made from."""
    so_far = hashlib.sha256(PREPARE.encode())
    for path in sorted(path for pattern in MADE_FROM for path in root.glob(pattern)):
        so_far.update(f"{path.relative_to(root)} ".encode() + path.read_bytes())
    for path in sorted(path for path in root.glob(COLLECTED) if path.is_file()):
        so_far.update(f"{path.relative_to(root)} {path.stat().st_size} {path.stat().st_mtime_ns} ".encode())
    return so_far.hexdigest()[:16]


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", source, target], check=True)


def _make(data_dir: Path) -> None:
    environment = {**os.environ, "COACH_DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": UNCOMPRESSED}
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", PREPARE]
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
