"""The smallest sensible inputs of every mode: what `check_llm` tries a provider with."""

from llm_modes.build_story.schema import BuildStoryInputs
from llm_modes.evaluate_answer.schema import Anchor, EvaluateAnswerInputs
from llm_modes.generate_questions.schema import GenerateQuestionsInputs, TopicData
from llm_modes.language.mode import Inputs
from llm_modes.plan_chat.schema import ChatLine, Known, PlanChatInputs
from llm_modes.reconcile_session.counts import Counts
from llm_modes.reconcile_session.schema import MarkedAttempt, ReconcileSessionInputs
from llm_modes.stages import MODES, Stage
from llm_modes.suggest_plan.plan import PlanTopicData
from llm_modes.suggest_plan.schema import SuggestPlanInputs
from llm_modes.suggest_plan_changes.schema import SuggestPlanChangesInputs

ROLE = "Backend engineer"
QUESTION = "Tell me about a time you made something faster."
ANSWER = (
    "At my last job the search page took four seconds. I measured it, found a missing index, added it with a "
    "teammate, and the page came down to three hundred milliseconds within a week."
)


def tiny_inputs() -> dict[str, Inputs]:
    """Inputs for each mode, by its name."""
    anchor = Anchor(name="Result", anchor="End with the number you reached.")
    return {
        "plan_chat": PlanChatInputs(
            stage=Stage.GETTING_TO_KNOW,
            allowed_actions=["ask"],
            known=Known(role=ROLE),
            has_context=False,
            context="",
            plan=[],
            proposal=[],
            messages=[ChatLine(author="candidate", text="I have 30 minutes a day.")],
        ),
        "suggest_plan": SuggestPlanInputs(
            role=ROLE, context="", daily_minutes=45, weaknesses="system design", motivation="medium"
        ),
        "suggest_plan_changes": SuggestPlanChangesInputs(
            role=ROLE,
            context="",
            daily_minutes=30,
            time_horizon_weeks=6,
            plan=[
                PlanTopicData(name="System design", priority=1, daily_study_minutes=15),
                PlanTopicData(name="Conflict stories", priority=2, daily_study_minutes=15),
            ],
            progress=[],
            feedback=["Keep the plan as it is."],
            trigger="chat",
        ),
        "generate_questions": GenerateQuestionsInputs(
            topic=TopicData(name="System design", description="", expected_outcome=""),
            role=ROLE,
            level="not said",
            strength_rating=None,
            next_focus=[],
            wish="",
            difficulties={"easy": 1, "medium": 2},
            redo_candidates=[],
            recent_questions=[],
            count=3,
        ),
        "evaluate_answer": EvaluateAnswerInputs(
            question=QUESTION, anchors=[anchor], answer=ANSWER, seconds_used=90, seconds_allowed=180
        ),
        "build_story": BuildStoryInputs(question=QUESTION, context="", notes=ANSWER),
        "reconcile_session": ReconcileSessionInputs(
            topic="Stories",
            note="",
            counts=Counts(sessions=1, answers=1, read=1, since="12 November", first_mean=7.0, last_mean=7.0),
            attempts=[
                MarkedAttempt(
                    question=QUESTION,
                    score=7,
                    improvement_areas=["Name your own part."],
                    anchors=[anchor],
                    seconds=90,
                )
            ],
        ),
    }


def stage_for(mode: str) -> Stage:
    """The first stage that lists the mode."""
    return next(stage for stage, modes in MODES.items() if mode in modes)
