"""What candidates of a run write: words, with a marker by which their text is found again."""

import random
import re

PASSWORD = "quiet-desk-27"
MARKER = re.compile(r"note-[0-9a-f]{10}")
WORDS = (
    "the queue that grew while we slept a report which nobody had read one slow page our oldest service two teams and "
    "their plan an index on the wrong column my first week there some angry customers a quiet fix before lunch numbers "
    "from the morning after I measured it again we wrote it down asked the nurse on duty changed the order of steps "
    "moved the deadline with her counted every ship explained why to the board kept the lamp burning saved about forty "
    "hours a month lost one contract and won another learned to ask earlier tested it on paper took the night shift"
).split()


def some_words(seed: object, count: int) -> str:
    """So many words, the same for the same seed."""
    chosen = random.Random(str(seed))
    return " ".join(chosen.choice(WORDS) for _ in range(count))


def marked(text: str) -> str:
    """The last marker in a text, or ""."""
    return (MARKER.findall(text) or [""])[-1]
