"""A language model answers, on a server that speaks the OpenAI protocol: at most MAX_REQUESTS for one action."""

from functools import cache
from typing import Any

import instructor
import openai
from django.conf import settings
from instructor import from_openai  # noqa: F401 - with it comes what would be loaded at the first call
from instructor.core.exceptions import InstructorRetryException
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel, ValidationError

from llm_modes.failures import LLMFailure
from llm_modes.language import mending
from llm_modes.language.mode import Inputs
from llm_modes.language.tokens import estimate
from llm_modes.language.words import clipping
from llm_modes.models import LLMCall
from llm_modes.provider import completions, counting, dialect, pace, replies, transport
from llm_modes.provider.complaints import is_loading
from llm_modes.provider.corrections import AGAIN, NO_JSON, SHORTER, correction
from llm_modes.provider.exchange import Exchange
from llm_modes.provider.faults import EXPECTED, LONGEST_RETRY_AFTER, CutOff, Retryable, failure_of, was_sent

MAX_REQUESTS = 3
# Seconds between two looks.
LOOK_WHETHER_LOADED = 2.0


def reply_of(exchange: Exchange, inputs: Inputs) -> Any:
    """The reply, validated; re-asked once when invalid; clipped when only word limits are still broken.

    COACH_LLM_TOTAL_SECONDS in all. Raises LLMFailure.
    """
    with mending.counting() as mends:
        return _reply_of(_Requests(exchange, inputs, mends), inputs)


def _reply_of(requests: "_Requests", inputs: Inputs) -> Any:
    exchange, mode = requests.exchange, requests.exchange.mode
    create: Any = instructor.patch(create=requests.create, mode=instructor.Mode.JSON_SCHEMA)
    try:
        with pace.keeping(pace.Pace(settings.LLM_TOTAL_SECONDS, exchange.watch.stopped)):
            reply = create(
                response_model=_as_instructor_wants(mode.reply),
                messages=mode.messages(inputs),
                model=exchange.model,
                max_retries=1,
                strict=False,
                max_tokens=mode.max_output_tokens + settings.COACH_EXTRA_OUTPUT_TOKENS,
            )
    except (InstructorRetryException, ValidationError):
        # `from None`: their texts carry prompt and reply.
        requests.read_anew()
        reply = replies.clipped(mode, requests.last_content)
        if reply is None and requests.failure is None:
            requests.mark_last_invalid()
            reply = requests.first_reply_clipped()
        if reply is None:
            raise requests.failure or LLMFailure("invalid_reply", requests.what_was_wrong) from None
    requests.accepted()
    return reply


@cache
def _as_instructor_wants(reply: type[BaseModel]) -> type[BaseModel]:
    """The class that Instructor makes of a mode's reply, for each call anew where it gets the reply's own class."""
    return instructor.response_schema(reply)


class _NotTaken(LLMFailure):
    """The server refuses a parameter. The request is worded anew, and does not count among MAX_REQUESTS."""

    def __init__(self) -> None:
        super().__init__("dialect")


