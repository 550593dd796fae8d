"""Whether a question says again what another one has asked."""

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from llm_modes.folding import folded, is_mark

# Measured on the offline bank: different questions on one topic stay below 85, rewordings lie above 90.
SAME = 90


def normalised(question: str) -> str:
    """What a question says: folded, without punctuation, single spaces. The signs of "C++" and "C#" stay."""
    return " ".join("".join(sign if _says_something(sign) else " " for sign in folded(question)).split())


def _says_something(sign: str) -> bool:
    return sign.isalnum() or sign in "+#" or is_mark(sign)


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
