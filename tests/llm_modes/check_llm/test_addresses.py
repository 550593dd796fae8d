"""manage.py check_llm where nobody can be asked: each cause has its own sentence."""

import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.fake_llm import MODEL, PROBE, body, http_error
from tests.llm_modes.check_llm.running import check

pytestmark = pytest.mark.django_db


@contextmanager
def tls_server(folder):
    """An https server with a certificate that nobody trusts; its host and port."""
    certificate = folder / "certificate.pem"
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", certificate]
    made = ["openssl", "req", "-x509", *key, "-out", folder / "one.pem", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run(made, check=True, capture_output=True)
    certificate.write_text(certificate.read_text() + (folder / "one.pem").read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.handle_error = lambda *_args: None
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_an_address_without_v1_is_given_with_it(server, settings):
    settings.OPENAI_BASE_URL = server.url.removesuffix("/v1")
    server.refuses = lambda request: None if request.path.startswith("/v1/") else http_error(404)
    said = check("plan_chat")
    assert not said.content
    assert f"the server answers at {server.url}." in said
    assert said.env == [f"OPENAI_BASE_URL={server.url}"]


def test_another_api_of_the_same_server_is_replaced_by_v1(server, settings):
    settings.OPENAI_BASE_URL = server.url.replace("/v1", "/api")
    server.refuses = lambda request: None if request.path.startswith("/v1/") else http_error(404)
    assert check("plan_chat").env == [f"OPENAI_BASE_URL={server.url}"]


def test_a_service_that_has_the_protocol_elsewhere_is_found(server, settings):
    server.refuses = lambda request: None if request.path.startswith("/openai/v1/") else http_error(404)
    better = server.url.replace("/v1", "/openai/v1")
    assert check("plan_chat").env == [f"OPENAI_BASE_URL={better}"]


def test_an_unknown_model_of_one_mode_is_corrected_by_its_own_setting(server, settings):
    settings.COACH_MODELS = {"build_story": "fake-model"}
    server.refuses = lambda request: http_error(404) if request.body["model"] == "fake-model" else None
    assert check("build_story", "plan_chat").env == [f"COACH_MODEL_BUILD_STORY={MODEL}"]


def test_a_page_instead_of_the_protocol_is_no_reason_to_guess_when_v1_gives_it_too(server, settings):
    settings.OPENAI_BASE_URL = server.url.removesuffix("/v1")
    server.refuses = lambda _request: body(b"<!doctype html><p>Welcome", "text/html")
    said = check("plan_chat")
    assert not said.content
    assert "Something answers there, but not in OpenAI's protocol" in said
    assert said.env == []


def test_a_server_that_nobody_runs_is_named(server, settings):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        said = check("plan_chat")
    assert not said.content
    assert f"Nobody listens at {settings.OPENAI_BASE_URL[7:-3]}: start the server there" in said


def test_an_address_to_which_no_connection_comes_about_is_said(server, settings, monkeypatch):
    monkeypatch.setattr("llm_modes.provider.transport.CONNECT_SECONDS", 0.2)
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        said = check("plan_chat")
    assert not said.content
    assert f"No connection to {settings.OPENAI_BASE_URL[7:-3]}: a firewall or a wrong address." in said


def test_a_name_that_does_not_exist_is_named(server, settings, monkeypatch):
    settings.OPENAI_BASE_URL = "https://no-such-name.invalid/v1"
    monkeypatch.setenv("NO_PROXY", "*")
    said = check("plan_chat")
    assert not said.content
    assert "There is no such name: no-such-name.invalid." in said


def test_https_where_the_server_speaks_http_is_said(server, settings):
    settings.OPENAI_BASE_URL = server.url.replace("http:", "https:")
    said = check("plan_chat")
    assert not said.content
    assert "The server speaks http there, and OPENAI_BASE_URL begins with https://." in said
    assert said.env == [f"OPENAI_BASE_URL={server.url}"]
    assert all("test-key" not in request.headers.get("authorization", "") for request in server.requests)


def test_http_where_the_server_speaks_https_is_said(server, settings, tmp_path):
    with tls_server(tmp_path) as place:
        settings.OPENAI_BASE_URL = f"http://{place}/v1"
        said = check("plan_chat")
    assert not said.content
    assert "The server speaks https there, and OPENAI_BASE_URL begins with http://." in said
    assert said.env == [f"OPENAI_BASE_URL=https://{place}/v1"]


def test_a_certificate_that_is_not_trusted_is_said(server, settings, tmp_path):
    with tls_server(tmp_path) as place:
        settings.OPENAI_BASE_URL = f"https://{place}/v1"
        said = check("plan_chat")
    assert not said.content
    assert f"The certificate of {place} is not trusted" in said


def test_an_unknown_model_is_answered_with_the_list_of_the_server_the_nearest_first(server, settings):
    server.models = ["qwen3:14b", "llama3.2:3b", "fake-model-10", "mistral"]
    server.refuses = lambda _request: http_error(404, {"code": "model_not_found"})
    said = check("plan_chat")
    assert not said.content
    assert f"The server has no model {MODEL}. It has: fake-model-10," in said
    assert "qwen3:14b" in said
    assert said.env == ["COACH_MODEL=fake-model-10"]


def test_a_400_for_an_unknown_model_is_no_refused_parameter(server):
    server.models = [f"model-{number}" for number in range(30)]
    server.refuses = lambda _request: http_error(400)
    said = check("plan_chat")
    assert f"The server has no model {MODEL}." in said
    assert "and 10 more." in said


def test_an_unknown_model_of_a_server_without_a_list_is_said(server):
    server.models = None
    server.refuses = lambda _request: http_error(
        400, {"message": f"Invalid model name: the model {MODEL} does not exist"}
    )
    assert f"The server has no model {MODEL}, and lists none: check COACH_MODEL." in check("plan_chat")


@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        (401, {"code": "invalid_api_key"}, "The server refuses OPENAI_API_KEY (HTTP 401): it is wrong, expired"),
        (403, {}, "The key is known, but has no right to this model (HTTP 403)"),
        (429, {"code": "insufficient_quota"}, "The account at the provider has no credit left (HTTP 429)."),
        (429, {}, "The provider allows fewer calls than this (HTTP 429)"),
        (400, {}, "The server refuses the request (HTTP 400), and names nothing that we could leave away"),
        (404, {}, "Nothing is there (HTTP 404)"),
        (503, {}, "The server fails (HTTP 503): its own log says why."),
        (400, {"message": "API key not valid."}, "The server refuses OPENAI_API_KEY: it is wrong, expired"),
        (
            400,
            {"message": "Your credit balance is too low"},
            "The account at the provider has no credit left (HTTP 400)",
        ),
        (403, {"code": "unsupported_country_region_territory"}, "does not serve the country or network"),
        (
            404,
            {"message": "No endpoints found matching your data policy"},
            "The account's settings at the provider leave",
        ),
        (405, {}, "Nothing there takes what we send (HTTP 405): check OPENAI_BASE_URL"),
        (413, {}, "The request is too large for the server, or for something on the way (HTTP 413)"),
        (
            404,
            {"message": f"No endpoints found for {MODEL}."},
            f"The server lists the model {MODEL}, and does not serve",
        ),
        (400, {"code": "content_filter"}, "The provider's filter stopped a harmless prompt (HTTP 400)"),
    ],
)
def test_what_the_provider_answers_is_said_with_what_to_change(server, status, error, says):
    server.refuses = lambda _request: http_error(status, error)
    said = check("plan_chat")
    assert not said.content
    assert says in said
    assert "SECRET" not in said.text
    assert len(server.asked("plan_chat")) == 0


