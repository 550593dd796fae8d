"""The connection to the LLM ends in time, wherever in a reply the other side dawdles."""

import time

import openai
import pytest

from llm_modes.provider import pace, transport


def test_headers_that_drip_end_with_the_time_of_the_action(fake_llm, settings):
    """Each byte comes within the time for the first one, so that only the deadline ends it."""
    completions = transport.sdk(settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL).chat.completions  # loads the SDK
    fake_llm.fault("dripping_head")
    started = time.monotonic()
    with pace.keeping(pace.Pace(0.8)), pytest.raises(openai.APITimeoutError):
        completions.create(model="any", messages=[])
    assert len(fake_llm.requests) == 1
    assert time.monotonic() - started < settings.LLM_FIRST_TOKEN_SECONDS / 2
