"""What is found at an address: who listens there, in which protocol, and which models it lists. Costs no tokens."""

import errno
import socket
import ssl
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
import jiter
import openai
from django.conf import settings

from llm_modes.failures import LLMFailure
from llm_modes.provider import pace, transport

LOOK_SECONDS = 10.0
_NO_WAY = (errno.EHOSTUNREACH, errno.ENETUNREACH)
# Where servers and services have the protocol.
_PATHS = ("/v1", "/api/v1", "/openai/v1", "/v1beta/openai")
MOST_NAMES, LONGEST_NAME = 20, 100


class Problem(StrEnum):
    """Why an address could not be asked at all."""

    NO_NAME = "no such name"
    NOBODY = "nobody listens"
    NO_WAY = "no connection"
    CERTIFICATE = "certificate"
    NO_TLS = "no TLS"
    SILENT = "silent"
    BROKEN = "broken"


class Seen(NamedTuple):
    """What GET /models gave. `status`: 0 where there was no answer; `models`: () where it lists none."""

    problem: Problem | None = None
    status: int = 0
    models: tuple[str, ...] = ()


def look_at(address: str, *, with_key: bool = True) -> Seen:
    """Ask an address for its models. Without the key where it may not be the server that the key is for."""
    key = settings.OPENAI_API_KEY if with_key else ""
    try:
        with pace.keeping(pace.Pace(LOOK_SECONDS)) as running:
            running.begin(streamed=False)
            response = transport.sdk(key, address).get("/models", cast_to=httpx2.Response)
            return Seen(status=response.status_code, models=_names_in(response))
    except openai.APIStatusError as error:
        return Seen(status=error.status_code)
    except (openai.OpenAIError, httpx2.HTTPError, transport.ReplyTooLarge, LLMFailure, ValueError) as error:
        return Seen(problem=_problem_of(error))


def _problem_of(error: BaseException) -> Problem:
    for one in _causes(error):
        if isinstance(one, socket.gaierror):
            return Problem.NO_NAME
        if isinstance(one, ssl.SSLCertVerificationError):
            return Problem.CERTIFICATE
        if isinstance(one, ssl.SSLError):
            return Problem.NO_TLS
        if isinstance(one, ConnectionRefusedError):
            return Problem.NOBODY
        if isinstance(one, httpx2.ConnectTimeout) or getattr(one, "errno", None) in _NO_WAY:
            return Problem.NO_WAY
    timed_out = any(isinstance(one, httpx2.TimeoutException) for one in _causes(error))
    return Problem.SILENT if timed_out else Problem.BROKEN


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _names_in(response: httpx2.Response) -> tuple[str, ...]:
    try:
        said: Any = jiter.from_json(response.content)
    except ValueError:
        return ()
    listed = said.get("data") or said.get("models") if isinstance(said, dict) else said
    entries = listed if isinstance(listed, list) else []
    names = [_name_of(one) if isinstance(one, dict) else one for one in entries]
    return tuple(name[:LONGEST_NAME] for name in names if isinstance(name, str) and name.isprintable())


def _name_of(entry: dict[str, Any]) -> Any:
    return entry.get("id") or entry.get("name") or entry.get("model")


def nearest(names: tuple[str, ...], wanted: str) -> list[str]:
    """At most MOST_NAMES of a server's models, the likest to the wanted one first."""
    likeness = {name: SequenceMatcher(None, wanted.lower(), name.lower()).ratio() for name in names}
    return sorted(likeness, key=lambda name: (-likeness[name], name))[:MOST_NAMES]


def with_other_scheme(address: str) -> str:
    """http:// for https://, and the reverse."""
    parts = urlsplit(address)
    return parts._replace(scheme="http" if parts.scheme == "https" else "https").geturl()


def perhaps_meant(address: str) -> list[str]:
    """Addresses with /v1 at the end that may have been meant by one that does not serve."""
    address = address.rstrip("/")
    if not address:
        return []
    roots = [urlsplit(address)._replace(path=path, query="").geturl() for path in _PATHS]
    longer = [] if address.endswith("/v1") else [f"{address}/v1"]
    return [one for one in dict.fromkeys([*longer, *roots]) if one != address]
