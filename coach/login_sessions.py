"""Login sessions in the database, as Django keeps them, that no cookie can make the database stumble over."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Looks a session up by a key of letters and digits only: Django writes no other."""

    def _validate_session_key(self, key: str | None) -> bool:
        # A quoted cookie may hold any character; PostgreSQL takes no NUL.
        valid = super()._validate_session_key(key)  # type: ignore[misc]
        return bool(valid and key and key.isascii() and key.isalnum())
