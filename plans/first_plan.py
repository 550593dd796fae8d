"""The way to a plan while none is in force: one step at a time, the same on every page."""

from dataclasses import dataclass

from django.db.models import TextChoices

from coach.models import User
from plans.journey import all_known, brief_of, known_of, open_proposals
from plans.models import PlanProposal


class Step(TextChoices):
    """What is to be done now, and what the page says of it."""

    DECIDE = "decide", "Your plan is ready to read"
    SHORTEN = "shorten", "Your plan takes more time than you have"
    WAIT = "wait", "Your plan is being written"
    TRY_AGAIN = "try_again", "Your plan is not written yet"
    WRITE = "write", "There is no plan yet"
    TALK = "talk", "Agree on a plan with the coach"


@dataclass(frozen=True)
class FirstPlan:
    """How far a candidate without a plan has come. `proposal`: the one to decide on, or that is to be written.

    `available`: their minutes a day, as far as they said.
    """

    step: Step
    proposal: PlanProposal | None = None
    available: int | None = None
    has_talked: bool = False


def first_plan(user: User) -> FirstPlan:
    """The next step to a plan of a candidate who has none in force.

    A proposal to decide on goes before one that is being written: it can be approved at once.
    """
    brief = brief_of(user)
    if proposal := open_proposals(user).first():
        fits = not brief.daily_minutes or proposal.total_minutes <= brief.daily_minutes
        return FirstPlan(Step.DECIDE if fits else Step.SHORTEN, proposal, brief.daily_minutes)
    if proposal := user.proposals.filter(status=PlanProposal.Status.WAITING).order_by("-pk").first():
        return FirstPlan(Step.TRY_AGAIN if proposal.failure else Step.WAIT, proposal)
    if all_known(known_of(user, brief)):
        return FirstPlan(Step.WRITE)
    return FirstPlan(Step.TALK, has_talked=user.chat_messages.exists())
