"""A server that answers every mode."""

import pytest

from tests.fake_llm import a_reply_to


@pytest.fixture
def server(fake_llm, monkeypatch):
    """It answers all that it is asked, unless the test says otherwise."""
    monkeypatch.setattr("llm_modes.provider.faults.DEFAULT_RETRY_AFTER", 0.01)
    # A busy machine is no model that has to be loaded.
    monkeypatch.setattr("llm_modes.checking.first_word.LOADING_SECONDS", 60)
    fake_llm.always(a_reply_to)
    return fake_llm
