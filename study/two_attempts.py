"""Two attempts at one question side by side: what changed, and which anchors the later one newly hits."""

import re
from dataclasses import dataclass
from typing import Any

from coach.counted import stopwatch
from llm_modes.language.folding import UNSPACED
from llm_modes.language.repetition import normalised
from llm_modes.language.words import words
from study.models import QuestionAttempt

# Words without a meaning of their own.
_SMALL_WORDS = frozenset(
    """
    a about after all also an and any are as at be been before but by can could did do does each for
    from had has have how if in into is it its more most my name of on one or other our out over own say
    so some such than that the their them then there these they this to up use was we were what when
    where which who why will with would you your state mention give describe explain show include tell
    """.split()
)
# An answer hits an anchor if it has at least this share of the anchor's meaningful words.
HIT_SHARE = 0.5
# Words are compared by their first characters, so plurals and tenses are equal. Syllabic scripts need fewer characters.
STEM, STEM_OF_SYLLABLES = 5, 2

_SYLLABLES = re.compile("[\u3400-\u9fff\uac00-\ud7a3]")
_IN_FEW_CHARACTERS = re.compile(f"[{UNSPACED}\uac00-\ud7a3]")


@dataclass(frozen=True)
class TwoAttempts:
    """What changed from the earlier attempt to the later one, each change as later minus earlier.

    `newly_hit`: anchors that only the later answer hits. `lost`: anchors that only the earlier answer hits.
    """

    earlier: QuestionAttempt
    later: QuestionAttempt
    score_change: int
    seconds_change: int
    earlier_words: int
    later_words: int
    newly_hit: list[dict[str, Any]]
    lost: list[dict[str, Any]]

    @property
    def words_change(self) -> int:
        """By how many words the later answer is longer."""
        return self.later_words - self.earlier_words

    @property
    def fewer(self) -> int:
        """By how many points the later mark is lower; negative if it is higher."""
        return -self.score_change

    @property
    def sides(self) -> list[dict[str, Any]]:
        """Both attempts for the page. The later one comes first, because the candidate comes from it."""
        return [
            _side("This time", self.later, self.later_words),
            _side("Before", self.earlier, self.earlier_words),
        ]


def stems(text: str) -> set[str]:
    """The meaningful words of a text, cut to their first letters."""
    found = (word for word in words(normalised(text)) if word not in _SMALL_WORDS)
    return {
        word[: STEM_OF_SYLLABLES if _SYLLABLES.match(word) else STEM]
        for word in found
        if len(word) > (1 if _IN_FEW_CHARACTERS.match(word) else 2)
    }


def hits(anchors: list[dict[str, Any]], answer: str) -> list[bool]:
    """For each anchor, whether the answer hits it. Shared words decide, so it is only a hint."""
    said = stems(answer)
    wanted = [stems(anchor["anchor"]) or stems(anchor["name"]) for anchor in anchors]
    return [bool(one) and len(one & said) >= HIT_SHARE * len(one) for one in wanted]


def compare(earlier: QuestionAttempt, later: QuestionAttempt) -> TwoAttempts:
    """Compare two marked attempts by the anchors of the earlier one, or of the later one if the earlier has none."""
    anchors = earlier.anchors or later.anchors
    before, after = hits(anchors, earlier.raw_answer), hits(anchors, later.raw_answer)
    return TwoAttempts(
        earlier=earlier,
        later=later,
        score_change=(later.score_rating or 0) - (earlier.score_rating or 0),
        seconds_change=(later.seconds_taken or 0) - (earlier.seconds_taken or 0),
        earlier_words=earlier.words,
        later_words=later.words,
        newly_hit=[anchor for anchor, was, now in zip(anchors, before, after, strict=True) if now and not was],
        lost=[anchor for anchor, was, now in zip(anchors, before, after, strict=True) if was and not now],
    )


def _side(title: str, attempt: QuestionAttempt, words: int) -> dict[str, Any]:
    return {"title": title, "attempt": attempt, "words": words, "taken": stopwatch(attempt.seconds_taken or 0)}
