"""The stages of a candidate's journey, and the actions of a reply at each. A mode itself says where it may be asked."""

from enum import StrEnum


class Stage(StrEnum):
    """Where the candidate is. Code knows it from rows, never from a reply."""

    GETTING_TO_KNOW = "getting to know"
    READY_TO_PLAN = "ready to plan"
    PROPOSAL_OPEN = "proposal open"
    PLAN_IN_FORCE = "plan in force"
    IN_SESSION = "in a session"
    SESSION_ENDED = "session ended"


ACTIONS: dict[Stage, tuple[str, ...]] = {
    Stage.GETTING_TO_KNOW: ("ask",),
    Stage.READY_TO_PLAN: ("ask", "suggest_plan"),
    Stage.PROPOSAL_OPEN: ("ask", "suggest_changes", "none"),
    Stage.PLAN_IN_FORCE: ("ask", "suggest_changes", "none"),
    Stage.IN_SESSION: ("none",),
    Stage.SESSION_ENDED: ("none",),
}
