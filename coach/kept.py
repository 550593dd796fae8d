"""A posted form that could not be processed: the next page shows its fields. They are stored nowhere else.

Each form carries a mark with the id of the candidate for whom the page was made. The mark is signed, so other sites
cannot make one: words that come with it were typed into a page of ours, by this candidate.
"""

import re
from typing import NamedTuple

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

from coach.models import User

TOKEN, MARK = "csrfmiddlewaretoken", "candidate"
# The prefix of the login fields that such a page has beside the words.
SIGN_IN = "sign-in"
# Fields without typed words: ids, versions, numbers, choices, ticks and buttons. The page shows all other fields.
_SIGNS = re.compile(
    r"(initial|accept)-.*|(own-)?(minutes|priority|drop)(-\d+)?|own-rows|add-row|by_line|(seen_|draft_)?version|round|which"
    r"|topic_id|daily_minutes|planned_study_time|time_zone|motivation|language|self_mark|wish|assume|keep|take|restore"
    r"|interview_on|day|outcome|question-(topic|went|drop)-\d+|gap-drop-\d+"
    r"|weak_(topic|general|unsure)|add_(topic|minutes)|seen_(text|job_advert)"
    r"|next|invitation|topic|asked_on|(topic|asked_on|leave)-\d+|none"
)
# A text of up to this many characters is shown in one line.
ONE_LINE = 60

_signer = Signer(salt="coach.kept")


class Posted(NamedTuple):
    """A posted field. `is_words`: somebody typed it, so the page shows it. Other fields are hidden inputs."""

    name: str
    value: str
    is_words: bool

    @property
    def is_line(self) -> bool:
        """Whether it fits into a field of one line."""
        return len(self.value) <= ONE_LINE and len(self.value.splitlines()) < 2


def mark_of(user: User) -> str:
    """The mark that forms of this candidate carry: "7:…"."""
    return _signer.sign(str(user.pk))


def writer_of(request: HttpRequest) -> int | None:
    """The id of the candidate for whom the posted form was made; None without a valid mark."""
    try:
        return int(_signer.unsign(request.POST.get(MARK, "")))
    except (BadSignature, ValueError):
        return None


def posted_of(request: HttpRequest) -> list[Posted]:
    """The posted fields, for posting them again, without passwords and files. [] for a refused body."""
    if request.method != "POST" or "coach.refusal" in request.META:
        return []
    return [
        Posted(name, value, bool(value.strip()) and not _SIGNS.fullmatch(name))
        for name, values in request.POST.lists()
        if name not in (TOKEN, MARK) and not name.startswith(f"{SIGN_IN}-") and "password" not in name
        for value in values
    ]


def marks_of(request: HttpRequest) -> list[Posted]:
    """The CSRF token and the mark as they were posted, for a page that cannot make new ones."""
    found = ((name, request.POST.get(name, "")) for name in (TOKEN, MARK))
    return [Posted(name, value, False) for name, value in found if value]


def take_sign_in_out(request: HttpRequest) -> None:
    """Remove the login fields from the posted ones: no view may see a password that it did not ask for."""
    kept = request.POST.copy()
    for name in list(kept):
        if name.startswith(f"{SIGN_IN}-"):
            del kept[name]
    request.POST = kept  # type: ignore[assignment]
