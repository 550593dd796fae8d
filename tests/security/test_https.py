"""With COACH_HTTPS=true: secure cookies, redirects and HSTS; without it, what a laptop needs."""

import pytest
from django.test import Client, override_settings

from tests import factories
from tests.coach.test_settings import settings_with

NAMES = (
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_PROXY_SSL_HEADER",
)


def test_behind_https_cookies_are_secure_and_plain_http_is_redirected(monkeypatch, db):
    factories.make_user("alice")
    chosen = settings_with(monkeypatch, {"COACH_HTTPS": "true"})
    with override_settings(**{name: chosen[name] for name in NAMES}):
        client = Client()
        plain = client.get("/login/")
        assert (plain.status_code, plain["Location"]) == (301, "https://testserver/login/")
        fields = {"username": "alice", "password": factories.PASSWORD}
        response = client.post("/login/", fields, headers={"x-forwarded-proto": "https"})
        assert response.status_code == 302
        assert response["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        assert all(client.cookies[name]["secure"] for name in ("sessionid", "csrftoken"))


@pytest.mark.django_db
def test_without_it_a_header_makes_nobody_believe_in_https(client):
    response = client.get("/login/", headers={"x-forwarded-proto": "https"})
    assert response.status_code == 200
    assert "Strict-Transport-Security" not in response
    assert not response.wsgi_request.is_secure()
