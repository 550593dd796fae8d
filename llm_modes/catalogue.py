"""All modes, by name. To add one: copy a folder, and list it here and in stages.py."""

from llm_modes.build_story.schema import MODE as BUILD_STORY
from llm_modes.evaluate_answer.schema import MODE as EVALUATE_ANSWER
from llm_modes.generate_questions.schema import MODE as GENERATE_QUESTIONS
from llm_modes.language.mode import Mode
from llm_modes.plan_chat.schema import MODE as PLAN_CHAT
from llm_modes.reconcile_session.schema import MODE as RECONCILE_SESSION
from llm_modes.suggest_plan.schema import MODE as SUGGEST_PLAN
from llm_modes.suggest_plan_changes.schema import MODE as SUGGEST_PLAN_CHANGES

MODES: dict[str, Mode] = {
    mode.name: mode
    for mode in (
        PLAN_CHAT,
        SUGGEST_PLAN,
        SUGGEST_PLAN_CHANGES,
        GENERATE_QUESTIONS,
        EVALUATE_ANSWER,
        BUILD_STORY,
        RECONCILE_SESSION,
    )
}
