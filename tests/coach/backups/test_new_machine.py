"""A drill: a machine that has nothing but the file of a backup shows a candidate their stories."""

import os
import subprocess
import sys

import pytest

from tests import factories, first_data
from tests.coach.backups.conftest import STORY
from tests.coach.running.conftest import free_port
from tests.environment import ROOT
from tests.stack.serving import Stack
from tests.stack.visitor import Visitor


@pytest.fixture
def machine(kept, tmp_path):
    """A data folder that `manage.py restore` has made, and what that said."""
    key_file, data_dir = tmp_path / "key", tmp_path / "data"
    key_file.write_text(f"# the backup key\n{kept.secret}\n")
    restored = subprocess.run(
        [sys.executable, "manage.py", "restore", kept.path, "--key-file", key_file],
        cwd=ROOT,
        env={**os.environ, "COACH_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert restored.returncode == 0, restored.stderr
    first_data.copy_static_to(data_dir)
    return data_dir, restored.stdout


def test_a_new_machine_shows_a_candidate_their_stories(machine, kept):
    data_dir, said = machine
    assert f"{kept.made.rows} rows" in said
    assert f"Its keys are in {data_dir}/secrets.env now" in said
    with Stack(data_dir, free_port(), first_run=True) as stack:
        stack.wait_until_ready()
        alice = Visitor(stack.url)
        alice.open("/login/")
        alice.send("/login/$", username="alice", password=factories.PASSWORD)
        assert STORY in alice.open("/stories/")
