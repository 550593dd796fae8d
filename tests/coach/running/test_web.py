"""The web server takes in whole requests only: bounded in size and time, in memory, without a thread that waits."""

import asyncio
import contextlib
import http.client
import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from urllib.parse import urlencode

import pytest
from django.core.handlers.wsgi import WSGIRequest

from coach.running import web
from coach.running.bodies import most_bytes, seconds_for
from coach.running.wsgi_environ import add_header, environ_of

FORM = "Content-Type: application/x-www-form-urlencoded"


def begin(port: int, head: str, *, path: str = "/login/", body: bytes = b"") -> socket.socket:
    """Send the head of a POST and what there is of its body."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=15)
    connection.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode() + body)
    return connection


def answer(connection: socket.socket) -> tuple[int, str]:
    """Status and body of what comes back."""
    response = http.client.HTTPResponse(connection, method="POST")
    response.begin()
    text = response.read().decode()
    connection.close()
    return response.status, text


def get(port: int, path: str) -> tuple[int, float]:
    """Status of a page, and the seconds that it took."""
    since = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, time.monotonic() - since


@pytest.mark.parametrize("head", [f"{FORM}\r\nContent-Length: 1000", f"{FORM}\r\nTransfer-Encoding: chunked"])
def test_two_hundred_half_sent_requests_do_not_keep_a_page_waiting(stack, head):
    half_sent = [begin(stack.port, head, body=b"5\r\nusern" if "chunked" in head else b"usern") for _ in range(200)]
    pages = [get(stack.port, "/login/") for _ in range(5)]

    assert [status for status, _seconds in pages] == [200] * 5
    assert min(seconds for _status, seconds in pages) < 1  # the machine may be busy with other tests, but not always
    for connection in half_sent:
        connection.close()


def test_what_does_not_arrive_in_time_is_refused_in_words(stack):
    since = time.monotonic()
    status, page = answer(begin(stack.port, f"{FORM}\r\nContent-Length: 1000", body=b"username=a"))

    assert status == 408
    assert "It did not arrive in time" in page
    assert time.monotonic() - since < 8


@pytest.mark.parametrize("length", [16_385, 300_000_000, 10**30])
def test_a_body_that_is_announced_too_long_is_refused_before_it_comes(stack, length):
    status, page = answer(begin(stack.port, f"{FORM}\r\nContent-Length: {length}"))

    assert status in (400, 413)  # the server itself has no number for the longest
    assert status == 400 or "That is more than fits" in page


def test_a_body_that_does_not_say_how_long_it_is_is_refused_as_soon_as_it_is_too_long(stack):
    chunk = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
    status, _page = answer(begin(stack.port, f"{FORM}\r\nTransfer-Encoding: chunked", body=chunk * 3))

    assert status == 413


@pytest.mark.parametrize("path", ["/users/login", "/users/create", "/plan/suggest_new", "/study/end_session/"])
def test_a_program_is_told_so_in_its_own_language(stack, path):
    head = "Content-Type: application/json\r\nContent-Length: 3000000"
    status, text = answer(begin(stack.port, head, path=path))

    assert status == 413
    assert json.loads(text)["error"]["code"] == "too_large"


def test_nothing_of_an_upload_is_written_to_a_file(stack, temporary_folder):
    content = b"## canary-in-an-upload\n" * 100_000
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="stories.md"\r\n\r\n'
        + content
        + b"\r\n--edge--\r\n"
    )
    head = f"Content-Type: multipart/form-data; boundary=edge\r\nContent-Length: {len(body)}"
    connection = begin(stack.port, head, path="/stories/upload/", body=body[:1_500_000])
    time.sleep(0.5)
    found = written_below(temporary_folder)
    connection.sendall(body[1_500_000:])
    status, _page = answer(connection)

    assert status == 403  # it has no token: the check for one has read the form
    assert b"canary-in-an-upload" not in found + written_below(temporary_folder)


def written_below(folder) -> bytes:
    """The content of all files there are."""
    found = b""
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            found += file.read_bytes()
    return found


def test_half_sent_bodies_count_as_held_and_leave_room_for_a_form(monkeypatch):
    monkeypatch.setattr(web, "MOST_HELD", 300_000)
    answered = run(three_half_sent_uploads_and_a_form())

    assert answered == {"/stories/": ["busy", "200 100000", "200 100000"], "/login/": ["200 1000"]}


def run(coroutine):
    """Its result; in a thread of its own, since Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


