"""The kinds of interview questions, as the field names them."""

from typing import Literal, get_args

Kind = Literal["behavioural", "situational", "technical", "motivation", "case"]
KINDS: tuple[Kind, ...] = get_args(Kind)
