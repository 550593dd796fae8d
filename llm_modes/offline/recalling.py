"""What of the raw user context belongs in a story: only sentences that clearly match it."""

import re
from collections import Counter

from llm_modes.language.text import sentences, stems
from llm_modes.offline.outlines import Part

MOST_SENTENCES = 6
# A word that few sentences share says more: it counts twice, and one such word, or two others, make a match.
RARE_IN, RARE_WEIGHT, ENOUGH = 2, 2, 2
# "Tell me about yourself" is answered by sentences that fit a part of the outline this well.
WELL_FITTING = 1.4
# Already told when so much of a sentence is said elsewhere.
TOLD = 0.8

_REFERS_BACK = re.compile(r"^(?:that|this|it|they|he|she|so|then|after that|there)\b", re.I)
_SAID_EVERYWHERE = stems(
    "people time work team problem good new project company job role year month week day question want hear know like"
    " think bring call thing help ask make bad"
)


def recalled(context: str, about: str, told: list[str], outline: list[Part]) -> list[str]:
    """The sentences of the context that are about this, in their order, without what is told already.

    With an outline, sentences that fit one of its parts well count as matching too.
    """
    said = sentences(context)
    meant = [stems(sentence) for sentence in said]
    wanted = stems(about) - _SAID_EVERYWHERE
    common = Counter(stem for one in meant for stem in one & wanted)
    weights = [sum(RARE_WEIGHT if common[stem] <= RARE_IN else 1 for stem in one & wanted) for one in meant]
    fitting = [max((part.fit(sentence) for part in outline), default=0.0) >= WELL_FITTING for sentence in said]
    best = [at for at in range(len(said)) if weights[at] >= ENOUGH or fitting[at]]
    best = sorted(best, key=lambda at: -weights[at])[:MOST_SENTENCES]
    before = {at - 1 for at in best if at > 0 and _REFERS_BACK.match(said[at])}
    already = [stems(one) for one in told]
    return [said[at] for at in sorted(before | set(best))[:MOST_SENTENCES] if not _is_told(meant[at], already)]


def _is_told(meant: set[str], told: list[set[str]]) -> bool:
    return any(len(meant & other) >= TOLD * len(meant) for other in told)
