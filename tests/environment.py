"""What the tests run on: the documented defaults and an empty database, whatever the developer has set up."""

import atexit
import os
import re
import shutil
import signal
import tempfile
from pathlib import Path

import psutil

from tests import first_data
from tests.first_data import ROOT

PREFIX = "coach-test-"


def documented_settings() -> dict[str, str]:
    """The name and default of every setting in .env.example, in which one mode's model stands for those of all."""
    named = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
    return named | {f"COACH_MODEL_{file.parent.name.upper()}": "" for file in ROOT.glob("llm_modes/*/system.md")}


def prepare() -> None:
    """Set every setting in the environment, where it wins over `.env`; programs that tests start inherit it.

    So no test uses the developer's key, model or data. The workers of pytest-xdist share the database server of the
    process that started them.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "coach.settings"
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after the server has stopped: last in, first out
    os.environ.update(documented_settings(), COACH_DATA_DIR=str(folder / "data"))
    # What processes leave behind when they are killed goes with this folder.
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    # Where nothing may be written beside the sources, each program that tests start would compile all of them anew.
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        os.environ["PYTHONPYCACHEPREFIX"] = str(first_data.KEPT / "compiled")
    # tmp_path too: pytest closes the folder that all runs share, at each start, to the servers that tests run as root.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)
    first_data.copy_to(folder / "data")
    shutil.rmtree(folder / "data" / "static")  # tests see the files that are written, not those collected once
    (folder / "data" / "static").mkdir()


def remove_leftovers() -> None:
    """Stop the database servers of test runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            for process in psutil.process_iter(["name", "cmdline"]):
                if process.info["name"] == "postgres" and str(folder) in " ".join(process.info["cmdline"] or []):
                    process.send_signal(signal.SIGQUIT)
            shutil.rmtree(folder, ignore_errors=True)
