"""GenerateQuestions without a model: new questions from the bank, while it has some. The redos are the program's."""

from collections.abc import Iterable, Iterator, Set
from typing import Any

from llm_modes.evaluate_answer.craft import craft_in
from llm_modes.generate_questions.approaches import BEFORE
from llm_modes.generate_questions.difficulties import STEPS, Difficulty, in_order
from llm_modes.generate_questions.schema import MIN_QUESTIONS
from llm_modes.language.repetition import Known
from llm_modes.language.text import number_from, stems
from llm_modes.offline.bank import BankQuestion, BankTopic, find_question, general, own_topic

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
    known, new = Known([*inputs["recent_questions"], *inputs["known_questions"], *redos]), list[BankQuestion]()
    name, description, wish = inputs["topic"]["name"], inputs["topic"]["description"], inputs["wish"]
    topic = own_topic(name, description, inputs["role"])
    everyones = (one for one in general().topics if not one.only_named)
    pools = [_in_order([topic] if topic else [], inputs), _in_order(everyones, inputs, stems(f"{name} {description}"))]
    if wish == "easier" and levels:
        levels = [max(levels, key=STEPS.index)] * len(levels)
    # With a wish for easier ones none is harder than one that is left, of the topic's or of the general ones.
    for steps in zip(STEPS, strict=True) if wish == "easier" else [STEPS]:
        for pool in pools:
            left = [one for one in pool if one.level in steps and not known.has(one.text)]
            # Beside news one redo counts: more would be more than half of the shortest list.
            lacking = MIN_QUESTIONS - len(new) - min(1, len(redos)) - inputs["fillers_beside_news"]
            # Where its own are used up, general ones come beside those that are known, before only known ones are left.
            least = 0 if new else BESIDE_KNOWN if topic else len(levels)
            room = len(levels) if pool is pools[0] else max(least, lacking)
            new += _chosen(left, levels[len(new) :][:room], known, wish)
        if left:
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


def _in_order(topics: Iterable[BankTopic], inputs: dict[str, Any], about: Set[str] = frozenset()) -> list[BankQuestion]:
    """Those nearest to these stems first, then those near the next focus, else in an order of each session's own.

    A focus on how to answer, or on a question to come back to, is no subject to look for.
    """
    said = [item["focus"] for item in inputs["next_focus"] if "“" not in item["focus"]]
    focus = stems(" ".join(text for text in said if craft_in(text) is None))
    seed = number_from(inputs["topic"]["name"], inputs["role"], inputs["wish"], *inputs["recent_questions"][-20:])

    def place(one: BankQuestion, topic: BankTopic) -> tuple[int, ...]:
        own = stems(one.text)
        # What one has to know first: the plain questions on the subject itself.
        is_later = inputs["approach"] == BEFORE and one.kind != "technical"
        return -len(about & own) - topic.closeness(about), is_later, -len(focus & own), number_from(seed, one.text)

    places = {one: place(one, topic) for topic in topics for one in topic.questions}
    return sorted(places, key=lambda one: places[one])
