"""Login sessions in the database that know their candidate, so that both are read by one query.

A cookie with odd characters causes no error there.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import db
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from coach.composed import composed_once
from coach.models import LoginSession, User


class SessionStore(db.SessionStore):
    """Looks up a session only by a key of letters and digits: Django makes no other keys.

    `candidate`: whose session it was when it was read; None before that, and before a login.
    """

    candidate: User | None = None

    def __init__(self, session_key: str | None = None) -> None:
        # A quoted cookie may hold any character; PostgreSQL takes no NUL.
        possible = session_key and session_key.isascii() and session_key.isalnum()
        super().__init__(session_key if possible else None)

    def load(self) -> dict[str, Any]:
        """The content of the session, {} when it has ended. Its candidate is read with it."""
        kept = _kept(self.session_key, timezone.now()) if self.session_key else []
        if not kept:
            self._session_key = None
            return {}
        self.candidate = kept[0].candidate
        return self.decode(kept[0].session_data)

    @classmethod
    def get_model_class(cls) -> type[LoginSession]:
        """The model of the rows."""
        return LoginSession

    def create_model_instance(self, data: dict[str, Any]) -> LoginSession:
        """The row for this content, with the candidate who is signed in by it."""
        row = super().create_model_instance(data)
        assert isinstance(row, LoginSession)
        row.candidate_id = candidate_in(data)
        return row


@composed_once
def _kept(key: str, now: datetime) -> QuerySet[LoginSession]:
    return LoginSession.objects.filter(session_key=key, expire_date__gt=now).select_related("candidate")


def candidate_in(data: dict[str, Any]) -> int | None:
    """The id of the candidate whom a session's content names; None before a login."""
    named = str(data.get(SESSION_KEY, ""))
    return int(named) if named.isdecimal() else None


class CandidateMiddleware(AuthenticationMiddleware):
    """Sets `request.user` as Django does, and takes the candidate who was read with the session."""

    def process_request(self, request: HttpRequest) -> None:
        """Say who is signed in; it is found out when somebody asks."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: signed_in(request))  # type: ignore[assignment]


def signed_in(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Whose session it is. What is not quite as usual (an old secret, a password that was changed) Django decides."""
    session: Any = request.session
    named, key = session.get(SESSION_KEY), session.get(HASH_SESSION_KEY, "")
    user: User | None = session.candidate
    as_usual = (
        user is not None
        and named == str(user.pk)
        and user.is_active
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(key, user.get_session_auth_hash())
    )
    return user if user is not None and as_usual else auth.get_user(request)
