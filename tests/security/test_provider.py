"""The program talks to the LLM's server that was configured, whatever that server or the environment says."""

import pytest

from study import marking
from tests import factories
from tests.fake_llm import a_mark

pytestmark = pytest.mark.django_db


def submitted():
    alice = factories.make_user("alice")
    factories.make_plan(alice)
    return factories.make_attempt(alice, state="submitted")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(fake_llm, status):
    """It would send the candidate's words, and the key, wherever the reply says."""
    target = {"Location": fake_llm.url.replace("/v1", "/trap")}
    for _ in range(3):
        fake_llm.play(lambda handler, _request: handler.send_body(status, b"", "text/html", target))
    attempt = marking.give_feedback(submitted())
    assert attempt.failure
    assert {request.path for request in fake_llm.requests} == {"/v1/chat/completions"}


def test_a_proxy_of_the_environment_is_not_used(fake_llm, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    fake_llm.reply(a_mark())
    assert marking.give_feedback(submitted()).is_answered
