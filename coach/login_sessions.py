"""Django's login sessions in the database; a cookie with odd characters causes no error of the database."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Looks up a session only by a key of letters and digits: Django makes no other keys."""

    def __init__(self, session_key: str | None = None) -> None:
        # A quoted cookie may hold any character; PostgreSQL takes no NUL.
        possible = session_key and session_key.isascii() and session_key.isalnum()
        super().__init__(session_key if possible else None)