class _Requests:
    """Sends the requests of one action. `create` has the signature that Instructor expects."""

    def __init__(self, exchange: Exchange, inputs: Inputs, mends: mending.Count) -> None:
        self.exchange = exchange
        self.inputs = inputs
        # Of the last reply: its text is read first, then validated.
        self.mends, self._mended_text = mends, 0
        self.dialect = dialect.dialect_of(exchange.model)
        self._learned = self._schema_tried = self._asks_whole = False
        self.retried = False
        self.failure: Exception | None = None
        self.last_content = self._too_long = ""
        self._answer: LLMCall | None = None  # that brought it

    def create(self, **request: Any) -> ChatCompletion:
        """One reply for Instructor to check. Raises LLMFailure.

        After a failed connection, a 429, a 5xx or a reply that was cut off it asks again, once in an action, if time
        and requests are left.
        """
        self._form = form = request["response_format"]["json_schema"]
        self._schema = form["schema"] = self.exchange.mode.reply.left_by(self.inputs, form["schema"])
        if self.last_content:
            # Instructor asks again only if it could not accept the last reply.
            self._require_time()
            self.mark_last_invalid()
            request["messages"] = [*request["messages"][:-1], {"role": "user", "content": self._correction()}]
            form["schema"] = self._left_by_last_reply()
            self._schema_tried |= dialect.needs_schema_in_prompt(self.dialect, self.last_content, self.exchange.mode)
        try:
            return self._create(request)
        except Exception as failure:
            # Kept here, because Instructor hides whether the LLM failed or our own database.
            self.failure = failure
            raise

    def _require_time(self) -> None:
        """Ask once more for shorter words only if that is likely to end in time; else the last reply is clipped."""
        took = self.exchange.calls[-1].milliseconds / 1000
        if pace.running().left < took and self._can_be_clipped():
            self.failure = LLMFailure("invalid_reply", "no time to ask again")
            raise self.failure

    def _can_be_clipped(self) -> bool:
        with mending.counting():  # beside what is counted of the reply itself
            return replies.clipped(self.exchange.mode, self.last_content) is not None

    def _left_by_last_reply(self) -> dict[str, Any]:
        """The schema, with the numbers and choices that would have been right, where more than words was wrong."""
        if self._can_be_clipped():
            self._too_long, self._mended_too_long = self.last_content, (self._answer, self._mended_text)
            return self._schema
        return self.exchange.mode.reply.left_by_reply(self.inputs, self.last_content, self._schema)

    def _create(self, request: dict[str, Any]) -> ChatCompletion:
        while True:
            try:
                return self._send(request)
            except _NotTaken:
                continue
            except Retryable as error:
                longest_pause = min(LONGEST_RETRY_AFTER, pace.running().left)
                used_up = self.retried or self._counted >= MAX_REQUESTS
                is_cut_off = isinstance(error, CutOff)
                if used_up or error.retry_after > longest_pause or (is_cut_off and self._too_long):
                    raise LLMFailure(error.code, error.detail) from None
                self.retried = True
                self._pause(error.retry_after)
                request = _asking_for_less(request) if is_cut_off else request

    @property
    def _counted(self) -> int:
        return sum(call.outcome != "dialect" for call in self.exchange.calls)

    def _pause(self, seconds: float) -> None:
        try:
            pace.running().sleep(seconds)
        except pace.Stopped as stopped:
            raise failure_of(stopped) from None

    def _send(self, request: dict[str, Any]) -> ChatCompletion:
        """Send one HTTP request and note it for the ledger, also if it fails."""
        limit = request["max_tokens"]
        worded = dialect.worded(self.dialect, request, whole=self._asks_whole)
        sent, received = counting.prompt_tokens(worded), completions.Received()
        with self.exchange.request(prompt=sent, output=limit) as call:
            transport.forget_received()
            self.mends.number = 0
            try:
                self._post(worded, received)
                completion = completions.completion_of(received, mode=self.exchange.mode, model=self.exchange.model)
            except EXPECTED as error:
                refused = self._learns_from(error, received)
                if isinstance(error, openai.APIStatusError):
                    transport.forget_received()  # what came is no reply
                    sent = 0 if refused else sent
                sent = sent if was_sent(error) else 0
                raise _NotTaken if refused else failure_of(error) from None
            finally:
                arrived = min(limit, _tokens_of(received))
                usage = counting.usage_of(received, sent=sent, received=arrived)
                call.input_tokens, call.cached_tokens, call.output_tokens, call.estimated = usage
                call.first_token_milliseconds = pace.running().first_token_milliseconds
        self._take_note(received)
        self._mended_text = self.mends.number
        longest = LLMCall._meta.get_field("model").max_length
        named = completion.model if completion.model.isprintable() else ""  # no database takes a NUL
        self.exchange.answered_by = (named or self.exchange.model)[:longest]
        self.last_content, self._answer = completion.choices[0].message.content or "", call
        return completion

    def _learns_from(self, error: Exception, received: completions.Received) -> bool:
        """Whether the request is to be worded anew. Not where the server has begun to answer it as it was."""
        if isinstance(error, completions.SaidNothing) and self.dialect.streams and not self._asks_whole:
            self._asks_whole = True  # to hear the reason
            return True
        if received.has_begun or not isinstance(error, openai.APIError):
            return False
        if self._form["schema"] is not self._schema and dialect.refuses(error):
            # The same server took the schema before: it is told that one again, and nothing is learned.
            self._form["schema"] = self._schema
            return True
        learned = dialect.learn(self.dialect, error)
        self._learned |= learned
        return learned

    def _post(self, request: dict[str, Any], received: completions.Received) -> None:
        # By `chat.completions` the SDK would load all that a provider can do: 16 MB in each process, and a second.
        sdk = transport.sdk(settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL)
        pace.running().begin(streamed="stream" in request)
        while True:
            try:
                return self._read(sdk, request, received)
            except openai.APIStatusError as error:
                # As long as for the first token of a server that says nothing while it loads its model.
                if not (is_loading(error) and pace.running().may_sleep(LOOK_WHETHER_LOADED)):
                    raise

    def _read(self, sdk: openai.OpenAI, request: dict[str, Any], received: completions.Received) -> None:
        # The SDK reads nothing of a reply that is said to be a stream; completions.py reads either kind.
        how: dict[str, Any] = {"stream": True, "stream_cls": openai.Stream[ChatCompletionChunk]}
        with sdk.post("/chat/completions", cast_to=ChatCompletion, body=request, **how) as stream:
            completions.receive(
                stream.response,
                received,
                on_token=self._token,
                on_content=self.exchange.show if self.exchange.on_progress else None,
            )

    def _token(self) -> None:
        if pace.running().token():
            self.exchange.watch.writing.set()

    def _take_note(self, received: completions.Received) -> None:
        """The server took the request: what it refused before is known now, and whether it streams."""
        if self.dialect.streams and not received.streamed and not self._asks_whole:
            self.dialect.streams, self._learned = False, True
        if self._learned:
            dialect.keep(self.dialect)
            self._learned = False

    def first_reply_clipped(self) -> Any | None:
        """The first reply, where nothing but words was wrong with it: the second one was no better."""
        if self._too_long:
            self._answer, self.mends.number = self._mended_too_long
            return replies.clipped(self.exchange.mode, self._too_long)
        return None

    def accepted(self) -> None:
        """The last reply is valid. If it is so because it was told the schema once more, the next ones are, too."""
        if self._answer:
            self._answer.mended = self.mends.number
        if self._schema_tried:
            dialect.keep(self.dialect)

    def mark_last_invalid(self) -> None:
        """Note for the ledger that the last reply was paid for but cannot be used."""
        self.exchange.calls[-1].outcome = "invalid_reply"

    def read_anew(self) -> None:
        """Forget what was mended when the last reply was validated: it is validated a second time."""
        self.mends.number = self._mended_text

    def _correction(self) -> str:
        """What the model is told of its last reply, instead of Instructor's text, which quotes it."""
        with mending.counting():  # beside what is counted of the reply itself
            try:
                self.exchange.mode.reply.model_validate_json(self.last_content)
            except ValidationError as error:
                return correction(error, self.exchange.mode.reply)
        return AGAIN

    @property
    def what_was_wrong(self) -> str:
        """Why the last reply could not be used, without anything of it: a field and its bound.

        Not its long texts, which would have been cut.
        """
        with clipping():
            said = self._correction()
        return "no JSON" if said == NO_JSON else said.removeprefix(AGAIN).strip().partition("\n")[0].removeprefix("- ")


def _asking_for_less(request: dict[str, Any]) -> dict[str, Any]:
    *before, last = request["messages"]
    return {**request, "messages": [*before, {**last, "content": f"{last['content']}\n\n{SHORTER}"}]}


def _tokens_of(received: completions.Received) -> int:
    """About how many tokens have come, of thoughts too; of a reply that cannot be read only its size is known."""
    if not received.is_message:
        return counting.byte_tokens(transport.bytes_received())
    return estimate(received.text) + estimate(received.refusal) + counting.byte_tokens(received.thoughts)
