"""The first call: is anybody there, does the model answer, and does it have to be loaded first?"""

import math
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings

from llm_modes.checking import diagnosis
from llm_modes.checking.findings import Finding, proxy_in_use
from llm_modes.checking.probe import mode as probe
from llm_modes.checking.reaching import look_at
from llm_modes.checking.trial import Try, patiently, try_out
from llm_modes.failures import LLMFailure
from llm_modes.provider.proxies import is_here

# A tiny prompt whose first token takes longer waits for something: mostly for the model to be loaded.
LOADING_SECONDS = 2.0
# Of the limit; longer than that is too near to it.
NEAR_THE_LIMIT = 0.6


@dataclass
class FirstWord:
    """What came of it. `reached`: whether a model answered."""

    reached: bool = False
    findings: list[Finding] = field(default_factory=list)


def about_the_way() -> list[Finding]:
    """Who reads along on the way to the server."""
    address = urlsplit(settings.OPENAI_BASE_URL)
    found = []
    if address.scheme == "http" and not is_here(address.hostname or ""):
        found.append(
            Finding(
                f"Plain http to another machine ({address.hostname}): whoever is on the way reads the key and what "
                "candidates write. Use https, or a tunnel.",
                fails=False,
            )
        )
    try:
        proxy = proxy_in_use()
    except LLMFailure:
        return found  # the first call says so
    return [*found, Finding(f"The way leads through the proxy {proxy}.", fails=False)] if proxy else found


def ask_first(model: str, patience: float) -> FirstWord:
    """Ask this model for a word, and wait for it up to `patience` seconds."""
    seen = look_at(settings.OPENAI_BASE_URL)
    if finding := diagnosis.of_address(seen):
        return FirstWord(findings=[finding])
    with patiently(patience):
        tried = try_out(probe.PROBE, probe.inputs(), model=model)
        if tried.failure and not diagnosis.is_reached(tried.failure):
            return FirstWord(findings=[diagnosis.of_failure(tried.failure, model, seen)])
        again = try_out(probe.PROBE, probe.inputs(), model=model) if _wait(tried) >= LOADING_SECONDS else tried
    return FirstWord(reached=True, findings=_about_loading(_wait(tried), _wait(again), streamed=not tried.whole))


def _wait(tried: Try) -> float:
    return tried.seconds if tried.first_token is None else tried.first_token


def _about_loading(first: float, second: float, *, streamed: bool) -> list[Finding]:
    if second > first / 2:
        return []
    name = "COACH_LLM_FIRST_TOKEN_SECONDS" if streamed else "COACH_LLM_TOTAL_SECONDS"
    limit = settings.LLM_FIRST_TOKEN_SECONDS if streamed else settings.LLM_TOTAL_SECONDS
    says = (
        f"Loading the model took {first - second:.1f} s (first token after {first:.1f} s, then after {second:.1f} s)."
    )
    if first < NEAR_THE_LIMIT * limit:
        return [Finding(says, fails=False)]
    compared = "more than" if first > limit else "near"
    says += f" That is {compared} the limit ({name}, {limit:g} s)."
    return [Finding(says, fails=False, lines=(f"{name}={roomy(2 * first)}",))]


def roomy(seconds: float) -> int:
    """A setting for what takes so long: up to the next half minute, and at most 900."""
    return min(900, max(30, math.ceil(seconds / 30) * 30))
