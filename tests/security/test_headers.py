"""What every answer tells the browser to refuse."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.security.cast import WithCast, taken_back
from tests.security.routes import table, url_of

POLICY = ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'")
LOOSE = ("unsafe-inline", "unsafe-eval", "http:", "https:", "*")
DOWNLOADS = {"export": 'attachment; filename="interview-coach.json"', "study:stories_md": 'filename="stories.md"'}


class TestHeaders(WithCast):
    def answers(self, role: str):
        """A GET of every route by this role, those that are refused included."""
        for route in table():
            url = url_of(route, self.cast.ids.get(route.own, ""), 1)
            with taken_back():
                yield url, self.cast.visitors[role].send("GET", url)

    def test_every_answer_forbids_foreign_scripts_frames_and_guessing(self):
        for role in ("anonymous", "owner"):
            for url, response in self.answers(role):
                with self.subTest(url=url, role=role):
                    policy = response["Content-Security-Policy"]
                    assert all(part in policy for part in POLICY)
                    if not url.startswith("/api/docs"):
                        assert not any(part in policy.split() for part in LOOSE)
                    assert response["X-Frame-Options"] == "DENY"
                    assert response["X-Content-Type-Options"] == "nosniff"
                    assert response["Referrer-Policy"] == "same-origin"
                    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
                    assert "Access-Control-Allow-Origin" not in response

    def test_every_text_says_its_encoding(self):
        for url, response in self.answers("owner"):
            if response.status_code == 200:
                with self.subTest(url=url):
                    kind = response["Content-Type"]
                    assert "charset=utf-8" in kind or kind.startswith(("application/json", "text/event-stream"))


@pytest.fixture
def alice(db, client):
    alice = factories.make_user("alice")
    client.force_login(alice)
    return alice


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(db):
    factories.make_user("alice")
    client = Client()
    client.post(reverse("login"), {"username": "alice", "password": factories.PASSWORD})
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert client.cookies["csrftoken"]["samesite"] == "Lax"
    assert len(cookie.value) >= 32


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_download_has_a_name_of_ours_and_is_not_kept(client, alice, name):
    response = client.get(reverse(name), {"filename": 'x"\r\nSet-Cookie: a=b', "name": "../x"})
    assert DOWNLOADS[name] in response["Content-Disposition"]
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Cache-Control"] == "no-store"


def test_nothing_that_is_sent_lands_in_a_header(client, alice):
    """A new line in a target of a redirect would begin a header of its own."""
    response = client.get(reverse("home") + "?x=%0d%0aSet-Cookie:%20a=b")
    assert "a" not in response.cookies
    client.logout()
    response = client.get(reverse("home") + "?x=%0d%0aSet-Cookie:%20a=b")
    assert "\n" not in response["Location"]
    assert "a" not in response.cookies
