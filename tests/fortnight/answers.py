"""Answers of graded quality, for the coach that marks by what is written: from nothing said to a whole story."""

import re

# Each makes the answer better: a subject, then an occasion, steps, a reason, figures, an outcome, what was learned.
_PIECES = (
    "It depends. One should look at it closely and communicate well with everybody.",
    "It is about {subject}, which one must not forget.",
    "In March last year, at a company of 40 people, I had to deal with {subject} myself, because nobody else had time.",
    "First I asked two colleagues what they needed, and wrote their answers down for {subject}.",
    "Then I measured it for a week: 31 of 50 cases took longer than 20 minutes, because they waited for one person.",
    "I chose the plain way rather than the clever one, although it costs 10 % more, because we could go back in a day.",
    "For example, on the second Monday it failed in 3 of 12 cases, so I stopped it, checked the list with my colleague "
    "Maria, and tried again on Thursday.",
    'After that I showed the figures to my manager and said: "Would you decide with me by Friday, or shall I take the '
    'first one?" She agreed to the first.',
    "As a result it took 6 minutes instead of 20, complaints went from 14 to 2 a month, and has been so since June. "
    "I check it each Monday against the same list.",
    "What I learned is to ask who loses something before I begin; today I would ask the night shift on the first day, "
    "however small {subject} looks.",
)
_SMALL = set(
    "about after again could does from have into many more most must only should some than that their them then "
    "there these they this time what when where which while will with would your you".split()
)


# How many pieces the offline coach gives about this mark for, over all kinds of questions of its bank (measured).
_PIECES_FOR = {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 5, 8: 6, 9: 7, 10: 10}


def answer_of(question: str, mark: int, number: int) -> str:
    """An answer to the question that deserves about this mark, 1 to 10; `number` makes one differ from the next."""
    words = [word for word in re.findall(r"[A-Za-z]{4,}", question) if word.lower() not in _SMALL]
    subject = " and ".join(words[:8]) or "this"
    pieces = _PIECES[: _PIECES_FOR[mark]]
    if not pieces:
        return "I do not know."
    return " ".join(piece.format(subject=subject) for piece in pieces) + f" That was case {number}."
