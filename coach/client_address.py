"""The address that a request comes from: limits are counted by it."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Bits of an IPv6 address that mean one household or one rented machine, which may use every address behind them.
IPV6_PREFIX = 64


def networks(names: Iterable[str]) -> list[Network]:
    """The networks of a setting. Raises ValueError, without the name, for what is neither an address nor a network."""
    try:
        return [ipaddress.ip_network(name.strip(), strict=False) for name in names if name.strip()]
    except ValueError:
        raise ValueError("must have addresses or networks like 10.0.0.7,172.18.0.0/16, no names") from None


def client_address(request: HttpRequest) -> Address | None:
    """The visitor's address, None when the server does not know it. Never raises.

    X-Forwarded-For counts as far as proxies of COACH_TRUSTED_PROXIES wrote it. It is read from its end, where the
    nearest proxy has put the address that it heard from, up to the first address that is no proxy of ours. Anybody
    may have invented what stands before that, or before something that is no address.
    """
    address = parsed(request.META.get("REMOTE_ADDR", ""))
    for heard_from in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if address is None or not trusted(address):
            break
        if not heard_from.strip():
            continue
        named = parsed(heard_from)
        if named is None:
            break
        address = named
    return address


def counted_address(request: HttpRequest) -> str:
    """The key that limits are counted by: an IPv4 address, the network of an IPv6 address, or "unknown"."""
    address = client_address(request)
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        return str(ipaddress.IPv6Network((int(address), IPV6_PREFIX), strict=False))
    return "unknown" if address is None else str(address)


def is_local(request: HttpRequest) -> bool:
    """Whether the request comes from this machine: from a person, or from a proxy that COACH_TRUSTED_PROXIES lacks."""
    address = client_address(request)
    return address is not None and address.is_loopback


def parsed(text: str) -> Address | None:
    """The address in a text that may have a port, brackets or a zone; else None. IPv4 within IPv6 is IPv4."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # IPv4 with a port
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def trusted(address: Address) -> bool:
    """Whether it is one of the proxies of COACH_TRUSTED_PROXIES."""
    return any(address in network for network in settings.TRUSTED_PROXIES)
