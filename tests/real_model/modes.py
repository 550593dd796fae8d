"""Runs the modes against a server, by the program's own path: SDK, Instructor, dialects, mending, checks."""

import copy
import dataclasses
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from django.conf import settings
from django.test import override_settings
from pydantic import model_validator

from llm_modes.catalogue import MODES
from llm_modes.failures import LLMFailure
from llm_modes.language.mode import Inputs, Mode
from llm_modes.models import Dialect
from llm_modes.provider.client import converse
from llm_modes.provider.dialect import dialect_of
from llm_modes.provider.exchange import Exchange
from tests.real_model.servers import MODEL, Server
from tests.real_model.table import Call


def runs(server: Server, names: list[str], times: int) -> Iterator[Call]:
    """Every mode so many times streamed and so many times whole: each call as soon as it has ended.

    What the server speaks is found out anew, by the first call.
    """
    with override_settings(OPENAI_BASE_URL=server.url, OPENAI_API_KEY="", OFFLINE_COACH=False, COACH_MODEL=MODEL):
        Dialect.objects.filter(model=MODEL).delete()
        for name in names or MODES:
            for streamed in (True, False):
                whole = {} if streamed else {"LLM_DIALECT": {**settings.LLM_DIALECT, "streams": "no"}}
                with override_settings(**whole):
                    for _time in range(times):
                        yield call(MODES[name], streamed=streamed)


def call(mode: Mode, *, streamed: bool) -> Call:
    """Ask once, with the smallest sensible inputs."""
    parsed: list[dict[str, Any]] = []
    exchange = Exchange(
        mode=_remembering(mode, parsed), model=MODEL, on_progress=(lambda _part: None) if streamed else None
    )
    failure = ""
    try:
        converse(exchange, mode.example.inputs)
    except LLMFailure as failed:
        failure = f"{failed.code} {failed.detail}".strip()
    found, last = dialect_of(MODEL), exchange.calls[-1]
    first = last.first_token_milliseconds
    writing = (last.milliseconds - (first or 0)) / 1000
    return Call(
        mode=mode.name,
        streamed=streamed,
        dialect=f"{found.reply_form}{'+prompt' if found.schema_in_prompt else ''}",
        requests=len(exchange.calls),
        first_token=None if first is None else first / 1000,
        speed=last.output_tokens / writing if writing > 0 and last.output_tokens else None,
        form=bool(parsed) and fits(mode, mode.example.inputs, parsed[-1]),
        valid=not failure,
        mended=sum(request.mended for request in exchange.calls),
        failure=failure,
    )


def fits(mode: Mode, inputs: Inputs, reply: dict[str, Any]) -> bool:
    """Whether a reply to these inputs keeps to the schema as it is sent."""
    sent = mode.reply.left_by(inputs, mode.reply.model_json_schema())
    return jsonschema_rs.validator_for(sent).is_valid(reply)


def _remembering(mode: Mode, parsed: list[dict[str, Any]]) -> Mode:
    """The same mode, which remembers its replies as they were parsed, before anything is mended or checked."""

    def remember(_class: type, reply: Any) -> Any:
        if isinstance(reply, dict) and reply not in parsed[-1:]:
            parsed.append(copy.deepcopy(reply))
        return reply

    remember.__name__ = "remember"
    before = {"remember": model_validator(mode="before")(classmethod(remember)), "__module__": __name__}
    # The reply's name is told to the server.
    return dataclasses.replace(mode, reply=type(mode.reply.__name__, (mode.reply,), before))