def test_a_key_that_is_not_set_is_not_said_to_be_wrong(server, settings):
    settings.OPENAI_API_KEY = ""
    server.refuses = lambda _request: http_error(401)
    assert "The server wants a key (HTTP 401), and OPENAI_API_KEY is empty." in check("plan_chat")


def test_a_right_that_no_key_was_sent_for_is_not_said_to_be_the_keys(server, settings):
    settings.OPENAI_API_KEY = ""
    server.refuses = lambda _request: http_error(403)
    assert "The server forbids it (HTTP 403), and OPENAI_API_KEY is empty." in check("plan_chat")


def test_a_page_that_forbids_is_not_said_to_be_about_the_key(server):
    server.refuses = lambda _request: body(b"<html><h1>Access denied</h1>", "text/html", 403)
    assert "Something on the way forbids it (HTTP 403) and sends a web page" in check("plan_chat")


def test_a_server_that_sends_elsewhere_is_said_to(server):
    server.refuses = lambda _request: http_error(302, headers={"Location": "/login"})
    said = check("plan_chat")
    assert "The server sends us on to another address (HTTP 302): set OPENAI_BASE_URL to that one." in said


@pytest.mark.parametrize(
    "elsewhere",
    [
        http_error(307, headers={"Location": "/v1/chat/completions"}),
        http_error(400, {"message": "Unexpected endpoint or method. (POST /chat/completions)"}),
        body(b'{"error": "Unexpected endpoint or method. (POST /chat/completions)"}'),
        http_error(404, {"message": "Invalid URL (POST /chat/completions)"}),
        body(b"<html>", "text/html"),
    ],
)
def test_an_address_without_v1_is_given_with_it_whatever_is_there(server, settings, elsewhere):
    settings.OPENAI_BASE_URL = server.url.removesuffix("/v1")
    server.refuses = lambda request: None if request.path.startswith("/v1/") else elsewhere
    assert check("plan_chat").env == [f"OPENAI_BASE_URL={server.url}"]


