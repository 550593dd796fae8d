"""What a mark may rest on, whatever the LLM says."""

import re

# Short answers are over-marked by LLMs: below this many words the score is capped.
FEW_WORDS = 15
FEW_WORDS_CAP = 3
NO_ANSWER_CAP = 1

# No two of these can match the same words, so an answer that fails at its last word is not tried over and over.
_NO_ANSWER = re.compile(
    r"""^\W*(?:(?:well|sorry|honestly|um+|uh+|hmm+|er+)\W+)*
    (?:i\W+(?:really\W+|honestly\W+|just\W+)*(?:do\s*n.?t|do\s+not|have\s+no|haven.?t\s+(?:a|any)|can.?t|cannot)\W+
       (?:really\W+)?(?:know|idea|clue|answer|think\s+of|remember|say)
      |no\W+(?:idea|clue|answer|comment)|not\W+sure|pass|skip|dunno|idk|n/?a)
    (?:\W+(?:sorry|the\W+answer|anything|about\W+(?:that|this|it)|how\W+to\W+answer
       |what\W+to\W+say|an\W+answer|this|that|it|one|to|of|right\W+now|at\W+all|any|examples?|an?))*\W*$""",
    re.IGNORECASE | re.VERBOSE,
)


_PLAIN_MARKS = str.maketrans("’‘“”–—", "''\"\"--")

# Thai to Khmer, kana, Han and the like.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def _folded(text: str) -> str:
    """Case, white space and the shapes of quotation marks and dashes do not matter."""
    text = text.translate(_PLAIN_MARKS)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return " ".join(text.casefold().split())


def said(quote: str, answer: str) -> bool:
    """True when the answer holds the quote, case and white space folded. Marks around it and "…" at its ends go."""
    core = _folded(quote).strip(" .…\"'")
    # Whole words only: "art" was not said by whoever said "start".
    return bool(core) and re.search(rf"(?<!\w){re.escape(core)}(?!\w)", _folded(answer)) is not None


def highest_score(answer: str) -> int:
    """The best mark this answer can get: 1 for a "don't know", 3 below 15 words, else 10."""
    if _NO_ANSWER.match(answer.strip()):
        return NO_ANSWER_CAP
    return FEW_WORDS_CAP if _words(answer) < FEW_WORDS else 10


def _words(answer: str) -> int:
    """Words of the answer; a character counts as one where a script has no spaces between them."""
    return sum(len(word) if _UNSPACED.match(word) else 1 for word in re.findall(r"\w+", answer))
