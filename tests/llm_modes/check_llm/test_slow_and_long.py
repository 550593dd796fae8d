"""manage.py check_llm on servers that are slow, think, load, or have too little room."""

import pytest

from llm_modes.checking.advice import SENTENCES, advice
from llm_modes.checking.long_prompt import words_needed
from llm_modes.failures import FAILURES, UNREAD_BY_RULES, LLMFailure
from tests.fake_llm import PROBE, a_reply_to, completion, example_reply, http_error
from tests.llm_modes.check_llm.running import check

pytestmark = pytest.mark.django_db


def test_a_model_that_is_loaded_first_is_said_to_be_loaded(server, monkeypatch):
    monkeypatch.setattr("llm_modes.checking.first_word.LOADING_SECONDS", 0.3)
    server.play(completion(a_reply_to, delay=0.6), mode=PROBE)
    said = check("plan_chat")
    assert said.content
    assert "Loading the model took" in said
    assert said.env == []


LOADING = http_error(503, {"message": "Loading model", "type": "unavailable_error"})


def test_a_server_that_says_that_it_loads_is_waited_for(server, monkeypatch):
    monkeypatch.setattr("llm_modes.checking.first_word.LOADING_SECONDS", 0.3)
    monkeypatch.setattr("llm_modes.provider.language_model.LOOK_WHETHER_LOADED", 0.1)
    for _ in range(6):
        server.play(LOADING, mode=PROBE)
    said = check("plan_chat")
    assert said.content
    assert "Loading the model took" in said


def test_a_server_that_goes_on_loading_is_said_to(server, settings, monkeypatch):
    monkeypatch.setattr("llm_modes.provider.language_model.LOOK_WHETHER_LOADED", 5)
    settings.LLM_TOTAL_SECONDS = 4
    server.refuses = lambda _request: LOADING
    said = check("plan_chat", "--patience", "4")
    assert not said.content
    assert "The server is still loading the model: wait for it, and check again." in said


def test_thoughts_with_nothing_behind_them_are_no_empty_reply(server):
    server.always("<think>Perhaps I should greet them?</think>")
    said = check("plan_chat")
    assert "The reply had thoughts in it, and nothing behind them" in said


def test_loading_that_is_near_the_limit_is_said_with_what_to_set(server, settings, monkeypatch):
    monkeypatch.setattr("llm_modes.checking.first_word.LOADING_SECONDS", 0.3)
    settings.LLM_FIRST_TOKEN_SECONDS = 0.6
    server.play(completion(a_reply_to, delay=0.7), mode=PROBE)
    said = check("plan_chat")
    assert "That is more than the limit (COACH_LLM_FIRST_TOKEN_SECONDS, 0.6 s)." in said
    assert said.env == ["COACH_LLM_FIRST_TOKEN_SECONDS=30"]


def test_a_server_that_says_nothing_at_all_is_waited_for_as_long_as_one_likes(server, settings):
    settings.LLM_TOTAL_SECONDS = 0.3
    server.always(a_reply_to, delay=5, mode=PROBE)
    said = check("plan_chat", "--patience", "0.4")
    assert not said.content
    assert "within 0.4 s" in said


def test_a_mode_that_is_too_slow_is_asked_once_more_and_told_what_would_do(server, settings):
    settings.LLM_FIRST_TOKEN_SECONDS = 0.3
    server.always(a_reply_to, delay=0.6, mode="plan_chat")
    said = check("plan_chat", "--patience", "5")
    assert not said.content
    assert "plan_chat: Too slow (no first token within 0.3 s)." in said
    assert "plan_chat works when it is given" in said
    assert "COACH_LLM_FIRST_TOKEN_SECONDS=30" in said.env
    assert len(server.asked("plan_chat")) == 2


def test_a_model_that_pauses_is_told_how_long_it_may(server, settings):
    settings.LLM_BETWEEN_TOKENS_SECONDS = 0.2
    server.always(a_reply_to, pace=0.4, mode="plan_chat")
    said = check("plan_chat", "--patience", "9")
    assert "plan_chat: Too slow (no further token for 0.2 s)." in said
    assert "COACH_LLM_BETWEEN_TOKENS_SECONDS=30" in said.env


def test_a_mode_that_is_too_slow_even_then_is_said_to_be(server, settings):
    settings.LLM_TOTAL_SECONDS = 0.3
    server.always(a_reply_to, pace=0.05, mode="build_story")
    said = check("build_story", "--patience", "0.5")
    assert "build_story is too slow: not finished within 0.5 s, at" in said
    assert "tokens a second. Choose a smaller or faster model." in said


