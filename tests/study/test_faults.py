"""A short form of `make faults`, in processes of its own: the worker is killed, the database restarted."""

import subprocess
import sys

import pytest

from tests.environment import ROOT


@pytest.mark.parametrize("fault", ["worker", "database"])
def test_nothing_that_was_saved_is_lost_and_nothing_done_twice(fault):
    command = [sys.executable, "-m", "tests.study.faults", "--short", "--only", fault]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert finished.returncode == 0, finished.stdout + finished.stderr
