"""The pages of the plan, a module per noun."""

from plans.views.brief import brief
from plans.views.chat import chat, chat_live, chat_reply, chat_reply_stop
from plans.views.context import context, context_reading, context_reading_answer, context_reading_answer_stop
from plans.views.notes import note, notes
from plans.views.plan import plan, today, undo
from plans.views.proposals import (
    proposal_approval,
    proposal_detail,
    proposal_rejection,
    proposal_suggestion,
    proposal_suggestion_stop,
    proposals,
)
from plans.views.review import review, review_answer, review_answer_stop

__all__ = [
    "brief",
    "chat",
    "chat_live",
    "chat_reply",
    "chat_reply_stop",
    "context",
    "context_reading",
    "context_reading_answer",
    "context_reading_answer_stop",
    "note",
    "notes",
    "plan",
    "proposal_approval",
    "proposal_detail",
    "proposal_rejection",
    "proposal_suggestion",
    "proposal_suggestion_stop",
    "proposals",
    "review",
    "review_answer",
    "review_answer_stop",
    "today",
    "undo",
]
