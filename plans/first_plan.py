"""The next step of a candidate who has no plan in force. Every page shows the same step."""

from dataclasses import dataclass, replace

from django.db.models import TextChoices
from django.utils.text import get_text_list

from coach.models import User
from plans.countdown import Countdown
from plans.journey import brief_of, known_of, missing, open_proposals
from plans.models import PlanBrief, PlanProposal
from plans.proposals.writing import ASSUMED_MINUTES


class Step(TextChoices):
    """What to do now, and what the page says of it."""

    DECIDE = "decide", "Your plan is ready to read"
    SHORTEN = "shorten", "Your plan takes more time than you have"
    WAIT = "wait", "Your plan is being written"
    TRY_AGAIN = "try_again", "Your plan is not written yet"
    WRITE = "write", "There is no plan yet"
    TALK = "talk", "Agree on a plan with the coach"


# What a plan needs: how the coach asks for it, and what it assumes if it is not told.
NEEDED = {
    "role": ("the role you apply for", "what interviews usually ask"),
    "daily_minutes": ("your time a day", f"{ASSUMED_MINUTES} minutes a day"),
    "weaknesses": ("your weak spots", "what interviews usually ask"),
    "motivation": ("how motivated you are", "a steady pace"),
}


@dataclass(frozen=True)
class FirstPlan:
    """How far a candidate without a plan has come. `proposal`: to be decided on, or still to be written.

    `available`: their minutes a day, if there is a proposal to decide on and they told them. `missing`: keys of NEEDED.
    `countdown`: the way to their interview.
    """

    step: Step
    proposal: PlanProposal | None = None
    available: int | None = None
    has_talked: bool = False
    missing: tuple[str, ...] = ()
    countdown: Countdown | None = None

    @property
    def asked_for(self) -> str:
        """What the coach still needs to know, as a list in words: "the role you apply for and your time a day"."""
        return get_text_list([NEEDED[name][0] for name in self.missing], "and")

    @property
    def assumed(self) -> str:
        """What the coach assumes instead, as a list in words."""
        return get_text_list(list(dict.fromkeys(NEEDED[name][1] for name in self.missing)), "and")


def first_plan(user: User) -> FirstPlan:
    """The next step of a candidate without a plan in force.

    A proposal to decide on comes before one that is being written, because it can be approved at once.
    """
    brief = brief_of(user)
    return replace(_step(user, brief), countdown=Countdown.to(user, brief.interview_on))


def _step(user: User, brief: PlanBrief) -> FirstPlan:
    if proposal := open_proposals(user).first():
        fits = not brief.daily_minutes or proposal.total_minutes <= brief.daily_minutes
        return FirstPlan(Step.DECIDE if fits else Step.SHORTEN, proposal, brief.daily_minutes)
    if proposal := user.proposals.filter(status=PlanProposal.Status.WAITING).order_by("-pk").first():
        return FirstPlan(Step.TRY_AGAIN if proposal.failure else Step.WAIT, proposal)
    if unsaid := missing(known_of(user, brief)):
        return FirstPlan(Step.TALK, has_talked=user.chat_messages.exists(), missing=unsaid)
    return FirstPlan(Step.WRITE)
