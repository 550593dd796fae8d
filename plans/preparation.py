"""What the candidate confirmed about themselves and the post, for the modes that are told it."""

from coach.models import User
from llm_modes.read_context.preparation import Preparation
from plans.models import ContextReading


def preparation_of(user: User) -> Preparation:
    """The lines that the candidate confirmed; an empty one until they did."""
    reading = ContextReading.objects.filter(user=user).first()
    return Preparation(**reading.confirmed) if reading and reading.confirmed else Preparation()
