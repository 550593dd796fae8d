"""Every way in which an LLM call can fail, and what the candidate is told."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from coach.counted import counted


class Failure(NamedTuple):
    """What the candidate is told of a failure, and when another try can help.

    Another try is always offered, since only a try shows whether the cause is gone. `can_retry`: nobody has to do
    anything before. `status`: the HTTP status. `wait`: seconds until another try can help, None if not known.
    `afterwards`: the message when the wait is over, because a page can be read again the next day.
    """

    message: str
    can_retry: bool
    status: int = 503
    wait: int | None = None
    afterwards: str = ""


# The candidate has stopped it; the coach does not try again by itself.
STOPPED = "stopped"
# Rules cannot read an answer, notes for a story, or what is told of an interview: another try helps as soon as a model
# is connected, and not before.
BEYOND_RULES, NOTES_BEYOND_RULES, DEBRIEF_BEYOND_RULES = "beyond_rules", "notes_beyond_rules", "debrief_beyond_rules"
UNREAD_BY_RULES = frozenset({BEYOND_RULES, NOTES_BEYOND_RULES, DEBRIEF_BEYOND_RULES})
# Nothing went wrong: it is left as it is until the candidate wants another try.
LEFT_ALONE = frozenset({STOPPED, *UNREAD_BY_RULES})

FAILURES: dict[str, Failure] = {
    "unreachable": Failure("The coach could not be reached. Please try again in a moment.", True),
    "timeout": Failure("The coach took too long to answer. Please try again.", True),
    "rate_limited": Failure(
        "The coach is being asked too often right now. Wait a minute, then try again.",
        True,
        afterwards="The coach was being asked too often at that moment. Please try again.",
    ),
    "quota": Failure(
        "The account that pays for the coach has used up its quota. Whoever runs this site has to renew it; then try "
        "again.",
        False,
    ),
    "refused": Failure(
        "The coach declined to answer this. Try again; where it is about words of yours, other words may help.", False
    ),
    "invalid_reply": Failure("The coach sent a reply that cannot be used. Please try again.", True),
    "over_budget": Failure(
        "You have used up today's share of the coach. What you wrote stays here; try again tomorrow, when a new day "
        "begins.",
        False,
        afterwards="Your share of the coach for that day was used up. A new day has begun, so try again.",
    ),
    "misconfigured": Failure(
        "The coach is not set up correctly. Whoever runs this site has to check its key, address and model; then try "
        "again.",
        False,
    ),
    "unreadable": Failure(
        "What the coach needs for this cannot be read any more, so nobody was asked. Write it anew, then try again.",
        True,
    ),
    # The offline coach declines: it reads English prose only, no other language and no code.
    BEYOND_RULES: Failure(
        "I can read English only. Your answer is kept, and can be marked when a model is connected.",
        False,
        afterwards="I could read English only at that time. Your answer is kept, and can be marked now.",
    ),
    NOTES_BEYOND_RULES: Failure(
        "I can read English only. Your notes are kept, and can be put in order when a model is connected.",
        False,
        afterwards="I could read English only at that time. Your notes are kept, and can be put in order now.",
    ),
    DEBRIEF_BEYOND_RULES: Failure(
        "I am a set of rules and cannot read what you told. It is kept, until a model is connected. Bring the "
        "questions yourself to practise them now.",
        False,
        afterwards="I was a set of rules then and could not read what you told. It is kept, and can be read now.",
    ),
    "nothing_left": Failure(
        "There is no question left in this topic that the coach has not asked. Bring one of your own, below.",
        False,
        status=409,
    ),
    # The stage does not list the mode (any more).
    "not_now": Failure(
        "Your session or your plan has changed meanwhile, so the coach was not asked. What you wrote is saved; open "
        "the page once more.",
        True,
        status=409,
    ),
    STOPPED: Failure("You stopped it. Nothing that you wrote is lost; try again when you like.", True, status=409),
    # The process that asked died, and its lease ended.
    "interrupted": Failure("The coach was interrupted before it could answer. Please try again.", True),
}
# The LLM was not asked, because a limit was reached: calls at once, calls a minute, or the server's waiting threads.
UNASKED: dict[str, Failure] = {
    "too_many_at_once": Failure(
        "The coach is still busy with {things} that you asked for. What you wrote is saved; try again when that is "
        "done.",
        True,
        status=429,
        wait=5,
        afterwards="The coach was still busy with what you had asked for before. What you wrote is saved; try again.",
    ),
    "too_many_calls": Failure(
        "You have asked the coach {times} within a minute. What you wrote is saved; wait a minute, then try again.",
        True,
        status=429,
        wait=60,
        afterwards="You had asked the coach {times} within a minute. What you wrote is saved; try again.",
    ),
    "busy": Failure(
        "The coach has its hands full at the moment. What you wrote is saved; try again in a moment.",
        True,
        wait=5,
        afterwards="The coach had its hands full at that moment. What you wrote is saved; try again.",
    ),
}

# Failures before anything was sent: they do not count as a try.
UNSENT = frozenset({*UNASKED, "over_budget", "not_now"})


A_MINUTE = 60  # seconds to wait after a failure without a `wait` of its own


def told(code: str, since: datetime | None = None) -> Failure:
    """The failure with this code, with its message for the candidate. An unknown code counts as "interrupted".

    `since`: when it failed. If the wait is over by now, the message is `afterwards`.
    """
    failure = UNASKED.get(code) or FAILURES.get(code, FAILURES["interrupted"])
    if since and failure.afterwards and _is_over(code, failure, since):
        failure = failure._replace(message=failure.afterwards, can_retry=True)
    if code not in UNASKED:
        return failure
    at_once = settings.COACH_CALLS_AT_ONCE
    things = "the last thing" if at_once == 1 else f"the last {at_once} things"
    times = counted(settings.COACH_CALLS_PER_MINUTE, "time")
    return failure._replace(message=failure.message.format(things=things, times=times))


def _is_over(code: str, failure: Failure, since: datetime) -> bool:
    if code in UNREAD_BY_RULES:
        return not settings.OFFLINE_COACH
    if code == "over_budget":
        return timezone.localtime(since).date() < timezone.localdate()
    return since + timedelta(seconds=failure.wait or A_MINUTE) <= timezone.now()


class LLMFailure(Exception):
    """An LLM call gave no usable reply. The exception holds nothing of prompt or reply.

    `code`: a key of FAILURES or UNASKED. `failure`: its entry there. `detail`: more for whoever runs the site, in our
    own words: "HTTP 404", "cut off".
    """

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        self.failure = told(code)
        self.message = self.failure.message
        super().__init__(code)
