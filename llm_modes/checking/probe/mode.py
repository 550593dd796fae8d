"""The cheapest call there is: a code word to be repeated. Made like a mode, so that it goes the same way as they do.

No candidate is ever asked it, so it stands outside of the catalogue.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
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
        return {"text": " ".join(islice(cycle(_WORDS), self.words))}


class ProbeReply(Reply):
    """The code word; another one is a reply, too."""

    code_word: str = Field(max_length=40)


@dataclass(frozen=True)
class _Probe(Mode):
    """A mode whose prompt begins with the code word, before the rules.

    So a server that cuts the beginning loses it, and none can have read any of the prompt before: it is new each time.
    """

    def messages(self, inputs: Inputs) -> list[dict[str, str]]:
        rules, asked = super().messages(inputs)
        code_word = inputs.model_dump()["code_word"]
        return [{**rules, "content": f"Code word: {code_word}\n\n{rules['content']}"}, asked]


PROBE = _Probe(
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
    """A prompt of `words` tokens and some 50 more."""
    return ProbeInputs(code_word=f"{secrets.choice(_WORDS)}-{secrets.randbelow(9000) + 1000}", words=words)
