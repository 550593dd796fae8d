"""What servers refuse in their own words: the part that is meant is learned, and nothing where something else is meant.

The texts are those of real servers and of those who pass requests on.
"""

import json

import pytest

from llm_modes.failures import LLMFailure
from llm_modes.models import Dialect, LLMCall
from tests.fake_llm import a_reply_to, body
from tests.llm_modes.provider.test_dialect import ask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short_pause")]

USUAL = {
    "reply_form": "json_schema",
    "limit": "max_tokens",
    "streams": True,
    "stream_options": True,
    "system_role": True,
}


def said(status, what):
    data = what if isinstance(what, str) else json.dumps(what)
    return body(data.encode(), "text/plain" if isinstance(what, str) else "application/json", status)


def message(text, **fields):
    return {"error": {"message": text, **fields}}


def wants_schema(request):
    return (request.body.get("response_format") or {}).get("type") == "json_schema"


def has(name):
    return lambda request: name in request.body


def has_system(request):
    return bool(request.system)


OTHER_NAME = message("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", param="max_tokens")
EXTRA = {"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}

LEARNED = {
    "OpenRouter quotes the other side": (
        has("max_tokens"),
        said(400, message("Provider returned error", code=400, metadata={"raw": json.dumps(OTHER_NAME)})),
        {"limit": "max_completion_tokens"},
    ),
    "Mistral has the list within its message": (
        has("stream_options"),
        said(422, {"object": "error", "message": {"detail": [EXTRA | {"input": {"response_format": "stream"}}]}}),
        {"stream_options": False},
    ),
    "Fastify has an error that says nothing": (
        wants_schema,
        said(400, {"error": "Bad Request", "message": "body/response_format/type must be equal to one of the values"}),
        {"reply_form": "json_object"},
    ),
    "true for an error": (
        wants_schema,
        said(400, {"error": True, "message": "response_format json_schema is not supported"}),
        {"reply_form": "json_object"},
    ),
    "a list of errors": (
        wants_schema,
        said(400, {"success": False, "errors": [{"code": 5006, "message": "response_format: not supported"}]}),
        {"reply_form": "json_object"},
    ),
    "a place that is a word": (
        wants_schema,
        said(422, {"detail": [{"loc": "body.response_format", "msg": "bad value"}, {"loc": 5, "msg": None}]}),
        {"reply_form": "json_object"},
    ),
    "a list of what would be known": (
        has("max_tokens"),
        said(422, "unknown field `max_tokens`, expected one of `model`, `stream`, `stream_options`, `response_format`"),
        {"limit": "max_completion_tokens"},
    ),
    "a list of what is supported": (
        has("stream_options"),
        said(400, "Unknown argument stream_options. Supported parameters: model, max_tokens, response_format, stream"),
        {"stream_options": False},
    ),
    "what was sent, quoted": (
        has("stream_options"),
        said(400, message(str([EXTRA | {"input": {"max_tokens": 1, "response_format": 2}}]), type="Bad Request")),
        {"stream_options": False},
    ),
    "LiteLLM for Ollama": (
        wants_schema,
        said(400, message("litellm.UnsupportedParamsError: ollama does not support parameters: ['response_format']")),
        {"reply_form": "json_object"},
    ),
    "TGI without grammars": (
        wants_schema,
        said(422, {"error": "Input validation error: grammar is not supported", "error_type": "validation"}),
        {"reply_form": "json_object"},
    ),
    "Gemma behind Gemini": (
        has_system,
        said(400, [message("Developer instruction is not enabled for models/gemma-3-27b-it", code=400)]),
        {"system_role": False},
    ),
    "a template in a server that fails": (
        has_system,
        said(500, message("Only user and assistant roles are supported!")),
        {"system_role": False},
    ),
}


@pytest.mark.parametrize("server", LEARNED)
def test_the_part_that_is_meant_is_learned_and_no_other(fake_llm, server):
    is_refused, play, learned = LEARNED[server]
    fake_llm.refuses = lambda request: play if is_refused(request) else None
    fake_llm.always(a_reply_to)
    assert ask().reply
    found = Dialect.objects.values(*USUAL).get()
    assert found == USUAL | learned
    assert len(fake_llm.requests) == 2


def test_one_thing_after_the_other_is_learned_in_one_action(fake_llm):
    refusals = [
        (wants_schema, said(400, message("'response_format.type' must be 'json_object' or 'text'"))),
        (has("stream_options"), said(422, {"detail": [EXTRA]})),
        (has("max_tokens"), said(400, OTHER_NAME)),
        (has_system, said(500, message("This template does not support the system role"))),
    ]
    fake_llm.refuses = lambda request: next((play for is_refused, play in refusals if is_refused(request)), None)
    fake_llm.always(a_reply_to)
    ask(), ask()
    assert len(fake_llm.requests) == 6
    assert Dialect.objects.values(*USUAL).get() == {
        "reply_form": "json_object",
        "limit": "max_completion_tokens",
        "streams": True,
        "stream_options": False,
        "system_role": False,
    }


NO_ROOM, TOO_LARGE = ("misconfigured", "context window too small"), ("misconfigured", "limit of the reply too large")
NO_KEY = ("misconfigured", "the key is refused")
NOT_MEANT = {
    "TGI, too long": (
        said(422, {"error": "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens"}),
        NO_ROOM,
    ),
    "Anthropic, too long": (
        said(400, message("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000")),
        NO_ROOM,
    ),
    "vLLM, too long": (said(400, message("max_tokens must be at least 1, got -1200.")), NO_ROOM),
    "Gemini, too long": (
        said(400, [message("The input token count (1200000) exceeds the maximum number of tokens allowed.")]),
        NO_ROOM,
    ),
    "Moonshot, too long": (said(400, message("Your request exceeded model token limit: 8192")), NO_ROOM),
    "Together, too long": (said(422, message("`inputs` must have less than 4096 tokens. Given: 5000")), NO_ROOM),
    "a text too long": (
        said(400, message("string too long. Expected maximum length 9", code="string_above_max_length")),
        NO_ROOM,
    ),
    "OpenAI, thoughts used it up": (
        said(400, message("Could not finish the message because max_tokens or model output limit was reached.")),
        ("invalid_reply", "cut off while it was thinking"),
    ),
    "DashScope's range": (said(400, message("Range of max_tokens should be [1, 1024]")), TOO_LARGE),
    "a filter": (
        said(400, message("The system prompt was flagged: not allowed", code="content_policy_violation")),
        ("refused", "HTTP 400"),
    ),
    "Azure's filter": (
        said(400, message("The stream: unsupported system message", code="content_filter", param="prompt")),
        ("refused", "HTTP 400"),
    ),
    "Anthropic, no credit": (
        said(400, message("Your credit balance is too low to access the Anthropic API.")),
        ("quota", "HTTP 400"),
    ),
    "xAI's key": (said(400, {"code": "x", "error": "Incorrect API key provided: sk-x."}), NO_KEY),
    "Gemini's key": (said(400, [message("API key not valid.")]), NO_KEY),
    "a model by a name that is a parameter's": (
        said(400, message("The model `json_schema-7b` is not supported", code="model_not_supported")),
        ("misconfigured", "no such model"),
    ),
    "LM Studio without a model": (said(404, message("No models loaded.")), ("misconfigured", "no such model")),
    "llama.cpp quotes the reply": (
        said(500, message('Failed to parse input at pos 33: {"quotes": ["streaming, with a JSON schema')),
        ("invalid_reply", "the server holds it to be none"),
    ),
    "a body that ended": (said(400, message("unexpected end of stream")), ("misconfigured", "HTTP 400")),
    "another stream": (said(500, message("upstream stream was not available")), ("unreachable", "HTTP 500")),
    "Groq's tokens a minute": (
        said(413, message("Request too large for model on tokens per minute", code="rate_limit_exceeded")),
        ("rate_limited", "HTTP 413"),
    ),
    "llama.cpp loads": (
        said(503, message("Loading model", type="unavailable_error")),
        ("unreachable", "still loading the model"),
    ),
    "a code that is no word": (said(400, message("x", code=["a"], type={})), ("misconfigured", "HTTP 400")),
    "nothing but brackets": (said(400, "[" * 100_000), ("misconfigured", "HTTP 400")),
}  # fmt: skip


@pytest.mark.parametrize("server", NOT_MEANT)
def test_what_means_something_else_teaches_nothing_and_has_its_own_failure(fake_llm, log_lines, settings, server):
    settings.LLM_FIRST_TOKEN_SECONDS = 3  # so long is asked again whether the model is loaded
    play, (code, detail) = NOT_MEANT[server]
    fake_llm.refuses = lambda _request: play
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert (failed.value.code, failed.value.detail) == (code, detail)
    assert "dialect" not in {call.outcome for call in LLMCall.objects.all()}
    assert not Dialect.objects.exists()
