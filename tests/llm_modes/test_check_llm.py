from io import StringIO

import pytest
from django.core.management import call_command

from llm_modes.catalogue import MODES
from llm_modes.failures import FAILURES
from llm_modes.management.commands.check_llm import ADVICE, advice
from llm_modes.models import LLMCall
from tests.fake_llm import a_mark, a_reply_to

pytestmark = pytest.mark.django_db


def check(*arguments):
    """The printed table, and whether the command was content."""
    printed = StringIO()
    try:
        call_command("check_llm", *arguments, stdout=printed)
    except SystemExit as end:
        return printed.getvalue(), end.code == 0
    return printed.getvalue(), True


def test_every_mode_is_tried_with_a_tiny_input(fake_llm):
    fake_llm.always(a_reply_to)
    table, content = check()
    assert content
    assert [request.mode for request in fake_llm.requests] == list(MODES)
    assert table.count(" works ") == len(MODES)
    assert fake_llm.input_tokens < 6000
    assert fake_llm.url in table


def test_the_table_has_the_tokens_that_the_server_counted(fake_llm):
    fake_llm.always(a_reply_to)
    table, _ = check("evaluate_answer")
    row = next(line for line in table.splitlines() if line.startswith("evaluate_answer"))
    assert row.split()[-2:] == [str(fake_llm.input_tokens), str(fake_llm.output_tokens)]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("http_401", "OPENAI_API_KEY is wrong"),
        ("http_404_model", "Check the model's name"),
        ("http_400", "does not take JSON-schema replies"),
        ("truncated", "COACH_EXTRA_OUTPUT_TOKENS"),
        ("html", "not in OpenAI's protocol"),
        ("quota", "no credit left"),
    ],
)
def test_what_fails_is_said_with_what_to_change(fake_llm, fault, says):
    fake_llm.fault(fault)
    table, content = check("build_story")
    assert not content
    assert says in table
    assert "SECRET" not in table


def test_a_server_that_nobody_runs_is_named(fake_llm, settings, monkeypatch):
    monkeypatch.setattr("llm_modes.provider.faults.DEFAULT_RETRY_AFTER", 0.02)
    settings.OPENAI_BASE_URL = "http://127.0.0.1:1/v1"
    table, content = check("plan_chat")
    assert not content
    assert "check OPENAI_BASE_URL" in table


def test_a_mode_that_needs_two_tries_is_pointed_out(fake_llm):
    fake_llm.reply(a_mark(score=11))
    fake_llm.reply(a_mark())
    table, content = check("evaluate_answer")
    assert content
    assert "costs twice" in table


def test_a_long_prompt_is_tried_when_asked_for(fake_llm):
    fake_llm.always(a_reply_to)
    table, content = check("evaluate_answer", "--long")
    assert content
    assert "A long prompt is read whole." in table


def test_a_server_that_cuts_long_prompts_is_found_out(fake_llm, monkeypatch):
    fake_llm.always(a_reply_to)
    monkeypatch.setattr("tests.fake_llm.Request.count_input", lambda request: 4096)
    table, content = check("evaluate_answer", "--long")
    assert not content
    assert "OLLAMA_CONTEXT_LENGTH" in table


def test_it_leaves_no_trace_in_the_ledger(fake_llm):
    fake_llm.always(a_reply_to)
    check()
    assert LLMCall.objects.count() == 0


def test_without_a_provider_it_says_so_and_tries_the_offline_coach():
    table, content = check("plan_chat")
    assert content
    assert "the offline coach answers" in table
    assert "offline-coach" in table


def test_rules_that_break_their_own_schema_are_named_by_their_file(monkeypatch):
    monkeypatch.setattr("llm_modes.build_story.offline.answer", lambda _inputs: {"title": ""})
    table, content = check("build_story")
    assert not content
    assert "llm_modes/build_story/offline.py answers what schema.py does not accept." in table
    assert "stronger model" not in table


@pytest.mark.parametrize(
    "code",
    [code for code in FAILURES if code not in ("over_budget", "interrupted", "unreadable", "nothing_left", "not_now")],
)
def test_there_is_advice_for_every_failure(code):
    from llm_modes.failures import LLMFailure

    assert advice(LLMFailure(code, "HTTP 418")) == ADVICE[code]
