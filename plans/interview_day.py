"""The day of the interview from the words in which people say it: "next Thursday", "in nine days", "on the 3rd".

What is said narrows the days to come down: a weekday, a day of a month, a month, a week. The first one left is meant.
No library reads such words: those that were tried make a day of words that name none ("the 3rd" became 30 March,
"January" its 30th). Here they name none, and the candidate is asked.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count, islice

from llm_modes.language.folding import folded

_NUMBERS = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty"""
_ORDINALS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"""
_TENS = "thirty forty fifty sixty seventy eighty ninety hundred"
_FIGURES = (
    {word: str(number) for number, word in enumerate(_NUMBERS.split(), 1)}
    | {word: f"{number}th" for number, word in enumerate(_ORDINALS.split(), 1)}
    | {word: f"{number}0" for number, word in enumerate(_TENS.split(), 3)}
    | {"thirtieth": "30th", "a": "1", "an": "1", "couple": "2", "fortnight": "2 weeks", "tonight": "today"}
    | dict.fromkeys(("tmrw", "tmr", "tomorow", "tommorow", "tommorrow", "tomorrows"), "tomorrow")
    | {"wk": "week", "wks": "weeks", "mth": "month", "mths": "months"}
)
_DAYS = "mon tue wed thu fri sat sun".split()
_NAMES = "january february march april may june july august september october november december".split()
_MONTHS = [name[:3] for name in _NAMES]

_WEEKDAY = rf"\b({'|'.join(_DAYS)})(?:(?:s|nes|r|rs|ur)?days?|(?<=tue)s|(?<=wed)s|(?<=thu)rs?)?\b"  # "thus" is none
# "I may have it on Friday" tells no month.
_MONTH = (
    rf"\b(?!may (?!the\b|on\b|at\b|next\b)[a-z])({'|'.join(_MONTHS)})"
    rf"(?:{'|'.join(name[3:] for name in _NAMES if name[3:])}|t)?\b\.?"
)
_TH = r"(?:st|nd|rd|th)"
# "The first interview" is no day of a month, nor is "the second Tuesday".
_NTH = rf"\b(\d\d?){_TH}(?! (?!(?:of|in|at|next|this)\b)[a-z])|\b([6-9]|\d\d){_TH}(?= {_WEEKDAY})"
_UNIT = r"(hour|hr|h|day|d|(?:work|business)\w* ?day|week|month|year|yr)s?"
# Words that leave the day open, or mean one that is over.
_OPEN = re.compile(
    rf"\b(?:not?|never|un(?!til|less)\w+|less th[ae]n|within|half 1|next \d+ {_UNIT}|ago|yesterday|every|had"
    rf"|last (?:week|month|{_WEEKDAY}(?! (?:of|in)))|\d+ (?:{'|'.join(_DAYS)})[a-z]*days"
    rf"|was (?:on|in|at|the|{_WEEKDAY}|{_MONTH}|\d+)|before (?!(?:the|my|an?|1) (?:\w+ )?interview|it\b|that\b)"
    rf"|(?<!day )(?<!days )(?<!week )(?<!weeks )(?<!month )(?<!months )after (?:the )?(?:\d+{_TH}|{_WEEKDAY}|{_MONTH})"
    rf")\b|n't\b"
)
# What tells no day: the hour, the time for practising, a day that is given up for another.
_BESIDE = re.compile(
    rf"\b\d+(?:[.,]\d)? ?(?:min\w*|{_UNIT}|times)?,? (?:per|each|every|1) (?:day|week|month)\b"
    r"|\b(?:at|um) \d\d?[.:]\d\d\b|\b\d\d?[.:]\d\d ?(?:am|pm|a\.m|p\.m)\b|\b\d\d?:\d\d\b"
    r"|\b(?:from|not) .{1,30}? (?:but|to) "
)
_YEAR = r"(?:19|20|21)\d\d"
_ISO = re.compile(rf"\b({_YEAR})([-/.])(\d\d?)\2(\d\d?)\b")
_FIGURED = re.compile(
    rf"\b(\d\d?)(?:([./])(\d\d?)(?:[./]({_YEAR}|\d\d)?)?|(-)(\d\d?)-({_YEAR}|\d\d))(?![\d:]|[./]\d| ?{_UNIT}\b)"
)
_DAY_MONTH = re.compile(rf"\b(\d\d?)(?:{_TH}|\.)?(?: ?(?:-|/|to|or|and|&) ?\d\d?{_TH}?)?[ /-]?(?:of )?{_MONTH}")
_MONTH_DAY = re.compile(rf"{_MONTH}[ /-]?(?:the )?(\d\d?){_TH}?\b(?!:)")
_SPAN = re.compile(rf"\b(\d+)(?:\.\d)?(?: ?(?:-|/|to|or) ?\d+)? ?(?:of )?{_UNIT}\b")
_MONTHS_OF = {"m": 1, "y": 12}

WEEKS = {"this week": 0, "next week": 1, "week after next": 2}
# Days that are tried; each day of a month has its weekday within so many.
MOST_DAYS = 800
# A weekday with a day of a month comes that soon, or one of the two is a slip.
SOON_DAYS = 100


def day_said(phrase: str, today: date, *, month_first: bool = False) -> date | None:
    """The day that these words mean when they are said on `today`; None if they leave it open.

    `month_first`: whether 3/12 is 12 March. A weekday, or a day without its month or year, is the next one to come,
    "next Thursday" too; the interview may be earlier than planned for, never later. Only a day with its year may be
    over.
    """
    said = re.sub(r"[a-z]+", lambda word: _FIGURES.get(word[0], word[0]), " ".join(folded(phrase).split()))
    said = re.sub(r"\d", lambda digit: str(int(digit[0])), said)  # "٨ December"
    said = re.sub(rf"\b([2-9])0[ -]([1-9])(?=\b|{_TH})", r"\1\2", said)
    said = re.sub(r"\b(today|tomorrow) week\b", r"1 week from \1", said)
    said = re.sub(rf"\b(?:the )?day after (?={_WEEKDAY})", "1 day after ", said)
    said = " ".join(_BESIDE.sub(" ", said).split())
    if _OPEN.search(said):
        return None
    # Of two days that it may be the first one.
    first = re.split(r" (?:or|and) ", said)[0]
    return _day_of(first, today, month_first) or _day_of(said, today, month_first)


def _day_of(said: str, today: date, month_first: bool) -> date | None:
    """The same for words in figures."""
    if found := _ISO.search(said):
        return next(_on(int(found[1]), int(found[3]), int(found[4])), None)
    for found in _FIGURED.finditer(said):
        day, month = int(found[1]), int(found[3] or found[6])
        if found[2] != "." and (month > 12 or (month_first and day <= 12)):
            day, month = month, day
        if named := _dated(day, month, found[4] or found[7] or "", said, today):
            return named
    if found := _DAY_MONTH.search(said) or _MONTH_DAY.search(said):
        number, name = sorted(found.groups())
        return _dated(int(number), _MONTHS.index(name) + 1, _year(said, today), said, today)
    return _from_today(said, today) or _first_left(said, today)


def _year(said: str, today: date) -> str:
    """The year that is said beside a day; "" if none is."""
    if found := re.search(rf"\b({_YEAR})\b|\b(this|next) year\b", said):
        return found[1] or str(today.year + (found[2] == "next"))
    return ""


def _on(year: int, month: int, day: int) -> Iterator[date]:
    """This day, if there is one."""
    if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]:
        yield date(year, month, day)


def _dated(day: int, month: int, year: str, said: str, today: date) -> date | None:
    """A day with its month; without a year the next one to come, for 29 February in up to eight years.

    None if there is no such day, or another weekday is `said` beside it.
    """
    years = [int(year) + 2000 * (len(year) < 4)] if year else range(today.year, today.year + 9)
    named = next((one for each in years for one in _on(each, month, day) if year or one >= today), None)
    weekday = re.search(_WEEKDAY, said)
    return named if named and (not weekday or named.weekday() == _DAYS.index(weekday[1])) else None


def _from_today(said: str, today: date) -> date | None:
    """A day counted from today: "tomorrow", "in nine days", "a week on Tuesday", "Thursday in two weeks"."""
    if found := re.search(r"\bday after tomorrow\b|\btomorrow\b|\btoday\b", said):
        near = today + timedelta({"today": 0, "tomorrow": 1}.get(found[0], 2))
        return _later(said, near) or near
    weekday = re.search(_WEEKDAY, said)
    if weekday and re.search(
        rf"(?:day|week|month)s? (?:on|from|after) {weekday[0]}|{weekday[0]} (?:week|after next)\b", said
    ):
        first = _first_left(weekday[0], today) or today
        return _later(said, first) or first + timedelta(7)
    later = _later(said, today)
    if later and weekday:
        return later - timedelta(later.weekday() - _DAYS.index(weekday[1]))
    return later


def _later(said: str, start: date) -> date | None:
    """The day that lies as long after `start` as is said; None where no length is."""
    found = _SPAN.search(said)
    if not found or (many := int(found[1])) > 999:
        return None
    unit = found[2]
    if months := _MONTHS_OF.get(unit[0]):
        year, month = divmod(start.year * 12 + start.month - 1 + many * months, 12)
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    if "work" in unit or "business" in unit:
        working = (day for n in count(1) if (day := start + timedelta(n)).weekday() < 5)
        return next(islice(working, many - 1, None)) if many else start
    return start + timedelta(hours=many * {"h": 1, "d": 24, "w": 168}[unit[0]])


def _first_left(said: str, today: date) -> date | None:
    """The first day to come that fits all that is said; None where that is no day ("next week", "in January")."""
    weekday = re.search(_WEEKDAY, said)
    month = re.search(rf"\b(this|the|next) month\b|{_MONTH}", said)
    nth = re.search(rf"\b(\d\d?){_TH}(?= {_WEEKDAY} (?:of|in)\b)", said)
    number = None if nth else re.search(_NTH, said)
    is_last = month and re.search(rf"\blast (?:day|{_WEEKDAY}) (?:of|in)\b|\bend of\b", said)
    if not (weekday or number or is_last) or (not nth and re.search(rf"\b[1-5]{_TH} {_WEEKDAY}", said)):
        return None
    week = re.search(r"\b(this week|next week|week after next)\b", said)
    begin = today - timedelta(today.weekday()) + timedelta(7 * WEEKS[week[1]] if week else 0)
    in_month = month and (_MONTHS.index(month[2]) + 1 if month[2] else (today.month - (month[1] != "next")) % 12 + 1)

    def fits(day: date) -> bool:
        """Whether the day is all of what is said of it."""
        left_of_month = monthrange(day.year, day.month)[1] - day.day
        return (
            (not weekday or day.weekday() == _DAYS.index(weekday[1]))
            and (not in_month or day.month == in_month)
            and (not number or day.day == int(number[1] or number[2]))
            and (not nth or (day.day - 1) // 7 == int(nth[1]) - 1)
            and (not is_last or left_of_month < (7 if weekday else 1))
            and (not week or 0 <= (day - begin).days < 7)
        )

    # On a Thursday "Thursday" is the next one, and "this Thursday" today.
    first = 1 if weekday and not re.search(r"\bthis\b", said) else 0
    is_soon = (weekday and number and not month) or (month and month[1])
    last = SOON_DAYS if is_soon else MOST_DAYS
    return next((day for n in range(first, last) if fits(day := today + timedelta(n))), None)
