"""Tokens that the server does not count are counted here: of whole and streamed replies, and of requests that fail."""

import json
from types import SimpleNamespace

import pytest

from llm_modes.catalogue import MODES
from llm_modes.failures import LLMFailure
from llm_modes.ledger import spending
from llm_modes.models import LLMCall
from llm_modes.provider import client
from llm_modes.provider.counting import usage_of
from tests.factories import make_user
from tests.fake_llm import FAULTS, Completion, a_mark, completion, count_tokens, http_error

MARK = json.dumps(a_mark())
NONSENSE = [None, 0, -5, "12", "many", True, 10**12, float("nan"), float("inf"), [], {}]


def answer(**usage):
    return SimpleNamespace(usage=SimpleNamespace(**usage))


@pytest.mark.parametrize("number", NONSENSE)
def test_nonsense_is_no_count(number):
    said = answer(prompt_tokens=number, completion_tokens=number)
    assert usage_of(said, sent=500, received=90) == (500, 0, 90, True)


def test_what_the_server_says_stands():
    details = SimpleNamespace(cached_tokens=64)
    said = answer(prompt_tokens=400, completion_tokens=80, prompt_tokens_details=details)
    assert usage_of(said, sent=500, received=90) == (400, 64, 80, False)


@pytest.mark.parametrize("said", [None, SimpleNamespace(), SimpleNamespace(usage=None), SimpleNamespace(usage="none")])
def test_an_answer_without_usage_is_estimated(said):
    assert usage_of(said, sent=500, received=90) == (500, 0, 90, True)


def test_half_a_count_is_filled_up_and_marked():
    assert usage_of(answer(prompt_tokens=400), sent=500, received=90) == (400, 0, 90, True)


def test_no_more_can_be_cached_than_was_sent():
    details = SimpleNamespace(cached_tokens=9000)
    assert usage_of(answer(prompt_tokens_details=details), sent=500, received=0).cached == 500


class Silent(Completion):
    """A server that says nothing about tokens, or says `usage`."""

    usage = None

    def _usage(self, request, sent):
        super()._usage(request, sent)
        return self.usage


def ask(streamed=False):
    candidate = make_user()
    on_progress = (lambda part: None) if streamed else None
    mode = "evaluate_answer"
    client.ask(
        MODES[mode],
        MODES[mode].example.inputs,
        candidate=candidate,
        stage=MODES[mode].stages[0],
        on_progress=on_progress,
    )
    return candidate


@pytest.mark.django_db
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("usage", [None, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, {}])
def test_a_server_that_reports_nothing_is_counted_by_us(fake_llm, streamed, usage):
    play = Silent(content=MARK)
    object.__setattr__(play, "usage", usage)
    fake_llm.play(play)
    candidate = ask(streamed)
    call, request = LLMCall.objects.get(), fake_llm.requests[0]
    assert call.estimated
    assert request.count_input() <= call.input_tokens <= 2 * request.count_input()
    assert count_tokens(MARK) <= call.output_tokens <= 2 * count_tokens(MARK)
    assert spending.tokens_used_today(candidate) == call.input_tokens + call.output_tokens


@pytest.mark.django_db
def test_a_schema_that_only_holds_what_is_written_is_not_counted_as_read(fake_llm, settings):
    settings.LLM_DIALECT = {**settings.LLM_DIALECT, "reply_form": "json_object"}
    fake_llm.play(Silent(content=MARK))
    ask()
    call, request = LLMCall.objects.get(), fake_llm.requests[0]
    assert "schema" in request.body["response_format"] and call.estimated
    read = count_tokens(request.prompt)
    assert read <= call.input_tokens <= 1.5 * read < request.count_input()


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["silence", "http_500", "http_429", "http_401", "reset_at_once", "html"])
def test_a_failed_request_counts_what_was_sent(fake_llm, settings, monkeypatch, fault):
    monkeypatch.setattr("llm_modes.provider.faults.DEFAULT_RETRY_AFTER", 0.01)
    settings.LLM_FIRST_TOKEN_SECONDS = 0.3
    fake_llm.always("")
    fake_llm._standing[None] = FAULTS[fault]
    with pytest.raises(LLMFailure):
        ask()
    calls = list(LLMCall.objects.order_by("pk"))
    assert len(calls) == len(fake_llm.requests) > 0
    for call, request in zip(calls, fake_llm.requests, strict=True):
        assert call.estimated
        assert call.input_tokens >= request.count_input()
        assert call.output_tokens <= (30 if fault == "html" else 0)


@pytest.mark.django_db
def test_a_stream_that_breaks_off_counts_what_had_come(fake_llm):
    text = MARK[: len(MARK) // 2]
    fake_llm.play(completion(pieces=lambda: [text, " and more"], break_after=1))
    fake_llm.play(http_error(400))
    with pytest.raises(LLMFailure):
        ask(streamed=True)
    call = LLMCall.objects.order_by("pk").first()
    assert call.estimated
    assert count_tokens(text) <= call.output_tokens <= 2 * count_tokens(text)


@pytest.mark.django_db
def test_a_reply_without_end_counts_no_more_than_the_longest_one_asked_for(fake_llm):
    fake_llm.fault("huge")
    with pytest.raises(LLMFailure):
        ask(streamed=True)
    assert LLMCall.objects.get().output_tokens == MODES["evaluate_answer"].max_output_tokens