async def three_half_sent_uploads_and_a_form() -> dict[str, list[str]]:
    """What is answered when a process has room for two uploads, and a third and a form come before they are whole."""
    answered: dict[str, list[str]] = {"/stories/": [], "/login/": []}
    rest_may_come = asyncio.Event()

    def pages(environ, start_response):
        refusal = environ.get("coach.refusal")
        answered[environ["PATH_INFO"]].append(refusal or f"200 {len(environ['wsgi.input'].read())}")
        start_response("200 OK", [("content-length", "0")])
        return [b""]

    application = web.WholeRequests(pages, threads=1)

    async def post(path, size):
        parts = iter([b"x" * size, b""])

        async def receive():
            part = next(parts, None)
            if part == b"":
                await rest_may_come.wait()
            kind = "http.disconnect" if part is None else "http.request"
            return {"type": kind, "body": part, "more_body": bool(part)}

        head = {"method": "POST", "path": path, "query_string": b"", "http_version": "1.1"}
        headers = [(b"transfer-encoding", b"chunked")]
        await application({"type": "http", "headers": headers} | head, receive, sent)

    posts = [asyncio.create_task(post("/stories/", 100_000)) for _ in range(3)]
    posts.append(asyncio.create_task(post("/login/", 1_000)))
    await asyncio.sleep(0.1)
    rest_may_come.set()
    await asyncio.gather(*posts)
    assert application.held == 0
    return answered


async def sent(_message) -> None:
    """Nobody reads the reply."""


def test_a_person_sees_the_page_after_an_upload_that_was_too_large(stack, page):
    page.goto(f"{stack.url}/join/")
    page.fill("[name=username]", "someone")
    page.fill("[name=password]", "quiet-desk-27")
    page.evaluate("document.querySelector('[name=name]').removeAttribute('maxlength')")
    page.fill("[name=name]", "x" * 3_000_000)
    page.get_by_role("button", name="Join").click()

    page.get_by_role("heading", name="That is more than fits").wait_for()
    page.go_back()
    assert page.input_value("[name=username]") == "someone"


def test_each_path_has_its_limit(settings):
    assert most_bytes("/login/") == most_bytes("/users/create") == settings.SIGN_IN_BYTES == 16_384
    assert most_bytes("/dictation/") == settings.DICTATION_BYTES
    assert most_bytes("/stories/upload/") == settings.STORIES_BYTES
    assert most_bytes("/plan/chat/") == settings.FORM_BYTES
    # A draft of ten times an answer's length fits, in whatever script.
    assert most_bytes("/attempts/7/draft/") >= 10 * settings.ANSWER_CHARACTERS * len("%F0%9F%99%82")
    assert most_bytes("/stories/") >= 500_000 * len("%F0%9F%99%82")
    assert seconds_for(10_000_000) > seconds_for(1000) >= settings.BODY_SECONDS


def test_a_header_with_an_underscore_does_not_pass_for_another():
    environ = {}
    add_header(environ, "x_forwarded_for", "10.0.0.1")
    add_header(environ, "x-forwarded-for", "192.0.2.1")
    add_header(environ, "x-forwarded-for", "192.0.2.2")
    add_header(environ, "cookie", "a=1")
    add_header(environ, "cookie", "b=2")

    assert environ == {"HTTP_X_FORWARDED_FOR": "192.0.2.1,192.0.2.2", "HTTP_COOKIE": "a=1; b=2"}


def test_any_bytes_in_a_path_reach_django_as_they_are():
    scope = {
        "method": "GET",
        "path": "/caf\ufffd/",
        "raw_path": b"/caf%e9/",
        "query_string": b"next=%ff",
        "http_version": "1.1",
        "headers": [],
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 80),
    }
    environ = environ_of(scope)

    assert environ["PATH_INFO"].encode("latin-1") == b"/caf\xe9/"
    assert environ["QUERY_STRING"] == "next=%ff"


CHARSETS = ("hex", "rot13", "zlib", "undefined", "punycode", "idna", "unicode_escape", "utf-16", "utf-8", "nonsense")


@pytest.mark.parametrize("charset", CHARSETS)
def test_whatever_charset_a_request_claims_it_is_read_as_utf_8(stack, charset):
    for path in ("/login/?next=/\\ud800%a", "/join/?invitation=\\ud800", "/login/?" + "&".join(["a=1"] * 1001)):
        status, headers, page = ask(stack.port, "GET", path, {"Content-Type": f"text/plain; charset={charset}"})
        assert status == (400 if "a=1" in path else 200)
    _status, headers, page = ask(stack.port, "GET", "/login/", {})
    token = re.search('name="csrfmiddlewaretoken" value="(.+?)"', page)[1]
    name, odd = f"\\ud800é-{charset}", "/\\ud800"
    fields = {"csrfmiddlewaretoken": token, "username": name, "password": odd, "next": odd}
    kind = {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}", "Cookie": headers["Set-Cookie"]}
    status, _headers, page = ask(stack.port, "POST", "/login/", kind, urlencode(fields))
    assert status == 422
    assert name in page


