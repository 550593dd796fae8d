"""A short form of `make faults`, in a process of its own: what works is killed while candidates practise."""

import subprocess
import sys

from tests import first_data
from tests.environment import ROOT


def test_nothing_that_was_saved_is_lost_and_nothing_done_twice_whoever_is_killed(tmp_path):
    first_data.copy_to(tmp_path / "data")
    command = [sys.executable, "-m", "tests.study.faults", "--short", "--data", str(tmp_path / "data")]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500)
    assert finished.returncode == 0, finished.stdout + finished.stderr
