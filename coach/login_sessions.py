"""Login sessions in the database that know their candidate; a cookie with odd characters causes no error there."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from coach.models import LoginSession


class SessionStore(db.SessionStore):
    """Looks up a session only by a key of letters and digits: Django makes no other keys."""

    def __init__(self, session_key: str | None = None) -> None:
        # A quoted cookie may hold any character; PostgreSQL takes no NUL.
        possible = session_key and session_key.isascii() and session_key.isalnum()
        super().__init__(session_key if possible else None)

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


def candidate_in(data: dict[str, Any]) -> int | None:
    """The id of the candidate whom a session's content names; None before a login."""
    named = str(data.get(SESSION_KEY, ""))
    return int(named) if named.isdecimal() else None
