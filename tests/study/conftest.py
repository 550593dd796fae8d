"""What the tests of practising share."""

import pytest

from tests import worker
from tests.factories import make_plan, make_user

HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice(client):
    """A candidate who is signed in and has a plan of three topics."""
    user = make_user("alice", current_role="Senior backend engineer")
    make_plan(user)
    client.force_login(user)
    return user


@pytest.fixture
def bob():
    """Somebody else, with a plan of their own."""
    user = make_user("bob", current_role="Nurse")
    make_plan(user)
    return user


@pytest.fixture
def run_worker():
    """Do what the worker would do with the queue, until it is empty."""

    return worker.run_worker
