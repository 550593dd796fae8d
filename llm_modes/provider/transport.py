"""The connection to the LLM: bounded in time and size, whatever the other side does."""

import ssl
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any

import httpcore2
import httpx2
from django.conf import settings
from openai import OpenAI

from llm_modes.provider import pace
from llm_modes.provider.proxies import Proxy, proxy_for

# A token takes some 300 bytes when it is streamed, and a model may think for minutes; lists of models take a million.
# What is far longer is no reply to us. How long the text of a reply may be, completions.py says.
REPLY_BYTES = 20_000_000
# Of a reply that came packed as much is unpacked at once.
_UNPACKED = 65_536
_PACKED, _ANY_HEAD = ("gzip", "x-gzip", "deflate"), 47
CONNECT_SECONDS, WRITE_SECONDS = 5.0, 20.0

_CONNECTION_ERRORS = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
)

_received: ContextVar[int] = ContextVar("received", default=0)


class ReplyTooLarge(Exception):
    """The other side sends more than any reply of ours can be."""


def forget_received() -> None:
    """Count the bytes of replies from here on."""
    _received.set(0)


def bytes_received() -> int:
    """How many bytes of replies were read since `forget_received`, also of one that broke off."""
    return _received.get()


class _BoundedConnection(httpcore2.NetworkStream):
    """A connection whose every read and write keeps to the pace of the action.

    By timeouts alone, a server that sends one byte now and then could go on for ever.
    """

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self.inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        # The pace says how long a reply may take, and may lengthen that while it comes.
        while (seconds := pace.running().wait()) > 0:
            with suppress(httpcore2.ReadTimeout):
                return self.inner.read(max_bytes, seconds)
        raise httpcore2.ReadTimeout("the time is over")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        secured = self.inner.start_tls(ssl_context, server_hostname, _left(timeout, httpcore2.ConnectTimeout))
        return _BoundedConnection(secured)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class _BoundedBackend(httpcore2.SyncBackend):
    """Opens bounded connections."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        within = _left(timeout, httpcore2.ConnectTimeout)
        return _BoundedConnection(super().connect_tcp(host, port, within, local_address, socket_options))


def _left(timeout: float | None, error: type[Exception]) -> float:
    left = pace.running().left
    if left <= 0:
        raise error("the action's time is over")
    return left if timeout is None else min(timeout, left)


class _BoundedReply(httpx2.SyncByteStream):
    """A reply's bytes as they come, which end with an error when they are too many."""

    def __init__(self, reply: httpcore2.Response, *, packed: bool) -> None:
        self.reply = reply
        self.unpacker = zlib.decompressobj(_ANY_HEAD) if packed else None

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        with _named_by_httpx2():
            for chunk in self.reply.iter_stream():
                _received.set(_received.get() + len(chunk))
                for piece in self._unpacked(chunk):
                    size += len(piece)
                    if size > REPLY_BYTES:
                        raise ReplyTooLarge
                    yield piece

    def _unpacked(self, chunk: bytes) -> Iterator[bytes]:
        """A little at a time: a few packed bytes may hold a thousand times as many."""
        if self.unpacker is None:
            yield chunk
            return
        more = True
        while more:
            try:
                piece = self.unpacker.decompress(chunk, _UNPACKED)
            except zlib.error as error:
                raise httpx2.DecodingError("not packed as it says") from error
            chunk = self.unpacker.unconsumed_tail
            more = bool(chunk) or len(piece) == _UNPACKED
            yield piece

    def close(self) -> None:
        self.reply.close()


class BoundedTransport(httpx2.BaseTransport):
    """Sends requests over bounded connections, with our timeouts, directly or through a proxy.

    It does what httpx2.HTTPTransport does, which takes no network backend, and so knows no end of a reply that drips.
    """

    def __init__(self, proxy: Proxy | None = None) -> None:
        how: dict[str, Any] = {
            "ssl_context": _tls(),
            # One for each thread that may ask, so that none waits for a connection.
            "max_connections": settings.COACH_WEB_THREADS,
            "max_keepalive_connections": 16,
            "keepalive_expiry": 30.0,
            "network_backend": _BoundedBackend(),
        }
        self.connections = (
            httpcore2.HTTPProxy(proxy.address, proxy_auth=proxy.login, proxy_ssl_context=_tls_of(proxy), **how)
            if proxy
            else httpcore2.ConnectionPool(**how)
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        timeouts = {"connect": CONNECT_SECONDS, "write": WRITE_SECONDS, "pool": CONNECT_SECONDS}
        url = request.url
        sent = httpcore2.Request(
            request.method,
            httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={**request.extensions, "timeout": timeouts},
        )
        with _named_by_httpx2():
            reply = self.connections.handle_request(sent)
        headers = httpx2.Headers(reply.headers)
        packed = headers.get("content-encoding", "").strip().lower() in _PACKED
        if packed:
            del headers["content-encoding"]  # unpacked here
        stream = _BoundedReply(reply, packed=packed)
        return httpx2.Response(reply.status, headers=headers, stream=stream, extensions=reply.extensions)

    def close(self) -> None:
        self.connections.close()


@contextmanager
def _named_by_httpx2() -> Iterator[None]:
    """Raise what goes wrong with a connection as the error of the same name that the SDK knows."""
    try:
        yield
    except _CONNECTION_ERRORS as error:
        raise getattr(httpx2, type(error).__name__)(str(error)) from error


@cache
def _tls() -> ssl.SSLContext:
    """The certificates of all connections of this process: reading them takes 30 ms."""
    return httpx2.create_ssl_context()


def _tls_of(proxy: Proxy) -> ssl.SSLContext | None:
    return _tls() if proxy.address.startswith("https:") else None


def sdk(api_key: str, base_url: str) -> OpenAI:
    """The OpenAI SDK for this provider. Raises LLMFailure when its proxy cannot be used."""
    return _sdk(api_key, base_url, proxy_for(base_url))


@lru_cache(maxsize=8)
def _sdk(api_key: str, base_url: str, proxy: Proxy | None) -> OpenAI:
    return OpenAI(
        api_key=api_key or "none",
        base_url=base_url or None,
        max_retries=0,
        # What is packed comes in lumps, which are no pace.
        default_headers={"Accept-Encoding": "identity"},
        http_client=httpx2.Client(transport=BoundedTransport(proxy), trust_env=False),
    )
