"""What several tests of this folder need."""

import pytest

from coach.encryption import canary


@pytest.fixture
def registered_key(db):
    """The key's row as the migration wrote it: tests that empty the whole database take it away."""
    canary.register(old_form=False)