def test_a_session_cookie_may_hold_anything(stack):
    for value in ('"abcdefgh\\000ijkl"', '"\\303\\251bcdefghijkl"', "x" * 300, '"abc;defghijk"', "é" * 40):
        for path in ("/login/", "/health/ready", "/nowhere/", "/users/login"):
            status = ask(stack.port, "GET", path, {"Cookie": f"sessionid={value}".encode()})[0]
            assert status == {"/login/": 200, "/health/ready": 200, "/nowhere/": 404, "/users/login": 405}[path]


def ask(port, method, path, headers, body=None):
    """Status, headers and text of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, response.headers, text


def test_what_fails_outside_of_every_page_is_a_500_and_says_nothing(caplog):
    def pages(environ, start_response):
        raise ValueError("the words of a candidate")

    answered = []

    async def send(message):
        answered.append(message)

    async def receive():
        return {"type": "http.disconnect"}

    head = {"method": "GET", "path": "/", "query_string": b"", "http_version": "1.1", "headers": []}
    run(web.WholeRequests(pages, threads=1)({"type": "http"} | head, receive, send))

    assert answered[0]["status"] == 500
    assert "ValueError" in caplog.text
    assert "the words" not in caplog.text


HEAD = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "http_version": "1.1", "headers": []}


async def here():
    """The rest of a request whose sender stays."""
    await asyncio.sleep(60)


def test_a_stream_that_nobody_reads_gives_its_thread_back(monkeypatch):
    monkeypatch.setattr(web, "READ_ON_SECONDS", 0.2)
    closed = []

    class Stream:
        def __iter__(self):
            return iter([b"data: x\n\n"] * 1000)

        def close(self):
            closed.append(True)

    def pages(_environ, start_response):
        start_response("200 OK", [("content-type", "text/event-stream")])
        return Stream()

    async def never_read(_message):
        await asyncio.sleep(60)

    since = time.monotonic()
    run(web.WholeRequests(pages, threads=1)(HEAD, here, never_read))

    assert closed == [True]
    assert time.monotonic() - since < 5


def test_replies_that_are_not_read_count_as_held_and_end_in_time(monkeypatch, settings):
    monkeypatch.setattr(web, "MOST_HELD", 250_000)
    settings.BODY_SECONDS = 0.3
    statuses = []

    def pages(_environ, start_response):
        start_response("200 OK", [("content-length", "100000")])
        return [b"x" * 100_000]

    async def never_read(message):
        statuses.append(message.get("status"))
        if statuses[-1] == 200:
            await asyncio.sleep(60)

    application = web.WholeRequests(pages, threads=3)

    async def three_at_once():
        await asyncio.gather(*(application(HEAD, here, never_read) for _ in range(3)))

    run(three_at_once())
    assert statuses == [200, 200, 503, None]  # the last is its empty body
    assert application.held == 0


def test_a_reply_of_any_size_arrives_whole(stack):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", stack.port, timeout=15)) as connection:
        for path in ("/login/", "/static/ninja/redoc.standalone.js.map", "/static/ninja/swagger-ui.css", "/nowhere/"):
            for method in ("GET", "HEAD"):
                connection.request(method, path)
                response = connection.getresponse()
                length = int(response.headers["Content-Length"])
                assert len(response.read()) == (length if method == "GET" else 0)


def test_chunks_with_long_notes_to_them_are_refused(stack):
    long_note, trailers = b"5;" + b"x" * 200_000 + b"\r\nabcde\r\n0\r\n\r\n", b"0\r\n" + b"a: b\r\n" * 20_000 + b"\r\n"
    for body in (long_note, trailers):
        connection = begin(stack.port, f"{FORM}\r\nTransfer-Encoding: chunked")
        with contextlib.suppress(ConnectionError):
            connection.sendall(body)
        assert answer(connection)[0] in (400, 413)


@pytest.mark.parametrize("unit", [";", "\\;", "a=b;", "a*0=b;", 'a="b'])
def test_no_content_type_holds_the_processor(unit):
    head = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "http_version": "1.1"}
    long = ("text/plain;" + unit * 400_000)[:400_000].encode()
    since = time.process_time()
    request = WSGIRequest({**environ_of(head | {"headers": [(b"content-type", long)]}), "wsgi.input": BytesIO()})

    assert request.content_type == ""
    assert time.process_time() - since < 0.1


def test_a_head_of_more_than_the_longest_page_address_and_all_cookies_is_refused(stack):
    for header in ("Content-Type", "Cookie", "Accept", "X-Anything"):
        assert ask(stack.port, "GET", "/login/", {header: "a" * 60_000})[0] == 200
        assert ask(stack.port, "GET", "/login/", {header: "a" * 150_000})[0] == 431
