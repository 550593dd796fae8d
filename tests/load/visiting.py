"""A candidate at a browser, under load: opens pages, sends their forms, and asks as htmx and our scripts do."""

import random
import re
import time
from collections.abc import Sequence
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

import gevent
from gevent.event import Event
from locust.contrib.fasthttp import FastHttpUser

from tests.load import diary
from tests.load.forms import Form, forms

LOOKS_EVERY = 2.0  # seconds: how often a pending fragment asks how far it is
FORM = "application/x-www-form-urlencoded"
PATIENCE = 300.0
_CALL = re.compile(r"call-\d+")
_LOOK = re.compile(r'hx-post="([^"]*look=[^"]*)"')


def route_of(method: str, path: str) -> str:
    """The name of a request in the table: the address without its numbers and values."""
    parts = urlsplit(path)
    query = "?" + re.sub(r"=[^&]*", "", parts.query) if parts.query else ""
    name = "/static/…" if parts.path.startswith("/static/") else re.sub(r"/\d+(?=/|$)", "/<id>", parts.path)
    return f"{method} {name}{query}"


class Visiting(FastHttpUser):
    """What every candidate of the load can do. `diary` is where it is written down."""

    abstract = True
    name = ""
    hosts: Sequence[str] = ()  # each request goes to one of these
    network_timeout = connection_timeout = 130.0

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.client.client.redirect_response_codes = frozenset()  # each hop is a row of its own
        self.html = self.path = ""

    def context(self) -> dict[str, str]:
        """Whose a request is."""
        return {"who": self.name}

    # --- pages -------------------------------------------------------------------------------------------------------

    def send(self, method: str, path: str, **how: Any) -> Any:
        """One request; its reply, whatever it is. A host that takes no connection is passed over, as by a proxy."""
        reply = None
        for host in random.sample(self.hosts, len(self.hosts)):
            reply = self.client.request(method, host + path, name=route_of(method, path), **how)
            if not isinstance(getattr(reply, "error", None), ConnectionRefusedError):
                return reply
        diary.write("request", route=route_of(method, path), ms=0, status=0, why="refused", **self.context())
        return reply

    def open(self, path: str) -> int:
        """Open a page, and those that it leads to; the status of the last one."""
        return self._arrive(path, self.send("GET", path))

    def _arrive(self, path: str, reply: Any) -> int:
        while reply.status_code in (301, 302, 303):
            path = reply.headers["Location"]
            reply = self.send("GET", path)
        if reply.status_code:
            self.path, self.html = urlsplit(path).path, reply.text or ""
        return reply.status_code

    def form(self, action: str) -> Form | None:
        """The first form of the page that goes to an address that the pattern fits; "" fits one without an address."""
        return next((form for form in forms(self.html) if re.search(f"^{action}$", form.action)), None)

    def post(self, form: Form, **fields: str) -> Any:
        """Send a form as a browser without htmx does; the reply."""
        where = form.action or self.path
        body = urlencode({**form.fields, **fields})
        return self.send("POST", where, data=body, headers={"Content-Type": FORM, "Referer": self.host + self.path})

    def go(self, form: Form, **fields: str) -> int:
        """Send a form, and follow it to the page that it leads to."""
        return self._arrive(form.action or self.path, self.post(form, **fields))

    def swap(self, path: str, fields: dict[str, str], **headers: str) -> Any:
        """What htmx posts: the reply, a fragment. A whole new page, if it says so, is opened."""
        headers = {"Content-Type": FORM, "HX-Request": "true", "HX-Current-URL": self.host + self.path, **headers}
        headers["X-CSRFToken"] = fields["csrfmiddlewaretoken"]
        reply = self.send("POST", path, data=urlencode(fields), headers=headers)
        if reply.headers and "HX-Redirect" in reply.headers:
            self.open(reply.headers["HX-Redirect"])
        return reply

    def autosave(self, path: str, fields: dict[str, str]) -> Any:
        """What static/draft.js posts; the reply."""
        headers = {"Content-Type": FORM, "Accept": "application/json", "Referer": self.host + self.path}
        return self.send("POST", path, data=urlencode(fields), headers=headers)

    # --- waiting for the model ---------------------------------------------------------------------------------------

    def await_answer(self, what: str, fragment: str, **about: Any) -> str:
        """Ask as the pending fragment does, and look every 2 s how far it is; the fragment that it becomes.

        `what` it is names it in the table; `about` is written down with it. "" where there was no reply.
        """
        pending = next((form for form in forms(fragment) if "hx-trigger" in form.attributes), None)
        if pending is None:
            return fragment  # it is there already, or has failed
        began, done = time.monotonic(), Event()
        gevent.spawn(self._look_now_and_then, fragment, pending.fields, done)
        try:
            if live := pending.attributes.get("data-live"):
                self.swap(live, pending.fields)
            reply = self.swap(pending.attributes["hx-post"], pending.fields)
            while reply.status_code == 204 and time.monotonic() < began + PATIENCE:
                gevent.sleep(LOOKS_EVERY)
                reply = self.swap(pending.attributes["hx-post"], pending.fields)
        finally:
            done.set()
        text = (reply.text or "") if reply.status_code else ""
        self.waited(what, began, reply.status_code, text, **about)
        return text

    def waited(self, what: str, began: float, status: int, answer: str, **about: Any) -> None:
        """Write down that it has waited since `began` for this answer."""
        call = max(_CALL.findall(answer), key=lambda name: int(name.removeprefix("call-")), default="")
        diary.write("wait", what=what, began=began, status=status, call=call, who=self.name, **about)

    def _look_now_and_then(self, fragment: str, fields: dict[str, str], done: Event) -> None:
        """The line that says how far it is looks for itself, until the fragment has gone."""
        look = _LOOK.search(fragment)
        while look and not done.wait(LOOKS_EVERY):
            reply = self.swap(unescape(look[1]), fields)
            if reply.status_code == 200:
                look = _LOOK.search(reply.text or "")
