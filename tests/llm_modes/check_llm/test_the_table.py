"""manage.py check_llm on servers that work: what the table has, and what is said of how they speak."""

import pytest
from django.db import connection

from llm_modes.catalogue import MODES
from llm_modes.models import Dialect, LLMCall
from tests.fake_llm import PROBE, a_mark, a_reply_to, completion, http_error
from tests.llm_modes.check_llm.running import check

pytestmark = pytest.mark.django_db


def refusing(*names):
    """A server that refuses these parameters by their names."""

    def refuses(request):
        named = next((name for name in names if name in request.body), None)
        return http_error(400, {"message": f"{named} is not supported"}) if named else None

    return refuses


def test_every_mode_is_tried_streamed_and_whole(server):
    said = check("--long-prompt")
    assert said.content
    asked = [(request.mode, bool(request.body.get("stream"))) for request in server.requests]
    ways = [(mode, streamed) for mode in MODES for streamed in (True, False)]
    assert asked == [(PROBE, True), *ways, (PROBE, True)]
    assert said.text.count(" works ") == len(ways)
    assert "Everything works." in said
    assert server.url in said
    assert said.env == said.pins == []


def test_the_table_fits_into_120_columns_and_costs_what_the_help_text_says(server):
    said = check("--long-prompt")
    assert max(map(len, said.text.splitlines())) <= 120
    long = sum(request.input_tokens for request in server.asked(PROBE))
    assert 12_000 < server.input_tokens - long < 14_000
    assert long < 12_000


def test_a_row_has_the_requests_and_the_tokens_that_the_server_counted(server):
    cells = check("evaluate_answer").row("evaluate_answer")
    [request, _whole] = server.asked("evaluate_answer")
    assert cells[2:4] == ["works", "1"]
    assert cells[-3:] == [str(request.input_tokens), str(request.output_tokens), "0"]


def test_a_row_has_the_wait_for_the_first_token_and_the_speed_after_it(server):
    server.always(a_reply_to, mode="build_story", delay=0.15, pace=0.01)
    said = check("build_story")
    assert 0.1 <= float(said.row("build_story")[4]) <= 0.3
    assert float(said.row("build_story")[6]) > 20
    assert said.row("build_story", "whole")[4] == "–"


def test_a_mode_that_needs_two_tries_is_pointed_out(server):
    server.reply(a_mark(score=11), mode="evaluate_answer")
    said = check("evaluate_answer")
    assert said.content
    assert "evaluate_answer (streamed): the first try failed or was not usable, so the call costs twice." in said


def test_it_leaves_no_trace_in_the_ledger(server):
    check("plan_chat")
    assert LLMCall.objects.count() == 0


def test_a_parameter_that_is_refused_is_named_with_what_is_sent_instead(server):
    server.refuses = refusing("stream_options", "max_tokens")
    said = check("plan_chat")
    assert said.content
    assert "The server refuses max_tokens: max_completion_tokens is sent instead." in said
    assert "The server refuses stream_options: it is left away." in said
    assert said.pins == ["COACH_LLM_LIMIT=max_completion_tokens", "COACH_LLM_STREAM_OPTIONS=no"]


def test_a_server_without_json_schema_is_said_to_get_a_json_object(server):
    def refuses(request):
        form = (request.body.get("response_format") or {}).get("type")
        return (
            http_error(500, {"message": "response_format: Input should be 'json_object'"})
            if form == "json_schema"
            else None
        )

    server.refuses = refuses
    said = check("plan_chat")
    assert said.content
    assert (
        "The server refuses response_format json_schema: a JSON object with the schema beside it is sent instead."
        in said
    )
    assert "form of a reply: a JSON object with the schema beside it" in said
    assert said.pins == ["COACH_LLM_REPLY_FORM=json_object"]


def test_a_server_without_any_json_support_is_said_to_have_the_schema_in_the_prompt_only(server):
    server.refuses = refusing("response_format")
    said = check("plan_chat")
    assert said.content
    assert "no JSON support at all" in said
    assert said.pins == ["COACH_LLM_REPLY_FORM=prompt"]


def test_a_server_that_does_not_stream_is_tried_whole_only(server):
    server.always(a_reply_to, whole=True)
    server.always(a_reply_to, whole=True, mode=PROBE)
    said = check("plan_chat")
    assert said.content
    assert "The server does not stream" in said
    assert len(server.asked("plan_chat")) == 1
    assert said.row("plan_chat", "whole")[2] == "works"


def test_a_server_that_counts_no_tokens_is_pointed_out(server):
    server.always(a_reply_to, counts=False)
    said = check("plan_chat")
    assert said.content
    assert "The server counts no tokens of a streamed reply: the daily budget and these numbers rest" in said


def test_a_try_for_a_whole_reply_does_not_make_the_server_one_that_never_streams(server):
    server.refuses = refusing("max_tokens")
    check("plan_chat")
    assert Dialect.objects.get().streams


def test_what_is_known_of_a_server_is_found_out_anew_on_demand(server):
    server.refuses = refusing("max_tokens")
    check("plan_chat")
    server.refuses = refusing()
    assert check("plan_chat").pins == ["COACH_LLM_LIMIT=max_completion_tokens"]
    assert check("plan_chat", "--forget").pins == []


def test_a_setting_that_the_server_refuses_is_to_be_taken_away(server, settings):
    settings.LLM_DIALECT = {**settings.LLM_DIALECT, "limit": "max_tokens"}
    server.refuses = refusing("max_tokens")
    said = check("plan_chat")
    assert not said.content
    assert "as settings pin it. Take them away: COACH_LLM_LIMIT=max_tokens." in said


def test_another_model_for_one_mode_is_asked_first_too(server, settings):
    settings.COACH_MODELS = {"build_story": "fake-model-2"}
    assert check("build_story", "plan_chat").content
    models = [request.body["model"] for request in server.asked(PROBE)]
    assert sorted(models) == ["fake-model-1", "fake-model-2"]


def test_without_a_provider_it_says_so_and_tries_the_offline_coach():
    said = check("plan_chat")
    assert said.content
    assert "the offline coach answers" in said
    assert said.text.count("plan_chat") == 1


def test_rules_that_break_their_own_schema_are_named_by_their_file(monkeypatch):
    monkeypatch.setattr("llm_modes.build_story.offline.answer", lambda _inputs: {"title": ""})
    said = check("build_story")
    assert not said.content
    assert "llm_modes/build_story/offline.py answers what schema.py does not accept." in said
    assert "stronger model" not in said


def test_neither_the_key_nor_anything_of_prompt_or_reply_is_printed(server, settings):
    settings.OPENAI_API_KEY = "sk-the-secret"
    settings.OPENAI_BASE_URL = settings.OPENAI_BASE_URL.replace("//", "//somebody:their-password@")
    server.play(completion("I would rather speak of SECRETS"), mode="plan_chat")
    server.play(completion("I would rather speak of SECRETS"), mode="plan_chat")
    said = check("plan_chat")
    assert "sk-the-secret" not in said.text
    assert "their-password" not in said.text
    assert "SECRETS" not in said.text


@pytest.mark.django_db(transaction=True)
def test_what_a_server_speaks_is_known_also_before_there_are_tables(server):
    server.refuses = refusing("max_tokens")
    with connection.schema_editor() as editor:
        editor.delete_model(Dialect)
    try:
        said = check("plan_chat")
        assert said.pins == ["COACH_LLM_LIMIT=max_completion_tokens"]
        assert said.row("plan_chat")[3] == "1"
        assert check("plan_chat", "--forget").content
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(Dialect)
