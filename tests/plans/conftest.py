"""Who takes part in the tests of the plan."""

import pytest

from coach.models import User
from tests.factories import make_user

HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice(client) -> User:
    """A candidate, signed in with `client`."""
    user = make_user("alice", name="Alice")
    client.force_login(user)
    return user


@pytest.fixture
def bob() -> User:
    """Another candidate."""
    return make_user("bob")
