"""The language of the interview: asked about once, where the candidate writes in another one than English."""

from typing import NamedTuple

from django.conf import settings

from coach.languages import english_name
from coach.models import User
from llm_modes.language.foreign import MOST_CHARACTERS
from llm_modes.language.guessing import guessed_language
from llm_modes.language.words import count_words
from llm_modes.plan_chat.schema import MOST_MESSAGES
from plans.models import ChatMessage, PlanBrief

# In fewer words nobody writes in a language for sure.
LEAST_WORDS = 20


class Guess(NamedTuple):
    """A language that the candidate seems to write in: "de", "German"."""

    tag: str
    name: str


def language_to_ask_about(user: User, brief: PlanBrief, context: str) -> Guess | None:
    """What the candidate writes in, to be asked about; None for English, and when a language was ever said.

    The offline coach does not ask: it has no other language than English.
    """
    if brief.language or settings.OFFLINE_COACH:
        return None
    said = ChatMessage.objects.filter(user=user, author=ChatMessage.Author.CANDIDATE).order_by("-pk")[:MOST_MESSAGES]
    text = "\n".join([*(message.text for message in said), context])[:MOST_CHARACTERS]
    tag = guessed_language(text) if count_words(text) >= LEAST_WORDS else ""
    return Guess(tag, english_name(tag)) if tag else None
