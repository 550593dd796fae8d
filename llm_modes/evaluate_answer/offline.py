"""EvaluateAnswer without a model: a mark with its reasons, by rubric.toml."""

from typing import Any

from llm_modes.evaluate_answer.not_knowing import says_nothing_known
from llm_modes.failures import BEYOND_RULES, LLMFailure
from llm_modes.offline.about import subject_of
from llm_modes.offline.feedback import feedback_on
from llm_modes.offline.reading import Reading
from llm_modes.offline.rubric import Marking


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """An evaluation in the shape of EvaluateAnswerReply. Rests on the answer, its question and the time only.

    Raises LLMFailure for what rules cannot read: another language, or code.
    """
    reading = Reading(inputs["answer"], inputs["question"])
    if reading.is_beyond_rules and not says_nothing_known(inputs["answer"]):
        raise LLMFailure(BEYOND_RULES)
    subject = subject_of(inputs["question"], inputs["topic"], inputs["role"])
    said = feedback_on(Marking(reading, subject, inputs["seconds_allowed"]), inputs["anchors"], inputs["seconds_used"])
    return {**said, "shown": []}  # which lines an answer shows no rule can tell
