"""The day of the interview, from the words in which people say it. Today is Monday, 30 November 2026."""

from datetime import date, timedelta

import pytest

from plans.interview_day import day_said

TODAY = date(2026, 11, 30)

# By the day that is meant, as month-day (year-month-day where it is not December 2026): ways to say it.
WAYS = {
    "11-30": "today|tonight|in 0 working days|today at 5pm|this Monday|end of this month|last day of the month"
    "|in two hours|the thirtieth",
    "12-01": "tomorrow|tomorrow afternoon at 3|in a day or two|tmrw at 10|next Tues|in 24h|on the first",
    "12-02": "the day after tomorrow|in 48 hours|in a couple of days|Weds|Wed 2nd|wed the second|in 2 days' time",
    "12-03": "next Thursday|Thursday|on the 3rd|3/12|3.12.|3.12.26|Thu, 3 Dec 2026|Thursday, December 3rd, 2026"
    "|my first interview is on the 3rd|in 3-5 days|in 72 hrs|Thurs at 14:00|this Thursday coming|two days from tomorrow"
    "|3-5 Dec|the interview's Thursday morning",
    "12-04": "this Friday|Friday the 4th of December at 9.30|the day after Thursday|I may have it on Friday"
    "|Friday unless it moves|at 9.10 on Friday|moved from Thursday to Friday|not Thursday but Friday"
    "|on Friday from 10 to 11|Friday, I think",
    "12-07": "Monday|next Monday or Tuesday|Monday 7th or Tuesday 8th|either the 7th or the 8th"
    "|between the 7th and the 9th|7 or 8 December"
    "|Monday in a week|in five working days|a week today|today week|5 workdays from now|in 1.5 weeks",
    "12-08": "Tuesday week|a week on Tuesday|a week from tomorrow|tomorrow week|Dec 8th at 10:30|the Tuesday after next"
    "|second Tuesday in December|٨ December|٨/١٢",
    "12-09": "in nine days|nine days|9 days from now|9d|in nine days, on the 9th|Wednesday the 9th|9th December",
    "12-10": "Thursday next week|next week on Thursday|Thurs next wk|Thursday week|10/12/26|2026-12-10|2026/12/10"
    "|in 10 to 14 days|the 10th Thursday|tenth of December|dec. 10|10-11 December|on the 10th, at half past nine",
    "12-14": "I have two weeks|in a fortnight|in two or three weeks|two weeks until the interview|10 business days"
    "|2 wks before my interview|in two weeks or so, I practise 30 minutes a day",
    "12-15": "the 15th of December|15 December|December 15|12/15|15.12.2026|Tuesday in two weeks|on December the 15th",
    "12-16": "Wednesday of the week after next|in sixteen days",
    "12-21": "in three weeks' time|in twenty-one days|in twenty one days|three weeks from today|in 3 wks",
    "12-31": "the 31st|end of December|31-Dec-2026|thirty-first of December|dec 31st",
    "2027-01-04": "first Monday in January|4 Jan|January 4th next year|on the fourth of January at ten",
    "2027-01-14": "in 45 days|in forty-five days|the 14th of jan, 2027",
    "2027-01-29": "last Friday of January|Friday 29 Jan",
    "2027-01-31": "end of January|last day of January|31.1.",
    "2027-05-30": "in six months|30th May",
    "2028-02-29": "29 February|29.2.|Feb 29th|2028-02-29|on the twenty-ninth of February",
    "2027-11-30": "in a year|30.11.2027",
    "2036-11-30": "in ten years|30 Nov 2036",
    "1999-12-31": "31.12.1999|31 December 1999|1999-12-31",
    "2026-05-04": "4 May 2026|2026-05-04|04-05-2026",
}


@pytest.mark.parametrize(
    ("said", "day"), [(said, day) for day, ways in WAYS.items() for said in ways.split("|")], ids=lambda text: text
)
def test_words_that_people_use_name_a_day(said, day):
    assert day_said(said, TODAY) == date.fromisoformat(day if len(day) > 5 else f"2026-{day}")
    assert day_said(f" {said.upper()}! ", TODAY) == day_said(said, TODAY)


@pytest.mark.parametrize(
    "said",
    "|soon|asap|in a few days|next week|end of next week|next month|early January|mid-December|this weekend|in spring"
    "|January 2027|in December|Q1|in half a year|10:30|at 9.30|10|the 10|my second interview|sunny|we march on|thus far"
    "|not yet known|no date|not before Thursday|I don't know, maybe Friday|last Thursday|yesterday|two days ago"
    "|it was on the 3rd|I had it on Monday|every Thursday|within ten days|in under a week|less than two weeks"
    "|in the next two weeks|one week before Christmas|3 days before the 10th|some time after the 10th"
    "|30 minutes a day|2 hours per week|31 April|30 February|29 Feb 2027|31.11.|Thursday 11 December|Friday 13th"
    "|the 28th of this month|in 2000 weeks|in 99999999999999999999 days|three Thursdays from now|cancelled"
    "|nächsten Donnerstag|来週の木曜日|2026-13-45|31.12.9999|00/00/0000|0 January|\x00|½|²²²²|٣".split("|"),
)
def test_words_that_leave_the_day_open_name_none(said):
    assert day_said(said, TODAY) is None


def test_three_slash_twelve_is_in_march_where_the_month_comes_first():
    assert day_said("3/12", TODAY, month_first=True) == date(2027, 3, 12)
    assert day_said("3-12-2027", TODAY, month_first=True) == date(2027, 3, 12)
    assert day_said("13/12", TODAY, month_first=True) == date(2026, 12, 13)
    assert day_said("3.12.", TODAY, month_first=True) == date(2026, 12, 3)


@pytest.mark.parametrize("today", [date(2026, 3, 28), date(2026, 10, 24), date(2028, 2, 28), date(2026, 12, 31)])
def test_days_are_counted_as_days_over_a_change_of_the_clock_a_leap_day_and_a_year(today):
    assert day_said("tomorrow", today) == day_said("in 24 hours", today) == today + timedelta(days=1)
    assert day_said("in nine days", today) == today + timedelta(days=9)
    assert day_said("in two weeks", today) == today + timedelta(days=14)


def test_a_month_later_is_the_last_day_of_a_shorter_month():
    assert day_said("in a month", date(2027, 1, 31)) == date(2027, 2, 28)
    assert day_said("in a month", date(2028, 1, 31)) == date(2028, 2, 29)
    assert day_said("the 31st", date(2027, 2, 1)) == date(2027, 3, 31)
