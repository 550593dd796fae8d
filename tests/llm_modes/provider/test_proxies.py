"""A proxy on the way to the provider: real connections through a small proxy on loopback."""

import base64
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from llm_modes.failures import LLMFailure
from llm_modes.provider.proxies import Proxy, proxy_for
from tests.fake_llm import a_mark
from tests.llm_modes.provider.test_dialect import ask

pytestmark = pytest.mark.django_db
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class _Passing(BaseHTTPRequestHandler):
    """Passes a request on to where it wants to go, and notes that it came by."""

    def do_POST(self):
        self.server.passed.append((self.command, self.path, self.headers.get("proxy-authorization")))
        if self.server.refuses:
            return self.send_error(407)
        to = urlsplit(self.path)
        connection = http.client.HTTPConnection("127.0.0.1", to.port, timeout=10)
        body = self.rfile.read(int(self.headers["content-length"]))
        connection.request("POST", to.path, body, {"Content-Type": self.headers["content-type"]})
        reply = connection.getresponse()
        content = reply.read()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.headers["content-type"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_CONNECT(self):
        self.server.passed.append((self.command, self.path, self.headers.get("proxy-authorization")))
        self.send_error(407 if self.server.refuses else 502)

    def log_message(self, *_args):
        pass


@pytest.fixture
def proxy(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Passing)
    server.daemon_threads, server.passed, server.refuses = True, [], False
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    server.address = f"127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    server.server_close()


def test_a_proxy_that_a_setting_names_is_used_with_its_name_and_password(fake_llm, settings, proxy):
    settings.LLM_PROXY = f"http://me:ge%40heim@{proxy.address}"
    fake_llm.reply(a_mark())
    assert ask().reply.score == a_mark()["score"]
    login = "Basic " + base64.b64encode(b"me:ge@heim").decode()
    assert proxy.passed == [("POST", f"{fake_llm.url}/chat/completions", login)]


def test_the_usual_variables_hold_for_other_machines(proxy, monkeypatch, settings):
    monkeypatch.setenv("HTTPS_PROXY", proxy.address)
    settings.OPENAI_API_KEY, settings.OFFLINE_COACH = "key", False
    settings.OPENAI_BASE_URL = "https://llm.example:8443/v1"
    proxy.refuses = True
    with pytest.raises(LLMFailure) as failed:
        ask()
    assert (failed.value.code, failed.value.detail) == ("misconfigured", "the proxy refuses")
    assert proxy.passed == [("CONNECT", "llm.example:8443", None)]


def test_this_machine_is_reached_without_the_proxy_of_the_environment(fake_llm, proxy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
    fake_llm.reply(a_mark())
    assert ask().reply.score == a_mark()["score"]
    assert proxy.passed == []


@pytest.mark.parametrize(
    ("variables", "address", "expected"),
    [
        ({}, "https://llm.example/v1", None),
        ({"HTTPS_PROXY": "http://p:3128"}, "", Proxy("http://p:3128", None)),
        ({"HTTPS_PROXY": "http://p:3128"}, "http://llm.example/v1", None),
        ({"http_proxy": "p:3128"}, "http://llm.example/v1", Proxy("http://p:3128", None)),
        ({"ALL_PROXY": "https://a:b@p"}, "http://llm.example/v1", Proxy("https://p", ("a", "b"))),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "other,.example"}, "https://llm.example/v1", None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "llm.example:8443"}, "https://llm.example:8443/v1", None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, "https://llm.example/v1", None),
        ({"HTTP_PROXY": "http://p"}, "http://127.0.0.1:11434/v1", None),
        ({"HTTP_PROXY": "http://p"}, "http://localhost:11434/v1", None),
        ({"HTTP_PROXY": "http://p"}, "http://[::1]:11434/v1", None),
    ],
)
def test_which_proxy_holds(proxy, monkeypatch, variables, address, expected):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(address) == expected


def test_a_proxy_that_speaks_no_http_is_said_to_be_of_no_use(proxy, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://p:1080")
    with pytest.raises(LLMFailure) as failed:
        proxy_for("https://llm.example/v1")
    assert (failed.value.code, failed.value.detail) == ("misconfigured", "only HTTP proxies can be used")
