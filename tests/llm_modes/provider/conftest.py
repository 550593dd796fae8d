"""What tests of the connection share."""

import pytest


@pytest.fixture
def short_pause(monkeypatch):
    """Before the second try."""
    monkeypatch.setattr("llm_modes.provider.faults.DEFAULT_RETRY_AFTER", 0.02)
