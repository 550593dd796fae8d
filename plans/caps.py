"""How many messages a candidate may send and proposals ask for in a day, and of how many interviews they may tell."""

from coach.caps import Cap, DailyCap
from coach.models import User
from plans.models import ChatMessage, Debrief, PlanProposal

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
DEBRIEFS = Cap(
    setting="COACH_DEBRIEFS",
    name="real interviews told of",
    sentence="You have told of {most} interviews, as many as can be kept. What you wrote is in the field: copy it.",
)


def require_message(user: User) -> None:
    """Raise CapReached if the candidate has sent MESSAGES.most messages today."""
    MESSAGES.require_today(ChatMessage.objects.filter(user=user, author=ChatMessage.Author.CANDIDATE), user)


def require_proposal(user: User) -> None:
    """Raise CapReached if PROPOSALS.most plans were asked for, made or taken back today."""
    PROPOSALS.require_today(PlanProposal.objects.filter(user=user), user)


def require_debrief(user: User) -> None:
    """Raise CapReached if the candidate has told of DEBRIEFS.most interviews."""
    DEBRIEFS.require(Debrief.objects.filter(user=user))


def counts(user: User) -> list[tuple[str, int, int]]:
    """How much of each cap is used, for the admin: (name, rows today, cap)."""
    said = ChatMessage.objects.filter(user=user, author=ChatMessage.Author.CANDIDATE)
    return [
        (MESSAGES.name, MESSAGES.count_today(said, user), MESSAGES.most),
        (PROPOSALS.name, PROPOSALS.count_today(PlanProposal.objects.filter(user=user), user), PROPOSALS.most),
        (DEBRIEFS.name, DEBRIEFS.count(Debrief.objects.filter(user=user)), DEBRIEFS.most),
    ]
