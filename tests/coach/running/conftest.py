"""One run of the whole program for the tests of this folder, which leave it as they found it."""

import socket

import pytest

from tests.stack.serving import Stack


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="package")
def temporary_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="package")
def stack(tmp_path_factory, temporary_folder):
    data_dir = tmp_path_factory.mktemp("running") / "data"
    with Stack(data_dir, free_port(), TMPDIR=str(temporary_folder), COACH_BODY_SECONDS="2") as stack:
        stack.wait_until_ready()
        stack.read_on()
        yield stack
