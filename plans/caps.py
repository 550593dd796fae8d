"""How many messages a candidate may send, and how many proposals they may ask for, in a day."""

from coach.caps import DailyCap
from coach.models import User
from plans.models import ChatMessage, PlanProposal

MESSAGES = DailyCap(
    setting="COACH_MESSAGES_PER_DAY",
    name="messages today",
    sentence="You have sent {most} messages today, as many as fit into a day. Yours is kept here: send it tomorrow.",
)
PROPOSALS = DailyCap(
    setting="COACH_PROPOSALS_PER_DAY",
    name="plans and changes of the plan today",
    sentence="Your plan was changed, or a change asked for, {most} times today, as often as fits into a day. Go on "
    "tomorrow; nothing is lost.",
)


def require_message(user: User) -> None:
    """Raise CapReached if the candidate has sent MESSAGES.most messages today."""
    MESSAGES.require_today(ChatMessage.objects.filter(user=user, author=ChatMessage.Author.CANDIDATE), user)


def require_proposal(user: User) -> None:
    """Raise CapReached if PROPOSALS.most plans were asked for, made or taken back today."""
    PROPOSALS.require_today(PlanProposal.objects.filter(user=user), user)


def counts(user: User) -> list[tuple[str, int, int]]:
    """How much of each cap is used, for the admin: (name, rows today, cap)."""
    said = ChatMessage.objects.filter(user=user, author=ChatMessage.Author.CANDIDATE)
    return [
        (MESSAGES.name, MESSAGES.count_today(said, user), MESSAGES.most),
        (PROPOSALS.name, PROPOSALS.count_today(PlanProposal.objects.filter(user=user), user), PROPOSALS.most),
    ]
