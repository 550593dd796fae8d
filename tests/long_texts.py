"""One character, or a few in turn, as often as a field takes them; and what reading that may cost.

The time is the processor's, and is measured against a harmless text of the same length in the same run: other programs
and slow machines do not matter.
"""

import gc
import time
from collections.abc import Callable

CHARACTERS = (" ", "\n", "#", "*", "`", "[", "<", "&", '"', "a", "，", "\u0301")
# What is nested, what almost ends, and what can be read in more than one way.
IN_TURN = ("](", "- ", "> ", "#\n", "a\n", "“a", ", ", "I did. ", "no ", "how to answer that ")
PROSE = "The team had been losing orders for weeks, so I measured it and found one slow query.\nWe fixed it.\n\n"

# Reading a hostile text may take so many times the harmless one's time; below so many seconds nobody is held up.
TIMES, SECONDS = 20, 0.5


def harmless(length: int) -> str:
    """Prose of so many characters."""
    return _repeated(PROSE, length)


def hostile(length: int) -> dict[str, str]:
    """Texts of so many characters, by what they are made of."""
    texts = {repr(pattern): _repeated(pattern, length) for pattern in CHARACTERS + IN_TURN}
    texts["a heading of spaces"] = "## a" + " " * max(0, length - 5) + "b"
    texts["lines that differ"] = "".join(f"{chr(0x4E00 + number % 20_000)}\n" for number in range(length // 2))
    return {made_of: text[:length] for made_of, text in texts.items()}


def _repeated(pattern: str, length: int) -> str:
    return (pattern * (length // len(pattern) + 1))[:length]


def cost(work: Callable[[str], object], text: str) -> float:
    """Seconds of the processor that the work takes with this text, whatever becomes of it.

    What a long run of tests has left in memory is set aside: Python would look through all of it again and again.
    """
    gc.freeze()
    started = time.process_time()
    work(text)
    return time.process_time() - started


def assert_cheap(work: Callable[[str], object], length: int, *, texts: dict[str, str] | None = None) -> None:
    """No hostile text of this length holds the processor much longer than a harmless one."""
    cost(work, harmless(length))  # what is loaded and compiled at first
    bound = max(SECONDS, TIMES * cost(work, harmless(length)))
    slow = {}
    for made_of, text in (texts or hostile(length)).items():
        seconds = cost(work, text)
        if seconds > bound:
            slow[made_of] = min(seconds, cost(work, text))
    assert {made_of: seconds for made_of, seconds in slow.items() if seconds > bound} == {}, f"at most {bound:.2f} s"
