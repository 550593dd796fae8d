"""Reading a length of time from free wording: "half an hour a day", "1h30", "forty-five minutes"."""

import re
from collections.abc import Callable, Iterator

_ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_UNITS = {word: value for value, word in enumerate(_ONES, start=1)}
_NUMBER_WORD = re.compile(
    rf"\b({'|'.join(_TENS)})(?:[ -]({'|'.join(_ONES[:9])}))?\b|\b({'|'.join(sorted(_ONES, key=len, reverse=True))})\b"
)

_H = r"(?:hours?|hrs?|h)(?![a-z])"
# With the slips of a small keyboard: "minuts", "mintues", "minites".
_M = r"(?:min(?:ut[a-z]{0,3}|uets?|tues?|[ei]te?s?|s)?|m)(?![a-z])"
_N = r"(\d{1,4})"

# Tried in this order; what one form has read is not read again by the next.
_FORMS: list[tuple[str, Callable[..., float]]] = [
    (r"\b(?:3|three) quarters of an hour\b", lambda: 45),
    (r"\b(?:a |1 )?quarter (?:of )?(?:an )?hour\b", lambda: 15),
    (rf"\b(?:an|a|1) ?{_H} and (?:a )?half\b", lambda: 90),
    (rf"\b(?:an|a|1) ?{_H} and (?:a )?quarter\b", lambda: 75),
    (rf"\b{_N} ?{_H} and (?:a )?half\b", lambda hours: int(hours) * 60 + 30),
    (rf"\b{_N} (?:and )?(?:a half|1/2) {_H}", lambda hours: int(hours) * 60 + 30),
    (rf"(?:\bhalf (?:an |of an |a )?|\bhalf-|\b1/2 (?:an )?|½ ?(?:an )?){_H}", lambda: 30),
    (rf"\b(\d{{1,2}})[.,](\d{{1,2}}) ?-?{_H}", lambda whole, part: float(f"{whole}.{part}") * 60),
    (rf"\b{_N} ?(?:-|–|to|or) ?\d{{1,4}} ?{_M}", lambda low: int(low)),
    (rf"\bbetween {_N} and \d{{1,4}} ?{_M}", lambda low: int(low)),
    (rf"\b(?:an|{_N}) ?(?:-|–|to|or) ?\d{{1,2}} ?{_H}", lambda low: int(low or 1) * 60),
    (rf"\b{_N} ?{_H} ?(?:and )?(\d{{1,2}})(?: ?{_M})?(?![\d])", lambda hours, rest: int(hours) * 60 + int(rest)),
    (rf"\b(?:an|a) hour (?:and )?(\d{{1,2}}) ?{_M}", lambda rest: 60 + int(rest)),
    (rf"\b{_N} ?-?{_M}", lambda minutes: int(minutes)),
    (rf"\b{_N} ?-?{_H}", lambda hours: int(hours) * 60),
    (rf"\b(?:a )?couple (?:of )?{_H}", lambda: 120),
    (rf"\b(?:an|a full|a whole|per) {_H}(?! long)", lambda: 60),
]
_COMPILED = [(re.compile(form), read) for form, read in _FORMS]

_NOT_STUDY_TIME = re.compile(
    r"^[ -]*(ago|shift|shifts|away|late|sleep|of sleep|drive|commute|of commut|on the road|earlier|meeting)\b"
)
_COUNTDOWN = re.compile(r"\b(in|ago|within|every|for the last|after) (about |only )?$")
_REJECTED = re.compile(r"\b(not|instead of|rather than|than|from) (the )?(about |only )?$")
_PER_DAY = re.compile(
    r"^\W{0,3}(\w+ ){0,3}?(a|per|each|every|most) (day|morning|evening|night|lunch|weekday)s?|^\W{0,3}(daily|/ ?day)"
)
_PER_WEEK = re.compile(r"^\W{0,3}(a|per|each|every|/) ?week\b|^\W{0,3}(weekly|on weekends|at the weekend)")
_CORRECTS = re.compile(r"\b(no|actually|rather|sorry|make (it|that)|change (it|that) to)\W+(about |only )?$")
_HAVE = re.compile(r"\b(have|got|spend|spare|manage|do|study|about|around|make it|invest|only|put in|to|give)\W+$")


def with_digits(text: str) -> str:
    """The text with number words up to ninety-nine written as digits."""

    def digits(match: re.Match[str]) -> str:
        tens, unit, alone = match.groups()
        return str(_UNITS[alone] if alone else _TENS[tens] + _UNITS.get(unit or "", 0))

    return _NUMBER_WORD.sub(digits, text)


def daily_minutes(text: str, *, bare: bool = False) -> int | None:
    """The minutes a day that a message states, or None.

    Of several lengths the one said of a day wins, then the last one, as people correct themselves ("30, no, 20
    minutes"). A weekly time is spread over seven days. With `bare` a lone number counts as minutes: the answer to
    "how many minutes?".
    """
    line = with_digits(" ".join(text.lower().split()))
    ranked = sorted(_durations(line), key=lambda found: (found[0], found[1]))
    if ranked:
        return round(ranked[-1][2])
    lone = re.fullmatch(r"\D{0,30}?(\d{1,3})\D{0,30}", line) if bare else None
    return int(lone[1]) if lone and int(lone[1]) >= 5 else None


def mentions_time(text: str) -> bool:
    """True when the text states a length of time."""
    return any(True for _ in _durations(with_digits(" ".join(text.lower().split()))))


def _durations(line: str) -> Iterator[tuple[int, int, float]]:
    """Each length of time as (rank, position, minutes a day)."""
    for pattern, read in _COMPILED:
        for match in pattern.finditer(line):
            start, end = match.span()
            before, after = line[max(0, start - 30) : start], line[end : end + 50]
            if _NOT_STUDY_TIME.match(after) or (_COUNTDOWN.search(before) and not _PER_DAY.match(after)):
                continue
            minutes = read(*match.groups())
            if _PER_WEEK.match(after):
                minutes = max(5, minutes / 7 // 5 * 5)
            rank = 2 * bool(_PER_DAY.match(after)) + bool(_HAVE.search(before))
            rank += 2 * bool(_CORRECTS.search(before)) - 4 * bool(_REJECTED.search(before))
            yield rank, start, minutes
        line = pattern.sub(lambda match: " " * len(match[0]), line)
