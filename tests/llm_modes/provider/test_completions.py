"""Reading a reply that grows."""

import json

import httpx2
import pytest

from llm_modes.provider import completions, pace


def chunk(text: str) -> bytes:
    delta = {"id": "x", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}
    return f"data: {json.dumps(delta)}\n\n".encode()


def receive(body: bytes, **how) -> completions.Received:
    response = httpx2.Response(200, content=body, request=httpx2.Request("POST", "http://llm.invalid/v1"))
    received = completions.Received()
    with pace.keeping(pace.Pace(5)):
        completions.receive(response, received, **{"on_token": lambda: None, "on_content": None, **how})
    return received


def test_a_long_reply_is_not_read_anew_for_every_letter_of_it():
    body = b"".join(chunk("a") for _ in range(2_000))
    looks: list[int] = []
    # No reply of ours, and no end of one.
    with pytest.raises(completions.Retryable):
        receive(body, on_content=lambda content: looks.append(len(content)))
    assert looks[:100] == list(range(1, 101))
    assert len(looks) < 500
    assert looks[-1] > 1_950


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_events_are_read_wherever_the_network_cuts_them(newline, size):
    body = (chunk('{"a": ') + b": a comment\n\nevent: message\nid: 7\n" + chunk('"€"}')).decode()
    raw = body.replace("\n", newline).encode()
    pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
    assert receive(iter(pieces)).text == '{"a": "€"}'


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"[]", b"7", b"<html>", b"data: {", b"data: [1]\n\ndata: x\n\n", b"[" * 200_000, b"\xff\xfe"]
)
def test_what_is_not_the_protocol_is_an_error_of_its_own(body):
    with pytest.raises((ValueError, completions.Retryable)):
        receive(body)
