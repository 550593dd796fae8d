"""What a check found: a sentence, whether it means that something fails, and what to put into `.env`."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from llm_modes.provider.dialect import without_login
from llm_modes.provider.proxies import proxy_for

OPENAI = "the OpenAI API"


class Finding(NamedTuple):
    """`lines`: settings as `.env` has them, NAME=value."""

    says: str
    fails: bool = True
    lines: tuple[str, ...] = ()


def shown(address: str) -> str:
    """An address for a screen: without a name and password that may stand in it."""
    return without_login(address) or OPENAI


def next_hop() -> str:
    """Whom a connection really goes to: the proxy in between, or the server. Its host and port."""
    address = settings.OPENAI_BASE_URL or "https://api.openai.com"
    proxy = proxy_for(address)
    return f"the proxy {_host(proxy.address)}" if proxy else _host(address)


def _host(address: str) -> str:
    return urlsplit(address).netloc.rpartition("@")[2]


def proxy_in_use() -> str:
    """The proxy's host and port, "" where there is none. Raises LLMFailure where it cannot be used."""
    proxy = proxy_for(settings.OPENAI_BASE_URL)
    return _host(proxy.address) if proxy else ""


def joined(names: Iterable[str]) -> str:
    """A list in a sentence."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
