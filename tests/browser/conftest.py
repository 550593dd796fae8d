"""What browser tests against the live server share."""

import pytest
from django.conf import settings
from django.test import Client


@pytest.fixture
def sign_in(live_server):
    """A function that puts a candidate's session cookie into a browser context."""

    def sign_in(context, user) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])

    return sign_in
