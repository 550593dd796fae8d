"""Schemathesis with all its checks, for some fourteen seconds; `make fuzz` takes longer."""

import os

import pytest

from tests.client import fuzz
from tests.client.conftest import serving

# For each of the two runs; its first phases take some 5 s of it where nothing else runs.
SECONDS = 7


def as_busy_as_it_is() -> int:
    """SECONDS, and up to four times as many on a machine with more to do than it has processors."""
    return round(SECONDS * min(4, max(1, os.getloadavg()[0] / (os.cpu_count() or 1))))


@pytest.fixture(scope="module")
def url():
    """A server with the offline coach."""
    with serving() as stack:
        yield stack.url
        told = [line for line in stack.output.splitlines() if " web " in line and "WARNING django.request" not in line]
        assert told == []


def test_a_stranger_finds_no_mistake(url):
    found = fuzz.signed_out(url, seconds=as_busy_as_it_is())
    assert found.clean, found.told
    assert found.seen["GET /plan/view"] == {401}


def test_a_candidate_finds_no_mistake(url):
    found = fuzz.signed_in(url, seconds=as_busy_as_it_is())
    assert found.clean, found.told
    assert 200 in found.seen["GET /plan/view"]
    assert 200 in found.seen["POST /study/generate_questions/{session_id}"]
