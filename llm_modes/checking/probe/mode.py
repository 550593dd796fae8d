"""The cheapest call there is: a code word to be repeated. Made like a mode, so that it goes the same way as they do.

No candidate is ever asked it, so it stands outside of the catalogue.
"""

import secrets
from collections.abc import Mapping
from itertools import cycle, islice

from pydantic import Field

from llm_modes.language.mode import Inputs, Mode, Reply

# Each is one token of every vocabulary with English in it, so that N of them are at least N tokens.
_WORDS = ("time", "house", "water", "night", "paper", "music", "river", "friend", "letter", "street", "garden", "story")


class ProbeInputs(Inputs):
    """A code word at the very beginning, and a text of so many words after it."""

    code_word: str
    words: int

    def variables(self) -> Mapping[str, str]:
        return {"code_word": self.code_word, "text": " ".join(islice(cycle(_WORDS), self.words))}


class ProbeReply(Reply):
    """The code word; another one is a reply, too."""

    code_word: str = Field(max_length=40)


PROBE = Mode(
    package=__package__,
    inputs=ProbeInputs,
    reply=ProbeReply,
    stages=(),
    usual_seconds=(1, 5),
    max_output_tokens=60,
    fixed_budget=100,
    input_budget=150,
)


def inputs(words: int = 1) -> ProbeInputs:
    """A prompt of `words` tokens and some 50 more. The code word is new each time: no server has read it before."""
    return ProbeInputs(code_word=f"{secrets.choice(_WORDS)}-{secrets.randbelow(9000) + 1000}", words=words)
