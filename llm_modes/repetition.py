"""Whether a question says again what another one has asked."""

import re
from collections.abc import Iterable

from rapidfuzz import fuzz, process

# Measured on the offline bank: different questions on one topic stay below 85, rewordings lie above 90.
SAME = 90


def normalised(question: str) -> str:
    """Lower case, letters and digits only, single spaces."""
    return " ".join(re.findall(r"\w+", question.casefold()))


def repeats(question: str, known: Iterable[str]) -> bool:
    """True when the question equals one of the known ones, or nearly so."""
    return (
        process.extractOne(
            normalised(question),
            [normalised(one) for one in known],
            scorer=fuzz.token_sort_ratio,
            score_cutoff=SAME,
        )
        is not None
    )
