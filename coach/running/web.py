"""What the web server runs (coach.asgi): an ASGI application that gives Django only whole requests.

Under a WSGI server a thread waits for a request's body, so that 140 half-sent bodies stopped every page. Here the event
loop waits for bodies, with limits of size and time, in memory and never on a disk. A thread works from the moment at
which the request is whole until the reply is written. The event loop sends the reply, however slowly it is read.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO
from typing import Any

from coach.running.bodies import most_bytes, seconds_for
from coach.running.quiet_logging import place_of
from coach.running.wsgi_environ import Environ, Scope, environ_of

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

logger = logging.getLogger("coach.web")

# Bytes of all bodies and replies that one process holds at a time, half-sent and half-read ones too. Who comes when it
# is full is asked to come again. The last quarter is for small bodies, so that uploads that never end leave room for
# forms.
MOST_HELD, SMALL = 200_000_000, 65_536
# For so many seconds and bytes a refused body is still received, and dropped. A browser that is still sending does not
# read the reply, and would tell its user that the connection broke.
LINGER_SECONDS, LINGER_BYTES = 5, 50_000_000
# Bytes that are given to the server at a time: it holds what it was given until the last byte of it is read.
PART = 65_536
# Seconds for which a thread waits until the reader of a stream takes its next part. Whoever reads at all takes it at
# once.
READ_ON_SECONDS = 5


class Refused(Exception):
    """The body is not taken. `reason`: a key of coach.refusals.REASONS."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Gone(Exception):
    """The client went away before its request was whole, or before it had the reply."""


