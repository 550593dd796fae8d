"""Turns what the SDK, the connection or the reply's bytes raise into one of our failures. Keeps nothing of its text."""

import httpx2
import openai

from llm_modes.failures import LLMFailure
from llm_modes.provider import complaints, pace, transport

# Seconds before the second try: the longest that a server may ask for, and what we wait if it does not say.
LONGEST_RETRY_AFTER = 5.0
DEFAULT_RETRY_AFTER = 1.0

# What a request can raise besides LLMFailure. ValueError: the bytes are not the JSON that they should be.
EXPECTED = (openai.OpenAIError, httpx2.HTTPError, transport.ReplyTooLarge, pace.Stopped, ValueError, RecursionError)

_UNSENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
)
# By what an error says, the first that fits.
_MISCONFIGURED = {
    "context window too small": complaints.TOO_LONG,
    "the key is refused": complaints.BAD_KEY,
    "not served from here": complaints.NOT_HERE,
    "excluded by the account": complaints.EXCLUDED,
    "no such model": complaints.NO_SUCH_MODEL,
    "limit of the reply too large": complaints.LIMIT_TOO_LARGE,
    "no such place": complaints.NO_SUCH_PLACE,
}
_QUOTA_CODES = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}


class Retryable(LLMFailure):
    """A failure after which one more request may help, `retry_after` seconds later."""

    def __init__(self, code: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = DEFAULT_RETRY_AFTER if retry_after is None else retry_after


class CutOff(Retryable):
    """A reply had begun when it reached its limit. Models do so by chance: the next reply nearly always ends."""

    def __init__(self) -> None:
        super().__init__("invalid_reply", "cut off", retry_after=0.0)


def failure_of(error: Exception) -> LLMFailure:
    """Our failure for an error of EXPECTED; a Retryable if one more request may help."""
    # The SDK wraps errors of the connection, but not while it reads a stream.
    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) and error.__cause__ else error
    if isinstance(error, openai.APIStatusError):
        return _failure_of_status(error)
    if isinstance(cause, pace.Stopped):
        return LLMFailure("stopped")
    if isinstance(cause, (httpx2.ConnectTimeout, httpx2.PoolTimeout)) and pace.running().left > 0:
        # The request did not arrive, so a second one cannot be billed twice.
        return Retryable("unreachable")
    if isinstance(cause, httpx2.TimeoutException):
        # No second try: it would double the wait, and the provider may bill both.
        return LLMFailure("timeout", pace.running().why_over)
    if isinstance(cause, httpx2.UnsupportedProtocol) or isinstance(error, httpx2.InvalidURL):
        return LLMFailure("misconfigured")
    if isinstance(cause, httpx2.ProxyError):
        return LLMFailure("misconfigured", "the proxy refuses")
    if isinstance(cause, httpx2.HTTPError):
        return Retryable("unreachable")
    if isinstance(cause, transport.ReplyTooLarge):
        return LLMFailure("invalid_reply", "far too long")
    if isinstance(cause, (openai.APIResponseValidationError, ValueError, RecursionError)):
        return LLMFailure("invalid_reply", "not the protocol")
    # A plain APIError is an error event inside a stream. All other errors of the SDK are about our settings.
    return _failure_of_event(error) if isinstance(error, openai.APIError) else LLMFailure("misconfigured")


def was_sent(error: Exception) -> bool:
    """Whether a model may have read it: not if nobody listens, if none is loaded, or if our settings are wrong."""
    if complaints.is_loading(error):
        return False
    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) and error.__cause__ else error
    if isinstance(cause, _UNSENT):
        return False
    # Errors of the SDK that are no APIError are about our settings.
    return isinstance(error, openai.APIError) or not isinstance(error, openai.OpenAIError)


def _failure_of_status(error: openai.APIStatusError) -> LLMFailure:
    detail, said = f"HTTP {error.status_code}", complaints.complaint(error)
    if error.status_code == 402 or _is_about_money(error, said):
        return LLMFailure("quota", detail)
    if error.status_code == 429:
        return Retryable("rate_limited", detail, _retry_after(error))
    if complaints.BAD_REPLY.search(said):
        return Retryable("invalid_reply", "the server holds it to be none")
    if complaints.is_loading(error):
        return LLMFailure("unreachable", "still loading the model")  # it has been waited for
    if error.status_code >= 500 or error.status_code in (408, 409):
        return Retryable("unreachable", detail)
    if "rate_limit_exceeded" in complaints.names_of(error):
        return LLMFailure("rate_limited", detail)
    if error.status_code == 403 and said.lstrip().startswith("<"):
        return LLMFailure("misconfigured", "forbidden on the way")
    return _failure_of_words(error, said, detail) or LLMFailure("misconfigured", detail)


def _is_about_money(error: openai.APIError, said: str) -> bool:
    return bool(_QUOTA_CODES & complaints.names_of(error) or complaints.NO_CREDIT.search(said))


def _failure_of_words(error: openai.APIError, said: str, detail: str = "") -> LLMFailure | None:
    """What a refusal is about, where no other wording of the request would help."""
    if complaints.FILTERED.search(said):
        return LLMFailure("refused", detail)
    if complaints.USED_UP.search(said):
        return LLMFailure("invalid_reply", "cut off while it was thinking")
    wrong = next((what for what, words in _MISCONFIGURED.items() if words.search(said)), "")
    return LLMFailure("misconfigured", wrong) if wrong else None


def _failure_of_event(error: openai.APIError) -> LLMFailure:
    said = complaints.complaint(error)
    if _is_about_money(error, said):
        return LLMFailure("quota")
    if complaints.BAD_REPLY.search(said):
        return Retryable("invalid_reply", "the server holds it to be none")
    if wrong := _failure_of_words(error, said):
        return wrong
    # Who passes requests on (OpenRouter) may tell what the other side answered only when the stream has begun.
    by_status = {"401": "misconfigured", "402": "quota", "403": "misconfigured", "404": "misconfigured"}
    if code := by_status.get(str(error.code)):
        return LLMFailure(code, f"HTTP {error.code}")
    return Retryable("rate_limited" if str(error.code) == "429" else "unreachable", "an error in the reply")


def _retry_after(error: openai.APIStatusError) -> float:
    """Seconds that the server asks us to wait. A date or nonsense counts as too long."""
    given = error.response.headers.get("retry-after")
    if given is None:
        return DEFAULT_RETRY_AFTER
    try:
        return max(0.0, float(given))
    except ValueError:
        return LONGEST_RETRY_AFTER + 1
