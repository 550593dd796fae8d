"""Why a server cannot be asked at all, in one sentence that says what to change."""

from urllib.parse import urlsplit

from django.conf import settings

from llm_modes.checking.advice import REDIRECTS, advice
from llm_modes.checking.findings import Finding, next_hop, shown
from llm_modes.checking.probe import mode as probe
from llm_modes.checking.reaching import Problem, Seen, look_at, nearest, perhaps_meant, with_other_scheme
from llm_modes.checking.trial import try_out, under
from llm_modes.failures import LLMFailure

# With these an address answers at which no completions are made.
_WRONG_PLACE = ("HTTP 404", "HTTP 405", "no such place", "not the protocol", "an error in the reply", *REDIRECTS)
# The right place, although something else is wrong, too.
_RIGHT_PLACE = ("HTTP 401", "HTTP 403", "the key is refused", "no such model", "still loading the model")


def is_reached(failure: LLMFailure | None) -> bool:
    """Whether a model answered, even if its reply cannot be used."""
    return failure is None or (failure.code == "invalid_reply" and failure.detail != "not the protocol")


def of_address(seen: Seen) -> Finding | None:
    """What keeps us from connecting to the server, None if nothing does."""
    address = settings.OPENAI_BASE_URL
    if seen.problem is Problem.NO_NAME:
        return Finding(f"There is no such name: {next_hop()}. Check OPENAI_BASE_URL, and this machine's network.")
    if seen.problem is Problem.NOBODY:
        return Finding(f"Nobody listens at {next_hop()}: start the server there, or correct OPENAI_BASE_URL.")
    if seen.problem is Problem.NO_WAY:
        return Finding(f"No connection to {next_hop()}: a firewall or a wrong address. Check OPENAI_BASE_URL.")
    if seen.problem is Problem.CERTIFICATE:
        return Finding(
            f"The certificate of {_host(address)} is not trusted: correct the name in OPENAI_BASE_URL, or give the "
            "server a certificate of an authority that this machine knows (SSL_CERT_FILE names a file with others)."
        )
    if seen.problem is Problem.NO_TLS:
        return _about_scheme("http") or Finding(f"{_host(address)} does not complete a connection by https.")
    if address.startswith("http:") and (seen.problem is Problem.BROKEN or seen.status in (400, *range(301, 309))):
        return _about_scheme("https")
    return None


def _about_scheme(scheme: str) -> Finding | None:
    """Whether the server speaks this one of http and https. Asked without the key, which http would show to anybody."""
    other = with_other_scheme(settings.OPENAI_BASE_URL)
    if look_at(other, with_key=False).problem not in (None, Problem.CERTIFICATE):
        return None
    wrong = urlsplit(settings.OPENAI_BASE_URL).scheme
    return Finding(
        f"The server speaks {scheme} there, and OPENAI_BASE_URL begins with {wrong}://.",
        lines=(f"OPENAI_BASE_URL={shown(other)}",),
    )


def of_failure(failure: LLMFailure, model: str, seen: Seen) -> Finding:
    """Why the first call failed. `seen`: what GET /models gave."""
    if failure.detail in _WRONG_PLACE and (better := _better_address(model)):
        return Finding(
            f"OPENAI_BASE_URL is not quite right: the server answers at {shown(better)}.",
            lines=(f"OPENAI_BASE_URL={shown(better)}",),
        )
    is_unlisted = bool(seen.models) and model not in seen.models
    if failure.detail == "no such model" or (failure.detail in ("HTTP 404", "HTTP 400") and is_unlisted):
        return _about_model(model, seen)
    return Finding(advice(failure))


def _better_address(model: str) -> str:
    """The address with /v1, if a model answers there, or only the key or the model is wrong; else ""."""
    for address in perhaps_meant(settings.OPENAI_BASE_URL):
        with under(OPENAI_BASE_URL=address):
            failure = try_out(probe.PROBE, probe.inputs(), model=model).failure
        if is_reached(failure) or (failure and failure.detail in _RIGHT_PLACE):
            return address
    return ""


def _about_model(model: str, seen: Seen) -> Finding:
    names, setting = nearest(seen.models, model), _setting_of(model)
    if model in names:
        return Finding(f"The server lists the model {model}, and does not serve it now: its own log says why.")
    if not names:
        return Finding(f"The server has no model {model}, and lists none: check {setting}.")
    more = len(seen.models) - len(names)
    listed = ", ".join(names) + (f" and {more} more" if more else "")
    return Finding(f"The server has no model {model}. It has: {listed}.", lines=(f"{setting}={names[0]}",))


def _setting_of(model: str) -> str:
    """The setting that names this model."""
    modes = [mode for mode, name in settings.COACH_MODELS.items() if name == model]
    return f"COACH_MODEL_{modes[0].upper()}" if modes and model != settings.COACH_MODEL else "COACH_MODEL"


def _host(address: str) -> str:
    return urlsplit(address).netloc.rpartition("@")[2] or "api.openai.com"