def test_how_long_the_longest_reply_would_take_is_said_with_what_to_set(server, settings):
    settings.LLM_TOTAL_SECONDS = 2
    server.always(a_reply_to, pace=0.03, mode="plan_chat")
    said = check("plan_chat")
    assert said.content
    assert "The model writes" in said
    [line] = said.env
    assert 2 < int(line.removeprefix("COACH_LLM_TOTAL_SECONDS=")) <= 900


def test_not_even_the_longest_limit_would_do_for_a_very_slow_model(server, monkeypatch):
    monkeypatch.setattr("llm_modes.checking.speed.MOST_SECONDS", 5)
    server.always(a_reply_to, pace=0.03, mode="plan_chat")
    monkeypatch.setattr("django.conf.settings.LLM_TOTAL_SECONDS", 3)
    assert "Not even 5, the most it takes, would do" in check("plan_chat")


def test_a_long_prompt_that_is_read_to_its_end_is_said(server):
    said = check("plan_chat", "--long-prompt")
    assert said.content
    assert f"A prompt of {words_needed():,} tokens, as our longest one needs with its reply, is read to its end" in said


def test_a_server_that_cuts_long_prompts_is_found_out(server, monkeypatch):
    monkeypatch.setattr("tests.fake_llm.Request.count_input", lambda request: 4096)
    said = check("plan_chat", "--long-prompt")
    assert not said.content
    assert "was cut: the server read 4,096 of them." in said
    for how in ("OLLAMA_CONTEXT_LENGTH=16384", "-c 16384", "LM Studio", "--max-model-len 16384"):
        assert how in said


def test_a_server_that_refuses_long_prompts_is_said_to_need_a_larger_window(server):
    refusal = http_error(400, {"code": "context_length_exceeded"})
    server.refuses = lambda request: refusal if len(request.user) > 20_000 else None
    said = check("plan_chat", "--long-prompt")
    assert not said.content
    assert "fails: The server's context window is too small: give it 16384 tokens." in said


def test_a_server_that_does_not_count_is_believed_when_the_model_knows_how_the_prompt_begins(server):
    server.always(a_reply_to, counts=False, mode=PROBE)
    said = check("plan_chat", "--long-prompt")
    assert "the model knows how it begins" in said


def test_a_server_that_does_not_count_and_forgets_the_beginning_is_a_warning(server):
    server.always({"code_word": "river"}, counts=False, mode=PROBE)
    said = check("plan_chat", "--long-prompt")
    assert said.content
    assert "perhaps cut" in said


def test_thinking_that_eats_the_limit_is_tried_with_more_room(server):
    def limited(handler, request):
        room = request.body["max_tokens"] > 4000
        (completion(a_reply_to) if room else completion("", thoughts=("Hmm. " * 9,), finish="length"))(handler, request)

    server.refuses = lambda request: limited if request.mode == "plan_chat" else None
    said = check("plan_chat")
    assert not said.content
    assert "The model was still thinking when the reply reached its limit." in said
    assert "plan_chat works with COACH_EXTRA_OUTPUT_TOKENS=4000." in said
    assert said.env == ["COACH_EXTRA_OUTPUT_TOKENS=4000"]


def test_thinking_without_an_end_is_no_matter_of_room(server):
    server.always("", thoughts=("Hmm. " * 9,), finish="length", mode="plan_chat")
    said = check("plan_chat")
    assert "is cut off even with COACH_EXTRA_OUTPUT_TOKENS=4000" in said
    assert said.env == []


def test_a_reply_in_the_reasoning_channel_only_is_said(server):
    server.always("", thoughts=('{"reply": "Hello"}',), mode="plan_chat")
    said = check("plan_chat")
    assert not said.content
    assert "The whole reply came in the reasoning channel" in said


def test_a_reply_that_keeps_no_schema_is_said_with_its_first_complaint(server):
    server.always({**example_reply("evaluate_answer"), "score": "excellent"}, mode="evaluate_answer")
    said = check("evaluate_answer")
    assert not said.content
    assert "evaluate_answer: The replies do not keep to the schema (score: a whole number from 1 to 10)" in said
    assert "excellent" not in said.text


def test_a_reply_without_json_is_said(server):
    server.always("I would rather talk about the weather.", mode="plan_chat")
    assert "plan_chat: The reply was no JSON" in check("plan_chat")


OURS = ("over_budget", "interrupted", "unreadable", "nothing_left", "not_now", *UNREAD_BY_RULES)


@pytest.mark.parametrize("code", [code for code in FAILURES if code not in OURS])
def test_there_is_a_sentence_for_every_failure(code):
    assert advice(LLMFailure(code, "HTTP 418")).startswith(SENTENCES[code].partition("{")[0])
