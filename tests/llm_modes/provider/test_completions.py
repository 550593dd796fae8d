"""Reading a reply that grows."""

import httpx2
import openai
import pytest

from llm_modes.provider import completions


def chunk(text: str) -> bytes:
    delta = (
        '{"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": '
    )
    return f'data: {delta}{{"content": "{text}"}}, "finish_reason": null}}]}}\n\n'.encode()


def test_a_long_reply_is_not_read_anew_for_every_letter_of_it():
    body = b"".join([*(chunk("a") for _ in range(2_000)), b"data: [DONE]\n\n"])
    answer = httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=body)
    client = httpx2.Client(transport=httpx2.MockTransport(lambda _request: answer))
    sdk = openai.OpenAI(api_key="none", base_url="http://llm.invalid/v1", http_client=client)
    looks: list[int] = []
    stream = sdk.chat.completions.create(model="m", messages=[], stream=True)
    # No reply of ours, and no end of one.
    with pytest.raises(completions.Retryable):
        completions.assembled(stream, model="m", on_content=lambda content: looks.append(len(content)))
    assert looks[:100] == list(range(1, 101))
    assert len(looks) < 500
    assert looks[-1] > 1_950
