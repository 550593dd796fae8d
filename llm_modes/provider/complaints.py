"""What a server's error complains about. Its text is read, and nothing of it kept: it may quote what a candidate wrote.

Servers word the same thing in many ways; the expressions here are made of what they have been seen to write.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import openai

# As much of an error's text is read. Longer ones quote the request, and with it every name.
_READ, _DEEPEST, _MOST_ERRORS = 2000, 6, 20
# Where errors say something: FastAPI has places and messages, OpenAI a parameter and a message, and who passes requests
# on (OpenRouter) what the other side said, as it is.
_TELLING = ("param", "code", "loc", "message", "msg", "detail", "error", "errors", "metadata", "raw")
# Lists of what would be allowed, and what was sent: their names are not those of what is refused.
_NOT_MEANT = re.compile(
    r"(?<=unknown field)(?P<field> .{1,80}?), expected .*|"
    r"\b(supported|allowed|valid|available|known) (parameters|params|fields|arguments|keys)( are)?:.*|"
    r"['\"]input['\"]: .*?(?=, ['\"](ctx|url)['\"]|\}, \{|$)",
    re.DOTALL,
)

# --- what no other wording would mend --------------------------------------------------------------------------------

# The prompt does not fit, however it is worded.
TOO_LONG = re.compile(
    r"context (length|window|size|limit)|context_length|(prompt|input|string|messages?) (is |are )?too (long|large)|"
    r"too many (input )?tokens|inputs?`? (tokens \+|must have (less|fewer))|input token count|model token limit|"
    r"max_tokens must be at least \d+, got -"
)
# The server read the reply, and refuses that: Groq checks it against the schema, llama.cpp takes it apart.
BAD_REPLY = re.compile(
    r"json_validate_failed|generated json|failed to (generate|validate) json|failed to parse input at pos"
)
# The limit of the reply was used up by thoughts: OpenAI then sends an error, and no reply.
USED_UP = re.compile(r"could not finish the message because max_tokens")
FILTERED = re.compile(r"content_?(filter|policy)|content (filter|management|policy)|moderation|flagged|safety")
NO_CREDIT = re.compile(
    r"credit balance|insufficient.{0,3}(balance|credits?|funds|quota)|(more|enough|no|out of) credits|"
    r"exceeded_current_quota|billing_(hard_limit|not_active)|payment required"
)
BAD_KEY = re.compile(
    r"api.?key.{0,40}(not valid|invalid|incorrect|missing|expired|not provided)|"
    r"(invalid|incorrect|missing|wrong|no).{0,12} api.?key|(missing|invalid) authorization"
)
NO_SUCH_MODEL = re.compile(
    r"\bmodel\b.{0,120}(not (be )?found|(does not|doesn't) exist|not exist|unknown|not a valid|no such|not loaded)|"
    r"(unknown|invalid|no such|not a valid) model\b|not a valid model|model_not_(found|supported)|no models? loaded|"
    r"no endpoints found for|model identifier is invalid"
)
# The same, where a name of the request may be what is not known.
_SURELY_NO_SUCH_MODEL = re.compile(
    r"model_not_(found|supported)|model ['\"`]?[\w./:-]{1,80}['\"`]? (is not supported|does not exist|not found)"
)
# Who asks is not served, whatever the key.
NOT_HERE = re.compile(r"country, region|unsupported_country|location is not supported")
# OpenRouter: nobody is left whom the account's settings allow.
EXCLUDED = re.compile(r"data policy|no allowed providers")
NO_SUCH_PLACE = re.compile(r"unexpected endpoint|invalid url|unknown (request )?url|no route")
LOADING = re.compile(r"\bloading\b|warming up|starting up|not (yet )?(loaded|ready)")
LIMIT_TOO_LARGE = re.compile(
    r"range of max_tokens|max_(completion_)?tokens.{0,60}(too large|at most|maximum|exceed|less than|range|<|>)"
)
_NOT_ABOUT_WORDING = (TOO_LONG, BAD_REPLY, USED_UP, FILTERED, NO_CREDIT, BAD_KEY, _SURELY_NO_SUCH_MODEL)

# --- what is refused of a request ------------------------------------------------------------------------------------

# A server that fails may name anything; one that refuses says so.
_REFUSAL = re.compile(
    r"(not|isn't|un|non-?)\s?-?(support|permit|allow|implement|expect|recogni|known|avail|enabl)|invalid|literal_error|"
    r"(must|should) be|failed to (parse|build|compile)|\bonly\b|roles must"
)
_KEYWORDS = re.compile(
    r"(max|min)_?(length|items)|['\"](minimum|maximum)['\"]|additional_?properties|schema contains features|"
    r"unsupported keyword"
)
_FORM = re.compile(r"response.?format|json.?(schema|object|mode)|structured.?outputs?")
_OPTIONS = re.compile(r"stream_options|include_usage")
_LIMIT = re.compile(r"max_(completion_|new_|output_)?tokens")
# Then the limit's value is wrong, not its name.
_TOO_MUCH = re.compile(
    r"too (large|long|high|many|big)|exceed|maximum|at (most|least)|context|(less|greater) than|[<>]|range|higher|quota"
)
_NO_STREAM = re.compile(
    r"(not|n't) support(ed)?[^.]{0,20} stream(ing)?\b|streaming[^._]{0,30} (not|n't) (be )?(support|allow|avail|enabl)|"
    r"\bstream\b[^._]{0,20} (not|n't) (be )?(support|allow)"
)
# These stand for something else too, so the error has to say that it refuses.
_SCHEMA = re.compile(r"grammar|\bschema\b")
_STREAM = re.compile(r"['\"`.]stream\b|\bstream['\"`]|[,\[] ?stream\b|\bstream ?(=|:|must|should|parameter)|^stream\b")
_SYSTEM = re.compile(
    r"system.{0,3} (role|message|prompt|instruction)|role.{0,40}['\"]system['\"]|['\"]system['\"].{0,40}(role|support)|"
    r"developer instruction|roles must alternate|\.role\b|only user and assistant"
)


def complaint(error: openai.APIError) -> str:
    """What the error says, in small letters, without what it quotes of the request."""
    told = " ".join(_told(_body_of(error), _DEEPEST)).lower()
    return _NOT_MEANT.sub(lambda found: found["field"] or "", told)[:_READ]


def _body_of(error: openai.APIError) -> Any:
    """All that came: of an error that has an `error` the SDK keeps that alone, be it only "Bad Request"."""
    if isinstance(error, openai.APIStatusError):
        with suppress(ValueError, RecursionError):
            return error.response.json()
    return error.body


def _told(body: Any, depth: int) -> Iterator[str]:
    if isinstance(body, str) and body.startswith(("{", "[{")):
        with suppress(ValueError, RecursionError):
            body = json.loads(body)
    if isinstance(body, str | int):
        yield str(body)[:_READ]
    elif depth and isinstance(body, list):
        for one in body[:_MOST_ERRORS]:
            yield from _told(one, depth - 1)
    elif depth and isinstance(body, Mapping):
        for name in _TELLING:
            said = body.get(name)
            if name == "loc" and isinstance(said, list):
                yield ".".join(str(step)[:80] for step in said[:_MOST_ERRORS])
            else:
                yield from _told(said, depth - 1)


def status_of(error: openai.APIError) -> int:
    """The status of an error; of one within a stream its code. Most of those without a code are failures."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code
    code = str(error.code)
    return int(code) if code.isdecimal() and len(code) == 3 else 500


