"""GenerateQuestions without a model: new questions from the bank, while it has some. The redos are the program's."""

from collections.abc import Iterable, Iterator
from typing import Any

from llm_modes.evaluate_answer.craft import craft_in
from llm_modes.generate_questions.approaches import BEFORE
from llm_modes.generate_questions.difficulties import STEPS, Difficulty, in_order
from llm_modes.generate_questions.schema import MIN_QUESTIONS
from llm_modes.language.repetition import Known
from llm_modes.language.text import number_from, stems
from llm_modes.offline.bank import BankQuestion, find_question, general, own_topic

# New general questions beside the known ones of a topic that has no new ones of its own left.
BESIDE_KNOWN = 2


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """Questions in the shape of GenerateQuestionsReply, of which none was asked before.

    `nothing_left`: the bank has fewer new ones than there is room for beside the redos.
    """
    redos = [one["question"] for one in inputs["redo_candidates"]]
    levels = list(in_order(inputs["difficulties"]))
    for question in redos[: inputs["count"] // 2]:
        found = find_question(question)
        levels.remove(found[1].level if found and found[1].level in levels else levels[-1])
    new = _fresh(inputs, levels, redos)
    return {
        "questions": [
            {"question": one.text, "status": "new", "redo_reason": None, "difficulty": one.level, "redo_of": None}
            for one in new
        ],
        "nothing_left": len(new) < len(levels),
    }


def _fresh(inputs: dict[str, Any], levels: list[Difficulty], redos: list[str]) -> list[BankQuestion]:
    """New questions of the topic in these levels; general ones where no bank has it, or there is nothing else."""
    known, is_easier = (
        Known([*inputs["recent_questions"], *inputs["known_questions"], *redos]),
        inputs["wish"] == "easier",
    )
    topic = own_topic(inputs["topic"]["name"], inputs["topic"]["description"], inputs["role"])
    own_ones, general_ones = _in_order(topic.questions, inputs) if topic else [], _nearest_general(inputs)
    if is_easier and levels:
        levels = [max(levels, key=STEPS.index)] * len(levels)
    new = list[BankQuestion]()
    # With a wish for easier ones none is harder than one that is left, of the topic's or of the general ones.
    for steps in zip(STEPS, strict=True) if is_easier else [STEPS]:
        own = [one for one in own_ones if one.level in steps and not known.has(one.text)]
        new += _chosen(own, levels[len(new) :], known, inputs["wish"])
        general = [one for one in general_ones if one.level in steps and not known.has(one.text)]
        # Beside news one redo counts: more would be more than half of the shortest list.
        lacking = MIN_QUESTIONS - len(new) - min(1, len(redos)) - inputs["fillers_beside_news"]
        # Where its own are used up, general ones come beside those that are known, before only known ones are left.
        least = 0 if new else BESIDE_KNOWN if topic else len(levels)
        new += _chosen(general, levels[len(new) :][: max(least, lacking)], known, inputs["wish"])
        if general:
            break
    return new


def _chosen(pool: list[BankQuestion], levels: list[Difficulty], known: Known, wish: str) -> Iterator[BankQuestion]:
    """For each level the first of the pool of this level or the one next to it; it is taken from the pool, and known.

    A wish for easier ones gets none that are harder than wanted, and the other way round.
    """
    for level in levels:
        harder = {one: STEPS.index(one.level) - STEPS.index(level) for one in pool}
        fitting = [one for one in pool if harder[one] * {"easier": 1, "harder": -1}.get(wish, 0) <= 0]
        if fitting:
            best = min(fitting, key=lambda one: abs(harder[one]))
            pool.remove(best)
            known.add(best.text)
            yield best


def _in_order(questions: Iterable[BankQuestion], inputs: dict[str, Any]) -> list[BankQuestion]:
    """Those near the next focus first, else in an order that differs from session to session.

    A focus on how to answer, or on a question to come back to, is no subject to look for.
    """
    said = [item["focus"] for item in inputs["next_focus"] if "“" not in item["focus"]]
    focus = stems(" ".join(text for text in said if craft_in(text) is None))
    seed = number_from(inputs["topic"]["name"], inputs["role"], inputs["wish"], *inputs["recent_questions"][-20:])
    # What one has to know first: the plain questions on the subject itself.
    first = inputs["approach"] == BEFORE
    return sorted(
        questions,
        key=lambda one: (first and one.kind != "technical", -len(focus & one.stems), number_from(seed, one.text)),
    )


def _nearest_general(inputs: dict[str, Any]) -> list[BankQuestion]:
    """The general bank's questions that suit everyone, those that share most words with the topic first."""
    about = stems(f"{inputs['topic']['name']} {inputs['topic']['description']}")
    topics = [topic for topic in general().topics if not topic.only_named]
    near = {one: len(about & one.stems) + topic.closeness(about) for topic in topics for one in topic.questions}
    return sorted(_in_order(near, inputs), key=lambda one: -near[one])
