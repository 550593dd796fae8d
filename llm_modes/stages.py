"""Which modes may be called, and which actions a reply may take, at each stage of a candidate's journey."""

from enum import StrEnum

from llm_modes.provider.failures import LLMFailure


class Stage(StrEnum):
    """Where the candidate is. Code knows it from rows, never from a reply."""

    GETTING_TO_KNOW = "getting to know"
    READY_TO_PLAN = "ready to plan"
    PROPOSAL_OPEN = "proposal open"
    PLAN_IN_FORCE = "plan in force"
    IN_SESSION = "in a session"
    SESSION_ENDED = "session ended"


MODES: dict[Stage, frozenset[str]] = {
    # The candidate may ask for a plan at any time: before all is known, then the missing is assumed, or from scratch.
    Stage.GETTING_TO_KNOW: frozenset({"plan_chat", "suggest_plan"}),
    Stage.READY_TO_PLAN: frozenset({"plan_chat", "suggest_plan"}),
    Stage.PROPOSAL_OPEN: frozenset({"plan_chat", "suggest_plan", "suggest_plan_changes"}),
    Stage.PLAN_IN_FORCE: frozenset({"plan_chat", "suggest_plan", "suggest_plan_changes"}),
    Stage.IN_SESSION: frozenset({"generate_questions", "evaluate_answer", "build_story"}),
    Stage.SESSION_ENDED: frozenset({"evaluate_answer", "build_story", "reconcile_session"}),
}

ACTIONS: dict[Stage, tuple[str, ...]] = {
    Stage.GETTING_TO_KNOW: ("ask",),
    Stage.READY_TO_PLAN: ("ask", "suggest_plan"),
    Stage.PROPOSAL_OPEN: ("ask", "suggest_changes", "none"),
    Stage.PLAN_IN_FORCE: ("ask", "suggest_changes", "none"),
    Stage.IN_SESSION: ("none",),
    Stage.SESSION_ENDED: ("none",),
}


class NotAtThisStage(LLMFailure):
    """A mode was called at a stage that does not list it: what the row rested on has changed since it was saved."""

    def __init__(self, mode: str, stage: Stage) -> None:
        super().__init__("not_now", f"{mode} is not a mode of the stage '{stage}'")


def require(mode: str, stage: Stage) -> None:
    """Raise NotAtThisStage unless this stage lists the mode."""
    if mode not in MODES[stage]:
        raise NotAtThisStage(mode, stage)
