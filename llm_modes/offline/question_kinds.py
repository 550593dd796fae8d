"""What kind of answer a question asks for."""

from functools import lru_cache

from llm_modes.evaluate_answer.craft import RUBRIC
from llm_modes.language.text import on_one_line
from llm_modes.offline.bank import find_question
from llm_modes.offline.phrases import pattern

_CUES = [(row["kind"], pattern(row["cues"])) for row in RUBRIC["kinds"]]
_SPOKEN = pattern(RUBRIC["spoken"]["cues"])


@lru_cache(maxsize=500)
def kind_of(question: str) -> str:
    """One of bank.KINDS: as the bank says, else by the question's wording."""
    found = find_question(question)
    line = on_one_line(question)
    return found[1].kind if found else next((kind for kind, cue in _CUES if cue.search(line)), "technical")


def is_spoken(question: str) -> bool:
    """Whether the answer to a situational question is to be spoken to somebody who is in it."""
    return bool(_SPOKEN.search(on_one_line(question)))
