"""A drill at full size: a backup of a large data folder, and a new machine that has nothing else. `make drill`."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from coach.backups import sealing
from tests.environment import ROOT, documented_settings

# Prints of how many stories one could be read, and how many candidates there are.
LOOK = """
from coach.models import User
from study.models import Story
read = [story for story in Story.objects.order_by("pk")[:100] if story.text]
print(f"{User.objects.count()} candidates; {len(read)} of their stories were read")
"""


class Took(NamedTuple):
    """Seconds on the clock and of the processor (of PostgreSQL's own programs too), and megabytes at most."""

    seconds: float
    processor: float
    megabytes: float
    said: str


def run(data_dir: Path, *arguments: str | Path, **environment: str) -> Took:
    """One command of manage.py."""
    since = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, "COACH_DATA_DIR": str(data_dir), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode:
        sys.exit(f"manage.py {arguments[0]} failed:\n{said}")
    return Took(time.monotonic() - since, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said)


def bytes_in(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def looked_into(data_dir: Path) -> str:
    """How many candidates there are, and how many stories could be read."""
    return run(data_dir, "shell", "-v0", "-c", LOOK).said


def main(source: Path | None, beside: Path) -> None:
    """Copy the data folder, back it up, restore the backup alone, and print what each took."""
    os.environ.update(documented_settings())
    public, secret = sealing.new_key()
    old, new, file, key_file = (beside / name for name in ("old", "new", "coach.backup", "key"))
    key_file.write_text(secret)
    if source is None:
        print("Making a database of 50 candidates; DATA=folder takes another one.")
        run(old, "demo_data", "--users", "50", "--days", "30")
    else:
        subprocess.run(["cp", "-a", source, old], check=True)
        run(old, "migrate", "-v0")
    print(f"The database's folder has {bytes_in(old / 'postgres') / 1e6:,.0f} MB: {looked_into(old)}")
    print(f"{'':<12}{'seconds':>10}{'processor':>12}{'peak MB':>10}")
    steps = (("backup", old, (file, "--with-keys")), ("restore", new, (file, "--key-file", key_file)))
    for name, data_dir, arguments in steps:
        took = run(data_dir, name, *arguments, COACH_BACKUP_KEY=public)
        print(f"{name:<12}{took.seconds:>10.1f}{took.processor:>12.1f}{took.megabytes:>10.0f}")
    print(f"The file has {file.stat().st_size / 1e6:,.1f} MB. The new machine has {looked_into(new)}")


if __name__ == "__main__":
    folder = Path(tempfile.mkdtemp(prefix="coach-drill-", dir=os.environ.get("BESIDE") or None))
    try:
        main(Path(os.environ["DATA"]) if os.environ.get("DATA") else None, folder)
    finally:
        shutil.rmtree(folder)
