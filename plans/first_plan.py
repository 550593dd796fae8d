"""The way to a plan while none is in force: one step at a time, the same on every page."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.text import get_text_list

from coach.models import User
from plans.journey import brief_of, known_of, missing, open_proposals
from plans.models import PlanProposal
from plans.proposals.writing import ASSUMED_MINUTES


class Step(TextChoices):
    """What is to be done now, and what the page says of it."""

    DECIDE = "decide", "Your plan is ready to read"
    SHORTEN = "shorten", "Your plan takes more time than you have"
    WAIT = "wait", "Your plan is being written"
    TRY_AGAIN = "try_again", "Your plan is not written yet"
    WRITE = "write", "There is no plan yet"
    TALK = "talk", "Agree on a plan with the coach"


# What a plan needs: as the coach asks for it, and what it assumes for want of it.
NEEDED = {
    "role": ("the role you apply for", "what interviews usually ask"),
    "daily_minutes": ("your time a day", f"{ASSUMED_MINUTES} minutes a day"),
    "weaknesses": ("your weak spots", "what interviews usually ask"),
    "motivation": ("how motivated you are", "a steady pace"),
}


@dataclass(frozen=True)
class FirstPlan:
    """How far a candidate without a plan has come. `proposal`: the one to decide on, or that is to be written.

    `available`: their minutes a day, as far as they said. `missing`: names of NEEDED that they did not say.
    """

    step: Step
    proposal: PlanProposal | None = None
    available: int | None = None
    has_talked: bool = False
    missing: tuple[str, ...] = ()

    @property
    def asked_for(self) -> str:
        """What the coach still needs to know, as a list in words."""
        return get_text_list([NEEDED[name][0] for name in self.missing], "and")

    @property
    def assumed(self) -> str:
        """What it assumes for want of it, as a list in words."""
        return get_text_list(list(dict.fromkeys(NEEDED[name][1] for name in self.missing)), "and")


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
    if unsaid := missing(known_of(user, brief)):
        return FirstPlan(Step.TALK, has_talked=user.chat_messages.exists(), missing=unsaid)
    return FirstPlan(Step.WRITE)
