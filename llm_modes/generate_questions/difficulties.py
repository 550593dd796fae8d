"""How many easy, medium and hard questions a round is to have. Code says it; the coach words them."""

from typing import Literal, get_args

Difficulty = Literal["easy", "medium", "hard"]
Difficulties = dict[Difficulty, int]

# The easiest first.
STEPS: tuple[Difficulty, ...] = get_args(Difficulty)
_SHIFT = {"easier": -1, "harder": 1}
_BEGINNING = {"junior", "graduate", "trainee", "intern"}
_EXPERIENCED = {"senior", "staff", "principal", "lead", "head", "director"}


def wanted(count: int, *, level: str, rung: int = 0, wish: str = "", seniority: str = "") -> Difficulties:
    """Numbers of each difficulty, together `count`; none that is 0.

    `level`: the topic's, a difficulty. On a rung of the ladder all are easy. A wish shifts by a whole
    step, whatever level and rung say. `seniority`: what the role says of it, while the topic has no marks; else "".
    """
    centre = 0 if rung or seniority in _BEGINNING else STEPS.index(level)
    centre += _SHIFT.get(wish, 0)
    if rung and wish != "harder":
        return {"easy": count}
    if centre < 0:
        return {"easy": count}
    if centre > 2:
        return {"hard": count}
    mostly = STEPS[centre]
    if mostly != "medium":
        return {mostly: count - 1, "medium": 1} if mostly == "easy" else {"medium": 1, mostly: count - 1}
    easy, hard = (0, 1) if seniority in _EXPERIENCED else (1, int(count > 3))
    return {step: number for step, number in zip(STEPS, (easy, count - easy - hard, hard), strict=True) if number}


def in_order(difficulties: Difficulties) -> list[Difficulty]:
    """One difficulty for each question: an easy one to warm up, then the others in turn."""
    left = dict(difficulties)
    order: list[Difficulty] = []
    while any(left.values()):
        for step in ("easy", "medium", "medium", "hard"):
            if left.get(step):
                order.append(step)
                left[step] -= 1
    return order


def said(difficulties: Difficulties) -> str:
    """ "1 easy, 3 medium, 1 hard"."""
    return ", ".join(f"{number} {step}" for step, number in difficulties.items() if number)
