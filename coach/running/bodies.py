"""How large a request's body may be, and how long it may take, by its path: decided before it is read."""

from django.conf import settings

# A form writes a character of four bytes as twelve ("%F0%9F%99%82").
FORM_BYTES_PER_CHARACTER = 12
# A draft may be ten times as long as an answer, so that nothing is lost until it is shortened.
DRAFT_CHARACTERS_PER_CHARACTER = 10
# Bytes a second of the slowest connection that we wait for: 0.8 Mbit/s.
SLOWEST_LINE = 100_000

# Without being signed in nobody has a long text to send.
SIGN_IN_PATHS = frozenset(
    {
        "/login/",
        "/join/",
        "/logout/",
        "/account/password/",
        "/account/deletion/",
        "/admin/login/",
        "/users/create",
        "/users/login",
    }
)


def most_bytes(path: str) -> int:
    """Bytes that the body of a request to this path may have. A larger one is refused with 413, unread."""
    if path in SIGN_IN_PATHS:
        return settings.SIGN_IN_BYTES
    if path == "/dictation/":
        return settings.DICTATION_BYTES
    if path in ("/stories/", "/stories/upload/"):
        return settings.STORIES_BYTES
    if path == "/context/":
        return max(settings.FORM_BYTES, settings.CONTEXT_BYTES)
    if path.startswith("/attempts/"):
        draft = settings.ANSWER_CHARACTERS * DRAFT_CHARACTERS_PER_CHARACTER * FORM_BYTES_PER_CHARACTER
        return max(settings.FORM_BYTES, draft)
    return settings.FORM_BYTES


def seconds_for(size: int) -> float:
    """Seconds until a body of this many bytes must have arrived."""
    return settings.BODY_SECONDS + size / SLOWEST_LINE
