"""GenerateQuestions without a model: new questions from the bank, while it has some, and the redos that code chose."""

from collections.abc import Iterable
from typing import Any

from llm_modes.evaluate_answer.craft import craft_in
from llm_modes.generate_questions.approaches import BEFORE
from llm_modes.generate_questions.difficulties import STEPS, in_order
from llm_modes.language.repetition import Known
from llm_modes.language.text import clip, number_from, stems
from llm_modes.offline.bank import BankQuestion, find_question, general, own_topic

MIN_QUESTIONS, MAX_QUESTIONS = 3, 6
WORDS = 30
# New general questions beside the known ones of a topic that has no new ones of its own left.
BESIDE_KNOWN = 2


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """Questions in the shape of GenerateQuestionsReply: the redos, and new ones of which none was asked before.

    `nothing_left`: the bank has fewer new ones than were wanted.
    """
    count = min(max(inputs["count"], MIN_QUESTIONS), MAX_QUESTIONS)
    listed = {one["number"]: one for one in inputs["redo_candidates"] if clip(one["question"], WORDS)}
    redos = [_redo(candidate) for candidate in list(listed.values())[: count // 2]]
    levels = _levels_left(inputs, redos)
    new = [_new(one) for one in _fresh(inputs, levels)]
    return {"questions": [*new[:1], *redos, *new[1:]], "nothing_left": len(new) < len(levels)}


def _redo(candidate: dict[str, Any]) -> dict[str, Any]:
    found = find_question(candidate["question"])
    return {
        "question": clip(candidate["question"], WORDS),
        "status": "redo",
        "redo_reason": candidate["reason"],
        "difficulty": found[1].level if found else "medium",
        "redo_of": candidate["number"],
    }


def _new(one: BankQuestion) -> dict[str, Any]:
    return {"question": one.text, "status": "new", "redo_reason": None, "difficulty": one.level, "redo_of": None}


def _levels_left(inputs: dict[str, Any], redos: list[dict[str, Any]]) -> list[str]:
    """The difficulties that were asked for, without those that the redos have."""
    levels: list[str] = list(in_order(inputs["difficulties"]))
    count = len(levels) - len(redos)
    for redo in redos:
        if redo["difficulty"] in levels:
            levels.remove(redo["difficulty"])
    return levels[:count]


def _fresh(inputs: dict[str, Any], levels: list[str]) -> list[BankQuestion]:
    """New questions of the topic in these levels; general ones where no bank has it, or there is nothing else."""
    redos = [candidate["question"] for candidate in inputs["redo_candidates"]]
    known = Known([*inputs["recent_questions"], *inputs["known_questions"], *redos])
    about, wish = inputs["topic"], inputs["wish"]
    topic = own_topic(about["name"], about["description"], inputs["role"])
    chosen = _chosen(_in_order(topic.questions, inputs), levels, known, wish) if topic else []
    # Beside news one redo counts: more would be more than half of the shortest list.
    lacking = MIN_QUESTIONS - len(chosen) - min(1, len(redos)) - inputs["fillers_beside_news"]
    if topic is None:
        lacking = len(levels)
    elif not chosen:
        # Its own are used up: general ones come beside those that are known, before only known ones are left.
        lacking = max(lacking, BESIDE_KNOWN)
    return chosen + _chosen(_nearest_general(inputs), levels[: max(0, lacking)], known, wish)


def _chosen(pool: Iterable[BankQuestion], levels: list[str], known: Known, wish: str) -> list[BankQuestion]:
    """For each level the first of the pool that is new, of this level or the one next to it, as far as there are any.

    A wish for easier ones gets none that are harder than wanted, and the other way round. What is chosen is known from
    then on.
    """
    chosen: list[BankQuestion] = []
    left = list(pool)
    for level in levels:
        harder = {one: STEPS.index(one.level) - STEPS.index(level) for one in left}
        fitting = [one for one in left if harder[one] * {"easier": 1, "harder": -1}.get(wish, 0) <= 0]
        for one in sorted(fitting, key=lambda one: abs(harder[one])):
            left.remove(one)
            if not known.has(one.text):
                known.add(one.text)
                chosen.append(one)
                break
    return chosen


def _in_order(questions: Iterable[BankQuestion], inputs: dict[str, Any]) -> list[BankQuestion]:
    """Those near the next focus first, else in an order of the session's own.

    A focus on how to answer, or on a question to come back to, is no subject to look for.
    """
    said = [item["focus"] for item in inputs["next_focus"] if "“" not in item["focus"]]
    focus = stems(" ".join(text for text in said if craft_in(text) is None))
    # Differs from session to session, as the questions asked before do.
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
    near = {
        one: len(about & one.stems) + topic.closeness(about)
        for topic in general().topics
        for one in topic.questions
        if not topic.only_named
    }
    return sorted(_in_order(near, inputs), key=lambda one: -near[one])
