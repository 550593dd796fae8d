"""Which modes may be called, and which actions a reply may take, at each stage of a candidate's journey."""

from enum import StrEnum


class Stage(StrEnum):
    """Where the candidate is. Code knows it from rows, never from a reply."""

    GETTING_TO_KNOW = "getting to know"
    READY_TO_PLAN = "ready to plan"
    PROPOSAL_OPEN = "proposal open"
    PLAN_IN_FORCE = "plan in force"
    IN_SESSION = "in a session"
    SESSION_ENDED = "session ended"


MODES: dict[Stage, frozenset[str]] = {
    Stage.GETTING_TO_KNOW: frozenset({"plan_chat"}),
    Stage.READY_TO_PLAN: frozenset({"plan_chat", "suggest_plan"}),
    Stage.PROPOSAL_OPEN: frozenset({"plan_chat", "suggest_plan_changes"}),
    Stage.PLAN_IN_FORCE: frozenset(
        {"plan_chat", "suggest_plan", "suggest_plan_changes", "generate_questions", "build_story"}
    ),
    Stage.IN_SESSION: frozenset({"generate_questions", "evaluate_answer", "build_story"}),
    Stage.SESSION_ENDED: frozenset({"reconcile_session"}),
}

ACTIONS: dict[Stage, tuple[str, ...]] = {
    Stage.GETTING_TO_KNOW: ("ask",),
    Stage.READY_TO_PLAN: ("ask", "suggest_plan"),
    Stage.PROPOSAL_OPEN: ("ask", "suggest_changes", "none"),
    Stage.PLAN_IN_FORCE: ("ask", "suggest_changes", "none"),
    Stage.IN_SESSION: ("none",),
    Stage.SESSION_ENDED: ("none",),
}


class NotAtThisStage(Exception):
    """A mode was called at a stage that does not list it: a mistake of the calling code, not of the candidate."""


def require(mode: str, stage: Stage) -> None:
    """Raise NotAtThisStage unless this stage lists the mode."""
    if mode not in MODES[stage]:
        raise NotAtThisStage(f"{mode} is not a mode of the stage '{stage}'")
