"""The kinds of interview questions, as the field names them."""

from typing import Literal, get_args

from llm_modes.language.mending import plain

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
