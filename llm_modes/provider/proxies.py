"""The proxy on the way to a provider: COACH_LLM_PROXY, or else the variables that every program here heeds."""

from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from django.conf import settings

from llm_modes.failures import LLMFailure

_OPENAI = "https://api.openai.com/v1"
_HERE = ("localhost", "::1")


class Proxy(NamedTuple):
    """A proxy's address, and the name and password that stood in it."""

    address: str
    login: tuple[str, str] | None


def proxy_for(base_url: str) -> Proxy | None:
    """The proxy through which this provider is reached, None for none.

    COACH_LLM_PROXY holds for every address. Otherwise HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY hold as usual,
    but never for this machine itself. Raises LLMFailure for a proxy that does not speak HTTP.
    """
    to = urlsplit(base_url or _OPENAI)
    address = settings.LLM_PROXY or _by_the_environment(to.scheme, to.hostname or "", to.netloc)
    if not address:
        return None
    address = address if "://" in address else f"http://{address}"
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise LLMFailure("misconfigured", "only HTTP proxies can be used")
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return Proxy(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", login)


def is_here(host: str) -> bool:
    """Whether the name or address is this machine's own."""
    return host in _HERE or host.startswith("127.") or host.endswith(".localhost")


def _by_the_environment(scheme: str, host: str, netloc: str) -> str:
    if is_here(host) or proxy_bypass(netloc.rpartition("@")[2]):
        return ""
    proxies = getproxies()
    return proxies.get(scheme) or proxies.get("all") or ""
