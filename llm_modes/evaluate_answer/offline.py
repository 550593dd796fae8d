"""EvaluateAnswer without a model: a mark with its reasons, by a rubric of checks."""

from typing import Any

from llm_modes.evaluate_answer.not_knowing import says_nothing_known
from llm_modes.failures import LLMFailure
from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import clip
from llm_modes.offline.advice import improvements
from llm_modes.offline.excerpts import quotes
from llm_modes.offline.next_anchors import hit_anchors, next_anchors
from llm_modes.offline.praise import positives
from llm_modes.offline.reading import Reading
from llm_modes.offline.scoring import Scored, score


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """An evaluation in the shape of EvaluateAnswerReply. Rests on the answer, its question and the time only.

    Raises LLMFailure for what rules cannot read.
    """
    if looks_foreign(inputs["answer"]) and not says_nothing_known(inputs["answer"]):
        raise LLMFailure("beyond_rules")
    reading = Reading(inputs["answer"], inputs["question"])
    earlier = inputs["anchors"]
    scored = score(reading, inputs["seconds_allowed"], " ".join(anchor["anchor"] for anchor in earlier[:6]))
    hit = [clip(anchor["name"], 3) for anchor in hit_anchors(reading, earlier)]
    return {
        "score": scored.score,
        "positive_feedback": positives(reading, scored, hit),
        "improvement_areas": improvements(reading, scored, inputs["seconds_used"], inputs["seconds_allowed"]),
        "anchors": next_anchors(reading, scored, earlier),
        "quotes": quotes(_resting_on(reading, scored), inputs["answer"]),
    }


def _resting_on(reading: Reading, scored: Scored) -> list[str]:
    """The sentences a mark rests on: for a good one what carries it, for a poor one what pulls it down."""
    outcome = reading.having("outcome")
    strong = [one for one in outcome if one in reading.figures] + reading.figures + reading.steps + outcome
    strong += reading.having("reasons") + reading.having("example")
    weak = reading.blaming + reading.general + reading.vague_claims + reading.we_sentences
    if scored.score >= 7:
        return _spread(strong) + reading.sentences
    if scored.score >= 4:
        return strong[:1] + weak[:1] + reading.steps[:1] + strong[1:] + reading.sentences
    return weak + reading.sentences + reading.to_the_marker


def _spread(sentences: list[str]) -> list[str]:
    """Different sentences, the last one moved to the second place, so that quotes come from more than the start."""
    once = list(dict.fromkeys(sentences))
    return [*once[:1], *once[-1:], *once[1:-1]]
