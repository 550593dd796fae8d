"""Login sessions in the database, as Django keeps them, that no cookie can make the database stumble over."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Looks a session up by a key of letters and digits only: Django writes no other."""

    def __init__(self, session_key: str | None = None) -> None:
        # A quoted cookie may hold any character; PostgreSQL takes no NUL.
        possible = session_key and session_key.isascii() and session_key.isalnum()
        super().__init__(session_key if possible else None)
