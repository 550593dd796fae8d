"""The one way in which an LLM call fails, as the candidate is told."""

from typing import NamedTuple

from django.conf import settings


class Failure(NamedTuple):
    """What happened, in words for the candidate, and what has to happen before trying again can help.

    Trying again is always offered, since only a try shows whether the cause is gone. `can_retry`: nobody has to do
    anything first. `status` is the HTTP status; `wait` the seconds after which trying again can help, where known.
    """

    message: str
    can_retry: bool
    status: int = 503
    wait: int | None = None


FAILURES: dict[str, Failure] = {
    "unreachable": Failure("The coach could not be reached. Please try again in a moment.", True),
    "timeout": Failure("The coach took too long to answer. Please try again.", True),
    "rate_limited": Failure("The coach is being asked too often right now. Wait a minute, then try again.", True),
    "quota": Failure(
        "The account that pays for the coach has used up its quota. Whoever runs this site has to renew it; then try "
        "again.",
        False,
    ),
    "refused": Failure("The coach declined to answer this. Try again, or put it in other words.", False),
    "invalid_reply": Failure("The coach sent a reply that cannot be used. Please try again.", True),
    "over_budget": Failure(
        "You have used up today's share of the coach. What you wrote stays here; try again tomorrow, when a new day "
        "begins.",
        False,
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
    # Not a reply's fault: whoever was asking went away, and the lease ran out.
    "interrupted": Failure("The coach was interrupted before it could answer. Please try again.", True),
}
# For want of a place among the candidate's calls or the server's threads.
UNASKED: dict[str, Failure] = {
    "too_many_at_once": Failure(
        "The coach is still busy with the last {at_once} things that you asked for. What you wrote is saved; try again "
        "when one of them is done.",
        True,
        status=429,
        wait=5,
    ),
    "too_many_calls": Failure(
        "You have asked the coach {per_minute} times within a minute. What you wrote is saved; wait a minute, then try "
        "again.",
        True,
        status=429,
        wait=60,
    ),
    "busy": Failure(
        "The coach has its hands full at the moment. What you wrote is saved; try again in a moment.", True, wait=5
    ),
}

# Nothing was sent, so it counts as no try.
UNSENT = frozenset({*UNASKED, "over_budget"})


def told(code: str) -> Failure:
    """The failure with this code, its message as the candidate reads it; "interrupted" for a code that nobody knows."""
    if code not in UNASKED:
        return FAILURES.get(code, FAILURES["interrupted"])
    failure = UNASKED[code]
    limits = {"at_once": settings.COACH_CALLS_AT_ONCE, "per_minute": settings.COACH_CALLS_PER_MINUTE}
    return failure._replace(message=failure.message.format(**limits))


class LLMFailure(Exception):
    """An LLM call that gave no usable reply; it carries nothing of prompt or reply.

    `code` is one of FAILURES or UNASKED, and `failure` what stands there. `detail` says more to whoever runs the
    place, in words of ours: "HTTP 404", "cut off".
    """

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        self.failure = told(code)
        self.message, self.can_retry = self.failure.message, self.failure.can_retry
        super().__init__(code)
