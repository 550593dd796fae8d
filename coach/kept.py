"""What was posted and could not be taken: shown on the page that comes, and nowhere else kept.

Each form carries the mark of the candidate for whom it was written. The mark is signed: a page of another site cannot
make one, so words that bring it were typed into a page of ours, by this candidate.
"""

import re
from typing import NamedTuple

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

from coach.models import User

TOKEN, MARK = "csrfmiddlewaretoken", "candidate"
# Before the names of the fields for signing in that stand on such a page beside the words.
SIGN_IN = "sign-in"
# Fields that nobody types words into: ids and versions, numbers, what is chosen or ticked, and buttons. What a page
# shows is everything else, be it one word.
_SIGNS = re.compile(
    r"(initial|accept)-.*|(own-)?(minutes|priority)(-\d+)?|own-rows|add-row|by_line|(seen_|draft_)?version|round|which"
    r"|topic_id|daily_minutes|planned_study_time|time_zone|motivation|self_mark|wish|assume|keep|take|restore"
    r"|next|invitation"
)
# Characters that are shown in one line.
ONE_LINE = 60

_signer = Signer(salt="coach.kept")


class Posted(NamedTuple):
    """A field as it came. `is_words`: somebody wrote it, so it is shown; the rest goes along unseen."""

    name: str
    value: str
    is_words: bool

    @property
    def is_line(self) -> bool:
        """Whether it fits into a field of one line."""
        return len(self.value) <= ONE_LINE and len(self.value.splitlines()) < 2


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
        Posted(name, value, bool(value.strip()) and not _SIGNS.fullmatch(name))
        for name, values in request.POST.lists()
        if name not in (TOKEN, MARK) and not name.startswith(f"{SIGN_IN}-") and "password" not in name
        for value in values
    ]


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
