"""GenerateQuestions without a model: new questions from the bank, while it has some. The redos are the program's."""

from typing import Any

from llm_modes.evaluate_answer.craft import craft_in
from llm_modes.generate_questions.approaches import BEFORE
from llm_modes.generate_questions.difficulties import STEPS, in_order
from llm_modes.generate_questions.schema import MIN_QUESTIONS
from llm_modes.language.repetition import Known
from llm_modes.language.text import number_from, stems
from llm_modes.offline.bank import BankQuestion, BankTopic, general, role_bank, topic_for

# Of a topic without new ones of its own left, so many general ones come beside those that are known.
BESIDE_KNOWN = 2


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """Questions in the shape of GenerateQuestionsReply, of which none was asked before.

    `nothing_left`: the bank has fewer new ones than there is room for beside the redos.
    """
    room = inputs["count"] - min(len(inputs["redo_candidates"]), inputs["count"] // 2)
    steps = [STEPS.index(level) for level in in_order(inputs["difficulties"])][:room]
    new = _new(inputs, steps)
    said = {"status": "new", "redo_reason": None, "redo_of": None, "serves": None}
    return {
        "questions": [
            {**said, "question": one.text, "difficulty": one.level, "kind": one.kind, "looks_for": [*one.looks_for]}
            for one in new
        ],
        "nothing_left": len(new) < len(steps),
    }


def _new(inputs: dict[str, Any], steps: list[int]) -> list[BankQuestion]:
    """A new question for each of these places in STEPS: the topic's, then general ones while there are not enough.

    After a wish for easier ones none is harder than these, nor than one that is left; for harder ones, none easier.
    """
    topic, is_easier = topic_for(inputs["topic"]["name"], role_bank(inputs["role"])), inputs["wish"] == "easier"
    redos = [one["question"] for one in inputs["redo_candidates"]]
    known = Known([*inputs["recent_questions"], *inputs["known_questions"], *redos])
    hardest = max(steps, default=0) if is_easier else len(STEPS)
    easiest = min(steps, default=0) if inputs["wish"] == "harder" else 0
    step_of = {one: STEPS.index(one.level) for one in _in_order(topic, inputs) if not known.has(one.text)}
    pool, new = [one for one, step in step_of.items() if easiest <= step <= hardest], list[BankQuestion]()
    own = topic.questions if topic else ()
    # Beside news one redo counts: more would be more than half of the shortest list.
    lacking = MIN_QUESTIONS - min(1, len(redos)) - inputs["fillers_beside_news"]
    for step in steps[: len(pool)]:
        places = {one: (one not in own, abs(step_of[one] - step)) for one in pool}
        best = min(pool, key=lambda one: (step_of[one], *places[one]) if is_easier else places[one])
        if topic and best not in own and len(new) >= max(BESIDE_KNOWN, lacking):
            break
        pool.remove(best)
        new.append(best)
    return new


def _in_order(topic: BankTopic | None, inputs: dict[str, Any]) -> list[BankQuestion]:
    """The topic's and the general ones: those nearest to the next focus first, else in an order of each session's own.

    General ones are in the order of their nearness to the topic. A focus on how to answer, or on a question to come
    back to, is no subject to look for.
    """
    said = [item["focus"] for item in inputs["next_focus"] if "“" not in item["focus"]]
    focus = stems(" ".join(text for text in said if craft_in(text) is None))
    about = stems(f"{inputs['topic']['name']} {inputs['topic']['description']}")
    seed = number_from(inputs["topic"]["name"], inputs["role"], inputs["wish"], *inputs["recent_questions"][-20:])

    def place(one: BankQuestion, its: BankTopic) -> tuple[int, ...]:
        words = stems(one.text)
        nearness = 0 if its is topic else len(about & words) + sum(stem in about for stem in its.about)
        # What one has to know first: the plain questions on the subject itself.
        is_later = inputs["approach"] == BEFORE and one.kind != "technical"
        return -nearness, is_later, -len(focus & words), number_from(seed, one.text)

    topics = {*([topic] if topic else []), *(one for one in general().topics if not one.only_named)}
    places = {one: place(one, its) for its in topics for one in its.questions}
    return sorted(places, key=places.__getitem__)
