"""What was posted and could not be taken: shown on the page that comes, and nowhere else kept.

Each form carries the mark of the candidate for whom it was written. The mark is signed: a page of another site cannot
make one, so words that bring it were typed into a page of ours, by this candidate.
"""

from typing import NamedTuple

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

from coach.models import User

TOKEN, MARK = "csrfmiddlewaretoken", "candidate"
# Before the names of the fields for signing in that stand on such a page beside the words.
SIGN_IN = "sign-in"
# Ids, numbers, versions and the names of zones are shorter.
LONGEST_SIGN = 40

_signer = Signer(salt="coach.kept")


class Posted(NamedTuple):
    """A field as it came. `is_words`: somebody wrote it, so it is shown; the rest goes along unseen."""

    name: str
    value: str
    is_words: bool


def mark_of(user: User) -> str:
    """What a form of this candidate carries: "7:…"."""
    return _signer.sign(str(user.pk))


def writer_of(request: HttpRequest) -> int | None:
    """The id of the candidate for whom the posted form was written; None where it does not say."""
    try:
        return int(_signer.unsign(request.POST.get(MARK, "")))
    except (BadSignature, ValueError):
        return None


def posted_of(request: HttpRequest) -> list[Posted]:
    """What was posted, to be posted again. Never passwords; nothing of a form with a file, which would be lacking."""
    if request.method != "POST" or "coach.refusal" in request.META or request.FILES:
        return []
    return [
        Posted(name, value, _is_words(value))
        for name, values in request.POST.lists()
        if name not in (TOKEN, MARK) and not name.startswith(f"{SIGN_IN}-") and "password" not in name
        for value in values
    ]


def _is_words(value: str) -> bool:
    return len(value) > LONGEST_SIGN or not value.isascii() or len(value.split()) > 1


def marks_of(request: HttpRequest) -> list[Posted]:
    """The token and the mark as they came, for a page that is not able to make new ones."""
    found = ((name, request.POST.get(name, "")) for name in (TOKEN, MARK))
    return [Posted(name, value, False) for name, value in found if value]


def take_sign_in_out(request: HttpRequest) -> None:
    """Take the fields for signing in out of what was posted: no view is to see a password that it did not ask for."""
    kept = request.POST.copy()
    for name in list(kept):
        if name.startswith(f"{SIGN_IN}-"):
            del kept[name]
    request.POST = kept  # type: ignore[assignment]