class WholeRequests:
    """The ASGI application. `pages`: the WSGI application behind it, which at most `threads` threads run."""

    def __init__(self, pages: Callable[..., Iterable[bytes]], threads: int) -> None:
        self.pages = pages
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self.held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        environ = environ_of(scope)
        body = BytesIO()
        try:
            try:
                await self.take(body, environ, receive)
            except Refused as refused:
                environ["coach.refusal"] = refused.reason
                self.drop(body)
            except Gone:
                # Or the client is there, and sends what is no body: endless chunk extensions, thousands of trailers.
                await empty(send, HTTPStatus.BAD_REQUEST)
                return
            environ |= {"wsgi.input": body, "CONTENT_LENGTH": str(body.tell())}
            body.seek(0)
            await self.answer(environ, receive, send)
        except Gone:
            return
        finally:
            self.drop(body)

    def drop(self, body: BytesIO) -> None:
        """Forget a body, and count it no longer."""
        self.held -= body.getbuffer().nbytes
        body.seek(0)
        body.truncate()

    async def take(self, body: BytesIO, environ: Environ, receive: Receive) -> None:
        """Receive the whole body into `body`; each part counts as held as soon as it comes. Raises Refused, Gone."""
        most = most_bytes(environ["PATH_INFO"])
        announced = int(environ.get("CONTENT_LENGTH") or 0)
        if announced > most:
            raise Refused("too_large")
        if not announced and "HTTP_TRANSFER_ENCODING" not in environ:
            return
        try:
            async with asyncio.timeout(seconds_for(announced or most)):
                async for part in parts(receive):
                    size = body.tell() + len(part)
                    if size > most:
                        raise Refused("too_large")
                    if self.held + len(part) > (MOST_HELD if size <= SMALL else MOST_HELD * 3 // 4):
                        raise Refused("busy")
                    self.held += body.write(part)
        except TimeoutError:
            raise Refused("too_slow") from None

    async def answer(self, environ: Environ, receive: Receive, send: Send) -> None:
        """Let a thread write the reply, and send it."""
        reply = Reply(asyncio.get_running_loop(), send)
        rest = linger(receive) if "coach.refusal" in environ else reply.watch(receive)
        beside = asyncio.ensure_future(rest)
        try:
            await asyncio.get_running_loop().run_in_executor(self.threads, reply.write, self.pages, environ)
            if not reply.streamed:
                await self.pass_on(reply, send)
            if "coach.refusal" in environ:
                await beside
        finally:
            beside.cancel()

    async def pass_on(self, reply: "Reply", send: Send) -> None:
        """Send a whole reply, which counts as held until it is read. Without room for a large one, a 503 is sent."""
        size = len(reply.whole)
        if size > PART and self.held + size > MOST_HELD:
            await empty(send, HTTPStatus.SERVICE_UNAVAILABLE, (b"retry-after", b"5"))
            return
        self.held += size
        try:
            await reply.send_whole()
        finally:
            self.held -= size


class Reply:
    """A reply of the WSGI application: kept whole if it has a Content-Length, else sent in parts as they come."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send) -> None:
        self.loop, self.send = loop, send
        self.start: dict[str, Any] = {}
        self.whole = b""
        self.streamed = self.gone = False

    async def watch(self, receive: Receive) -> None:
        """Note when the client goes away: a stream ends then. What is to be stored is stored all the same."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone = True

    async def send_whole(self) -> None:
        """Send what `write` has kept, in parts. Raises Gone when the client does not read in time."""
        try:
            async with asyncio.timeout(seconds_for(len(self.whole))):
                await self.send(self.start)
                for at in range(PART, len(self.whole), PART):
                    part = self.whole[at - PART : at]
                    await self.send({"type": "http.response.body", "body": part, "more_body": True})
                rest = self.whole[(len(self.whole) - 1) // PART * PART :]
                await self.send({"type": "http.response.body", "body": rest})
        except TimeoutError:
            raise Gone from None

    def write(self, pages: Callable[..., Iterable[bytes]], environ: Environ) -> None:
        """Run the WSGI application; in a thread."""
        try:
            self._write(pages, environ)
        except Gone:
            raise
        except Exception as problem:
            # Django answers exceptions of views. The server would log the text of this one, which may quote somebody.
            logger.error("%s, outside of every page", place_of(problem))
            if self.streamed:
                raise Gone from None
            self._start("500 Internal Server Error", [("Content-Length", "0")])
            self.whole = b""

    def _write(self, pages: Callable[..., Iterable[bytes]], environ: Environ) -> None:
        parts = pages(environ, self._start)
        try:
            if any(name == b"content-length" for name, _value in self.start["headers"]):
                self.whole = b"".join(parts)
            else:
                self.streamed = True
                self._stream(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()

    def _start(self, status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], None]:
        self.start = {
            "type": "http.response.start",
            "status": int(status.split(" ", 1)[0]),
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        }
        return self._refuse_old_way

    def _refuse_old_way(self, _data: bytes) -> None:
        raise NotImplementedError("the write() of WSGI: Django does not use it")

    def _stream(self, parts: Iterable[bytes]) -> None:
        self._pass_on(self.start)
        for part in parts:
            if self.gone:
                return
            self._pass_on({"type": "http.response.body", "body": part, "more_body": True})
        self._pass_on({"type": "http.response.body", "body": b""})

    def _pass_on(self, message: dict[str, Any]) -> None:
        sending = asyncio.run_coroutine_threadsafe(self._send(message), self.loop)
        try:
            sending.result(READ_ON_SECONDS)
        except TimeoutError:
            sending.cancel()
            raise Gone from None

    async def _send(self, message: dict[str, Any]) -> None:
        await self.send(message)


async def parts(receive: Receive) -> Any:
    """The parts of a request's body as they come. Raises Gone."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def linger(receive: Receive) -> None:
    """Receive the rest of a refused body for a while, and drop it."""
    left = LINGER_BYTES
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            async for part in parts(receive):
                left -= len(part)
                if left < 0:
                    return
    except (Gone, TimeoutError):
        return


async def empty(send: Send, status: HTTPStatus, *headers: tuple[bytes, bytes]) -> None:
    """Send a reply without a body."""
    headers = (*headers, (b"content-length", b"0"))
    await send({"type": "http.response.start", "status": int(status), "headers": list(headers)})
    await send({"type": "http.response.body", "body": b""})
