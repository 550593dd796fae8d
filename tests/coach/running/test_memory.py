"""What a process needed for a moment it does not keep."""

import subprocess
import sys

import pytest

from coach.management.commands.worker import Command
from tests.environment import ROOT

# Megabytes before and after eight passwords, four at the same time. A hash needs 19.
HASHES = """
import psutil
from coach.running import memory
memory.give_back()
from argon2.low_level import Type, hash_secret
from concurrent.futures import ThreadPoolExecutor
def digest(number):
    return hash_secret(b"password", b"salt" * 4, 2, 19 * 1024, 1, 32, Type.ID)
before = psutil.Process().memory_info().rss
list(ThreadPoolExecutor(4).map(digest, range(8)))
print((psutil.Process().memory_info().rss - before) / 2**20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' C libraries do not keep so much")
def test_the_memory_of_hashes_is_given_back():
    command = [sys.executable, "-c", HASHES]
    kept = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert float(kept) < 15


def test_the_worker_does_not_load_every_page_to_check_them():
    assert Command.requires_system_checks == ()
