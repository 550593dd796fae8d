"""What goes wrong with the canary in hand: a password in the wrong field, a page that fails, an upload that stops."""

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import requests

from tests.stack.canary import CANARY
from tests.stack.typist import Typist


def mistype(typist: Typist) -> None:
    """A password typed into the field of the user name, and names that cannot be."""
    stranger = Typist(typist.url, typist.database, typist.model)
    for path in ("/login/", "/join/"):
        stranger.send("GET", path)
        for name in (stranger.word(), f"{stranger.word()} <not a name>", f"{stranger.word()}\0"):
            stranger.form(path, username=f"s{name}" if path == "/login/" else f"{name} !", password="x")
    stranger.rest("/users/login", {"username": stranger.word(), "password": stranger.word()})
    stranger.rest("/users/create", {"username": f"{stranger.word()} !", "password": "kelp-Xanthos-92"})


def meet_broken_pages(typist: Typist) -> None:
    """Errors of ours whose texts quote what was posted (tests.stack.broken_pages)."""
    for place in ("view", "template", "query"):
        broken = requests.post(f"{typist.url}/broken/{place}/", data={"words": typist.word()}, timeout=30)
        assert broken.status_code == 500
        assert CANARY not in broken.text


@contextmanager
def half_sent(typist: Typist, path: str) -> Iterator[None]:
    """Inside, three quarters of an upload of 4 MB are sent, and the server waits for the rest, or has refused it."""
    connection = http.client.HTTPConnection(typist.url.removeprefix("http://"), timeout=10)
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{typist.word()}"\r\n\r\n'
    connection.putrequest("POST", path)
    for name, value in (
        ("Content-Type", "multipart/form-data; boundary=x"),
        ("Content-Length", "4000000"),
        ("X-CSRFToken", typist.session.cookies["csrftoken"]),
        ("Cookie", "; ".join(f"{name}={value}" for name, value in typist.session.cookies.items())),
    ):
        connection.putheader(name, value)
    with suppress(ConnectionError):
        connection.endheaders(head.encode() + typist.word().encode() * 150_000)
    time.sleep(1)
    yield
    connection.close()