@pytest.mark.parametrize(
    "listed",
    [
        lambda names: {"data": names},
        lambda names: names,
        lambda names: {"models": [{"model": name} for name in names]},
        lambda names: [{"name": name} for name in names],
    ],
)
def test_a_list_of_models_in_another_form_is_read(server, monkeypatch, listed):
    answer = listed(["fake-model-10", "another"])
    monkeypatch.setattr("tests.fake_llm.Handler.do_GET", lambda handler: handler.send_json(200, answer))
    server.refuses = lambda _request: http_error(404, {"code": "model_not_found"})
    assert "It has: fake-model-10, another." in check("plan_chat")


@pytest.mark.parametrize("answer", [b'{"data": null}', b'{"data": {"a": 1}}', b"[" * 10_000, b"<html>", b"[null, 5]"])
def test_a_list_of_models_that_is_none_is_no_list(server, monkeypatch, answer):
    monkeypatch.setattr("tests.fake_llm.Handler.do_GET", lambda handler: body(answer)(handler, None))
    server.refuses = lambda _request: http_error(404, {"code": "model_not_found"})
    assert f"The server has no model {MODEL}, and lists none" in check("plan_chat")


def test_plain_http_to_another_machine_is_warned_of(server, settings):
    settings.OPENAI_BASE_URL, settings.LLM_PROXY = "http://llm.example.com/v1", server.url
    assert "Plain http to another machine (llm.example.com)" in check("plan_chat")


def test_plain_http_on_this_machine_is_not_warned_of(server):
    assert "Plain http" not in check("plan_chat")


def test_a_proxy_in_use_is_named_without_its_password(server, settings):
    settings.LLM_PROXY = server.url.replace("//", "//somebody:their-password@").removesuffix("/v1")
    said = check("plan_chat")
    assert f"The way leads through the proxy {server.url[7:-3]}." in said
    assert "their-password" not in said.text


def test_a_proxy_at_which_nobody_listens_is_not_said_to_be_the_server(server, settings):
    settings.LLM_PROXY = "http://127.0.0.1:1"
    assert "Nobody listens at the proxy 127.0.0.1:1" in check("plan_chat")


def test_a_proxy_that_does_not_speak_http_is_said(server, settings):
    settings.LLM_PROXY = "socks5://127.0.0.1:1"
    assert "The proxy for this address is no HTTP proxy" in check("plan_chat")


def test_a_server_that_fails_for_some_is_tried_for_the_others(server, settings):
    settings.COACH_MODELS = {"build_story": "broken"}
    server.refuses = lambda request: http_error(503) if request.body["model"] == "broken" else None
    said = check("build_story", "plan_chat")
    assert not said.content
    assert said.row("plan_chat")[2] == "works"
    assert len(server.asked(PROBE)) == 3
