"""The offline coach behind the OpenAI protocol: the real SDK talks to it as to any provider."""

import json

import httpx2
import openai
import pytest

from llm_modes.offline.transport import offline_transport
from llm_modes.tiny_inputs import tiny_inputs


@pytest.fixture
def sdk():
    client = httpx2.Client(transport=offline_transport())
    return openai.OpenAI(api_key="none", base_url="http://offline.invalid/v1", max_retries=0, http_client=client)


def asking(mode="evaluate_answer", **more):
    return {
        "model": "offline-coach",
        "messages": [{"role": "user", "content": "Mark this."}],
        "extra_headers": {"X-Coach-Mode": mode},
        "extra_body": {"coach_inputs": tiny_inputs()[mode].model_dump()},
        **more,
    }


def test_a_completion_is_a_proper_one(sdk):
    completion = sdk.chat.completions.create(**asking())

    assert completion.model == "offline-coach"
    assert completion.choices[0].finish_reason == "stop"
    assert "score" in json.loads(completion.choices[0].message.content)
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 0


def test_a_stream_brings_the_same_reply_in_pieces_and_the_usage_last(sdk):
    whole = sdk.chat.completions.create(**asking())
    with sdk.chat.completions.create(**asking(stream=True, stream_options={"include_usage": True})) as stream:
        chunks = list(stream)

    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(pieces) == whole.choices[0].message.content
    assert len(pieces) > 3
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage == whole.usage


def test_a_stream_without_usage_asked_for_has_none(sdk):
    with sdk.chat.completions.create(**asking(stream=True)) as stream:
        assert all(chunk.usage is None for chunk in stream)


@pytest.mark.parametrize("mode", sorted(tiny_inputs()))
def test_every_mode_is_answered(sdk, mode):
    assert json.loads(sdk.chat.completions.create(**asking(mode)).choices[0].message.content)


def test_a_mode_it_does_not_know_is_a_bad_request(sdk):
    with pytest.raises(openai.BadRequestError):
        sdk.chat.completions.create(**asking(extra_headers={"X-Coach-Mode": "poetry"}))


def test_a_request_without_inputs_is_a_bad_request(sdk):
    with pytest.raises(openai.BadRequestError):
        sdk.chat.completions.create(**asking(extra_body={}))


def test_other_addresses_are_not_found(sdk):
    with pytest.raises(openai.NotFoundError):
        sdk.models.list()
