"""What to change after a failure: one sentence for each, by its detail or else by its code."""

from django.conf import settings

from llm_modes.checking import spoken
from llm_modes.checking.findings import joined, next_hop
from llm_modes.failures import LLMFailure

# The first key that fits: "code: detail", the detail alone, the code alone. {hop}: whom we connect to.
SENTENCES = {
    "HTTP 403": (
        "The key is known, but has no right to this model (HTTP 403): give it the right at the provider, or choose "
        "another model (COACH_MODEL)."
    ),
    "forbidden on the way": (
        "Something on the way forbids it (HTTP 403) and sends a web page: a firewall, a proxy, or what protects the "
        "service. Its rules have to let this machine through."
    ),
    "not served from here": "The provider does not serve the country or network that this machine is in.",
    "excluded by the account": (
        "The account's settings at the provider leave nobody who serves this model: change them there (privacy, "
        "allowed providers), or choose another model (COACH_MODEL)."
    ),
    "HTTP 405": "Nothing there takes what we send (HTTP 405): check OPENAI_BASE_URL, which mostly ends with /v1.",
    "HTTP 413": "The request is too large for the server, or for something on the way (HTTP 413): raise its limit.",
    "no such place": "The server has nothing at this address: check OPENAI_BASE_URL, which mostly ends with /v1.",
    "HTTP 404": "Nothing is there (HTTP 404): check OPENAI_BASE_URL, which mostly ends with /v1, and COACH_MODEL.",
    "no such model": "The server has no such model: check COACH_MODEL.",
    "limit of the reply too large": (
        "The model cannot write replies as long as we allow (COACH_EXTRA_OUTPUT_TOKENS is {extra}): make that smaller, "
        "or choose another model."
    ),
    "still loading the model": "The server is still loading the model: wait for it, and check again.",
    "the proxy refuses": "It is not the server but {hop} that refuses: check its address, its password and its rules.",
    "only HTTP proxies can be used": (
        "The proxy for this address is no HTTP proxy: name one in COACH_LLM_PROXY, or take the server out by NO_PROXY."
    ),
    "an error in the reply": "The server sends an error instead of a reply: its own log says why.",
    "broke off": "The reply broke off: the server, or something on the way, ends connections. Its own log says why.",
    "cut off": "The reply was cut off at its limit, before it was finished.",
    "cut off while it was thinking": "The model was still thinking when the reply reached its limit.",
    "only thoughts": (
        "The whole reply came in the reasoning channel, and nothing as the reply: switch off the server's parsing of "
        "thoughts (llama.cpp: --reasoning-format none; vLLM: no --reasoning-parser), or thinking, or change the model."
    ),
    "nothing but thoughts": (
        "The reply had thoughts in it, and nothing behind them: switch thinking off at the server, or change the model."
    ),
    "far too long": (
        "The reply was far longer than any of ours: the server limits none, and the model comes to no end. Set a limit "
        "at the server, or change the model."
    ),
    "empty": "The reply was empty: the model does not answer in the form it is asked for. Try another model.",
    "no JSON": "The reply was no JSON, and nothing holds this model to it: try a stronger one, or another server.",
    "the server holds it to be none": (
        "The server itself finds that the model does not keep to the schema: choose a stronger model."
    ),
    "misconfigured": "The server refuses the request{detail}: check OPENAI_BASE_URL, OPENAI_API_KEY and COACH_MODEL.",
    "unreachable": "The server fails{detail}: its own log says why. Is it still starting, or out of memory?",
    "timeout": "Too slow{detail}.",
    "rate_limited": "The provider allows fewer calls than this{detail}: wait, or ask it for a higher limit.",
    "quota": "The account at the provider has no credit left{detail}.",
    "refused": "The provider's filter stopped a harmless prompt{detail}: choose another model (COACH_MODEL).",
    "invalid_reply: not the protocol": "Something answers there, but not in OpenAI's protocol: check OPENAI_BASE_URL.",
    "invalid_reply": (
        "The replies do not keep to the schema{detail}: choose a stronger model, or a server that holds it to one."
    ),
    "stopped": "Somebody stopped the call.",
}


REDIRECTS = tuple(f"HTTP {status}" for status in (301, 302, 303, 307, 308))


def advice(failure: LLMFailure) -> str:
    """What went wrong, and what to change."""
    if failure.detail in ("HTTP 401", "the key is refused"):
        return _about_key(failure.detail)
    if failure.code == "misconfigured" and failure.detail in ("HTTP 400", "HTTP 422"):
        return _about_refusal(failure.detail)
    if failure.detail == "HTTP 403" and not settings.OPENAI_API_KEY:
        return "The server forbids it (HTTP 403), and OPENAI_API_KEY is empty."
    if failure.detail in REDIRECTS:
        return f"The server sends us on to another address ({failure.detail}): set OPENAI_BASE_URL to that one."
    if failure.detail == "context window too small":
        return about_window()
    keys = (f"{failure.code}: {failure.detail}", failure.detail, failure.code)
    sentence = next(SENTENCES[key] for key in keys if key in SENTENCES)
    detail = f" ({failure.detail})" if failure.detail else ""
    hop = next_hop() if "{hop}" in sentence else ""
    return sentence.format(detail=detail, hop=hop, extra=settings.COACH_EXTRA_OUTPUT_TOKENS)


def _about_key(detail: str) -> str:
    status = f" ({detail})" if detail.startswith("HTTP") else ""
    if not settings.OPENAI_API_KEY:
        return f"The server wants a key{status}, and OPENAI_API_KEY is empty."
    return f"The server refuses OPENAI_API_KEY{status}: it is wrong, expired, or belongs to another provider."


def _about_refusal(status: str) -> str:
    if pins := spoken.pinned_settings():
        return f"The server refuses the request ({status}) as settings pin it. Take them away: {joined(pins)}."
    return (
        f"The server refuses the request ({status}), and names nothing that we could leave away: its own log says why."
    )


# docs/models.md says how it was measured.
WINDOW = 16384


def about_window() -> str:
    """How to make room, on the usual servers."""
    window = WINDOW + settings.COACH_EXTRA_OUTPUT_TOKENS
    return (
        f"The server's context window is too small: give it {window} tokens. Ollama: OLLAMA_CONTEXT_LENGTH={window} "
        f"where it is started; llama.cpp: -c {window} for each slot of -np; llama-cpp-python: --n_ctx {window}; "
        f"LM Studio: the context length with which the model is loaded; vLLM: --max-model-len {window}."
    )
