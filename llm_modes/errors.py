"""The one way in which an LLM call fails, as the candidate is told."""

from typing import NamedTuple


class Failure(NamedTuple):
    """What happened, in words for the candidate, and whether trying again can help."""

    message: str
    can_retry: bool


FAILURES: dict[str, Failure] = {
    "unreachable": Failure("The coach could not be reached. Please try again in a moment.", True),
    "timeout": Failure("The coach took too long to answer. Please try again.", True),
    "rate_limited": Failure("The coach is being asked too often right now. Wait a minute, then try again.", True),
    "quota": Failure(
        "The account that pays for the coach has used up its quota. Whoever runs this site has to renew it.", False
    ),
    "refused": Failure("The coach declined to answer this. Try putting it in other words.", False),
    "invalid_reply": Failure("The coach gave an answer that makes no sense to us. Please try again.", True),
    "over_budget": Failure(
        "You have used up today's share of the coach. It starts afresh tomorrow; what you wrote stays here.", False
    ),
    "misconfigured": Failure(
        "The coach is not set up correctly. Whoever runs this site has to check its key, address and model.", False
    ),
    "unreadable": Failure(
        "What the coach needs for this cannot be read any more, so nobody was asked. Write it anew, then try again.",
        True,
    ),
    # Not a reply's fault: whoever was asking went away, and the lease ran out.
    "interrupted": Failure("The coach was interrupted before it could answer. Please try again.", True),
}


class LLMFailure(Exception):
    """An LLM call that gave no usable reply. `code` is one of FAILURES; it carries nothing of prompt or reply.

    `detail` says more to whoever runs the place, in words of ours: "HTTP 404", "cut off".
    """

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        self.message, self.can_retry = FAILURES[code]
        super().__init__(code)