def names_of(error: openai.APIError) -> set[str]:
    """The error's code and type, as far as they are words."""
    return {name for name in (error.code, error.type) if isinstance(name, str)}


def is_loading(error: Exception) -> bool:
    """Whether the server says that its model is not there yet."""
    if not isinstance(error, openai.APIStatusError) or error.status_code != 503:
        return False
    return bool(LOADING.search(complaint(error)))


def is_about_wording(named: str, status: int) -> bool:
    """Whether a request that is worded otherwise may be taken."""
    return (status < 500 or bool(_REFUSAL.search(named))) and not any(one.search(named) for one in _NOT_ABOUT_WORDING)


def refused_parts(named: str, status: int) -> Iterator[str]:
    """The parts of a request that a complaint may be about, the plainest names first."""
    if not is_about_wording(named, status):
        return
    refuses = bool(_REFUSAL.search(named))
    if _OPTIONS.search(named):
        yield "stream_options"
    if _LIMIT.search(named) and not _TOO_MUCH.search(named):
        yield "limit"
    if _NO_STREAM.search(named):
        yield "streams"
    if _KEYWORDS.search(named):
        yield "unbounded"
    if _FORM.search(named) or (refuses and _SCHEMA.search(named)):
        yield "reply_form"
    if refuses and _SYSTEM.search(named):
        yield "system_role"
    if refuses and _STREAM.search(named):
        yield "streams"
