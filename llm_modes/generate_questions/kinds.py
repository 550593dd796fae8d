"""The kinds of interview questions, as the field names them, and the lines that say what a good answer shows."""

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator
from pydantic.json_schema import SkipJsonSchema

from llm_modes.language.mending import Overwritten, plain
from llm_modes.language.words import Words

Kind = Literal["behavioural", "situational", "technical", "motivation", "case"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# What models write for these.
_MEANT: dict[str, Kind] = {
    "behavioral": "behavioural",
    "motivational": "motivation",
    "hypothetical": "situational",
    "casestudy": "case",
}
_MEANT |= {kind: kind for kind in KINDS}


def kind_meant(said: object) -> object:
    """The kind that a reply means, where its spelling differs from ours; anything else as it is."""
    return _MEANT.get(plain(said[:40]).strip(".")) or said if isinstance(said, str) else said


# As a reply says them: the kind, "" where it names none of ours, so that nothing else is lost for it; and each line.
KindSaid = Annotated[Kind | SkipJsonSchema[Literal[""]], BeforeValidator(kind_meant), Overwritten("")]
LEAST_LINES, MOST_LINES = 2, 4
Line = Annotated[str, Words(10)]
