"""The day, format and language of the interview: said in the chat, shown and corrected in the panel."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from coach.counted import counted
from coach.erasure import erase, export
from coach.time_zone import local_day
from llm_modes.plan_chat.schema import KnownNow
from plans import conversation
from plans.interview import OVER, day_meant, how_far, in_words, why_not
from plans.interview_heard import NOTED, WHICH_DAY, take_in
from plans.journey import all_known, brief_of, known_of
from plans.models import ChatMessage, PlanBrief
from plans.proposals import asking
from plans.proposals.writing import changes_inputs
from tests.factories import make_brief, make_message, make_plan, topic_data
from tests.fake_llm import a_chat_reply, a_plan, a_plan_change, a_topic

pytestmark = pytest.mark.django_db


def talk(client, fake_llm, text, **known):
    """Say this, and have it understood so. Gives the coach's answer as it is stored."""
    client.post(reverse("plans:chat"), {"text": text})
    fake_llm.reply(a_chat_reply("I see.", **known))
    client.post(reverse("plans:chat_reply"))
    return ChatMessage.objects.filter(author="coach").latest("pk").text


def correct(client, user, **changed):
    """Post the panel's form as the page has it, with these fields changed."""
    brief = brief_of(user)
    shown = {
        "role": user.current_role,
        "daily_minutes": brief.daily_minutes or "",
        "weaknesses": brief.weaknesses,
        "motivation": brief.motivation,
        "interview_on": brief.interview_on.isoformat() if brief.interview_on else "",
        "interview_format": brief.interview_format,
        "language": brief.language,
    }
    before = {f"initial-{name}": value for name, value in shown.items()}
    return client.post(reverse("plans:brief"), {**before, **shown, **changed})


# --- the day ---------------------------------------------------------------------------------------------------------


def test_code_makes_the_day_of_the_coachs_words_and_says_it(client, alice, fake_llm):
    said = talk(client, fake_llm, "mein Gespräch ist in neun Tagen", interview_when="in nine days")
    day = local_day(alice) + timedelta(days=9)
    assert brief_of(alice).interview_on == day
    assert said == f"{NOTED.format(day=in_words(day), how_far='9 days from now')}\n\nI see."
    page = client.get(reverse("plans:chat")).content.decode()
    assert f"{in_words(day)}, 9 days from now" in page


@pytest.mark.parametrize(
    ("words", "days"),
    [("today", 0), ("I have two weeks", 14), ("in 700 days", 700)],
)
def test_ways_to_say_a_day_are_stored_as_the_day(client, alice, fake_llm, words, days):
    talk(client, fake_llm, words, interview_when=words)
    assert brief_of(alice).interview_on == local_day(alice) + timedelta(days=days)


def test_later_words_correct_the_day_and_a_repeated_one_says_nothing(client, alice, fake_llm):
    talk(client, fake_llm, "in nine days", interview_when="in nine days")
    day = local_day(alice) + timedelta(days=9)
    assert talk(client, fake_llm, "Which topics?", interview_when=str(day)) == "I see."
    assert "Your interview is on" in talk(client, fake_llm, "No: tomorrow", interview_when="tomorrow")
    assert brief_of(alice).interview_on == local_day(alice) + timedelta(days=1)
    # Words of a message that had its answer do not count again.
    assert talk(client, fake_llm, "Well.", interview_when="in nine days") == "I see."
    assert brief_of(alice).interview_on == local_day(alice) + timedelta(days=1)


def test_a_day_that_was_taken_out_by_hand_does_not_come_back_from_the_coachs_own_line(client, alice, fake_llm):
    talk(client, fake_llm, "in neun Tagen", interview_when="in nine days")
    day = brief_of(alice).interview_on
    correct(client, alice, interview_on="")
    assert talk(client, fake_llm, "Und nun?", interview_when=str(day)) == "I see."
    assert brief_of(alice).interview_on is None
    talk(client, fake_llm, f"Doch: {in_words(day)}", interview_when=in_words(day))
    assert brief_of(alice).interview_on == day


def test_words_mean_what_they_meant_where_and_when_they_were_sent(alice):
    alice.time_zone = "Europe/Berlin"
    alice.save()
    message = make_message(alice, "in nine days")
    # In Berlin it was Sunday, 29 March, by then, and the clock changed in that night.
    message.created_at = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    known = KnownNow(interview_when="in nine days")
    take_in(message, known, told=conversation.chat_inputs(alice))
    assert brief_of(alice).interview_on == date(2026, 4, 7)


@pytest.mark.parametrize("words", ["next week", "31 April", "nächste Woche"])
def test_words_that_leave_the_day_open_are_asked_about_once_and_not_stored(client, alice, fake_llm, words):
    assert talk(client, fake_llm, words, interview_when=words) == f"{WHICH_DAY.format(said=words)}\n\nI see."
    assert talk(client, fake_llm, f"as I said: {words}", interview_when=words) == "I see."
    assert brief_of(alice).interview_on is None


@pytest.mark.parametrize(
    ("words", "why"), [("4 May 2020", "4 May 2020 is over"), ("in ten years", "more than two years ahead")]
)
def test_a_day_that_is_over_or_far_away_is_not_stored_and_the_coach_says_why(client, alice, fake_llm, words, why):
    make_brief(alice, interview_on=local_day(alice))
    assert why in talk(client, fake_llm, words, interview_when=words)
    assert brief_of(alice).interview_on == local_day(alice)


def test_a_correction_by_hand_meanwhile_wins_over_what_the_coach_repeats(alice):
    tomorrow = local_day(alice) + timedelta(days=1)
    brief = make_brief(alice, interview_on=tomorrow, interview_format="a panel", language="de")
    message, told = make_message(alice, "Hello"), conversation.chat_inputs(alice)
    brief.interview_on, brief.interview_format, brief.language = None, "a recruiter", ""
    brief.save()
    known = KnownNow(interview_when=str(tomorrow), interview_format="a panel", language="de")
    assert take_in(message, known, told=told) == ""
    brief.refresh_from_db()
    assert (brief.interview_on, brief.interview_format, brief.language) == (None, "a recruiter", "")


def test_what_was_set_by_hand_while_the_coach_was_asked_stays_also_beside_news(alice):
    brief = make_brief(alice)
    message, told = make_message(alice, "next Thursday, a panel, auf Deutsch"), conversation.chat_inputs(alice)
    brief.interview_on, brief.interview_format, brief.language = local_day(alice), "a recruiter", "fr"
    brief.save()
    known = KnownNow(interview_when="next Thursday", interview_format="a panel", language="de")
    assert take_in(message, known, told=told) == ""
    brief.refresh_from_db()
    assert (brief.interview_on, brief.interview_format, brief.language) == (local_day(alice), "a recruiter", "fr")


def test_format_and_language_are_taken_from_the_chat_and_go_into_the_next_prompt(client, alice, fake_llm):
    talk(client, fake_llm, "…", interview_format="Recruiter, 30 minutes by phone", language="de")
    brief = brief_of(alice)
    assert (brief.interview_format, brief.language) == ("Recruiter, 30 minutes by phone", "de")
    talk(client, fake_llm, "in 9 days", interview_when="in 9 days")
    assert "interview_format: Recruiter, 30 minutes by phone\n" in fake_llm.requests[-1].user
    page = client.get(reverse("plans:chat")).content.decode()
    assert "Recruiter, 30 minutes by phone" in page
    assert "Deutsch</dd>" in page


def test_a_plan_needs_none_of_it(alice):
    brief = make_brief(alice)
    assert all_known(known_of(alice, brief))


def test_three_slash_twelve_is_in_march_in_the_united_states_only(alice):
    today = date(2026, 11, 30)
    alice.time_zone = "US/Eastern"
    assert day_meant(alice, "3/12", today) == date(2027, 3, 12)
    alice.time_zone = "America/Toronto"
    assert day_meant(alice, "3/12", today) == date(2026, 12, 3)


# --- the panel -------------------------------------------------------------------------------------------------------


def test_the_panel_takes_day_format_and_language_and_shows_them_in_words(client, alice):
    day = local_day(alice) + timedelta(days=1)
    changed = {"interview_on": str(day), "interview_format": "Panel of three\x00", "language": "pt-BR"}
    assert correct(client, alice, **changed).status_code == 302
    brief = brief_of(alice)
    assert (brief.interview_on, brief.interview_format, brief.language) == (day, "Panel of three", "pt-BR")
    page = client.get(reverse("plans:brief")).content.decode()
    assert f"{in_words(day)}, tomorrow" in page
    assert "Português Brasileiro</dd>" in page


def test_the_panel_clears_what_is_no_longer_so(client, alice):
    make_brief(alice, interview_on=local_day(alice), interview_format="A panel", language="de")
    correct(client, alice, interview_on="", interview_format="", language="")
    brief = brief_of(alice)
    assert (brief.interview_on, brief.interview_format, brief.language) == (None, "", "")


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("interview_on", "2020-05-04", "Monday 4 May 2020 is over."),
        ("interview_on", "2096-02-29", "more than two years ahead"),
        ("interview_on", "2027-02-29", "Please choose a day"),
        ("interview_on", "next Thursday", "Please choose a day"),
        ("interview_on", "2026-12-\x001", "Please choose a day"),
        ("interview_on", "99999-01-01", "Please choose a day"),
        ("interview_format", "word " * 21, "These are 21 words; at most 20 fit. Nothing was cut."),
        ("interview_format", "x" * 10_000, "This is 10,000 characters long; at most 800 fit."),
        ("language", "-", "There is no such language."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_nothing_is_saved(client, alice, field, value, why):
    stored = make_brief(alice, interview_on=local_day(alice), interview_format="A panel", language="de")
    answer = correct(client, alice, **{field: value, "weaknesses": "other"})
    assert answer.status_code == 422
    assert why in answer.content.decode()
    stored.refresh_from_db()
    assert (stored.interview_format, stored.language, stored.weaknesses) == ("A panel", "de", "system design")


def test_a_day_that_is_over_stays_while_something_else_is_corrected(client, alice):
    yesterday = local_day(alice) - timedelta(days=1)
    make_brief(alice, interview_on=yesterday)
    assert correct(client, alice, weaknesses="conflict").status_code == 302
    assert (brief_of(alice).interview_on, brief_of(alice).weaknesses) == (yesterday, "conflict")
    assert f"{in_words(yesterday)}, yesterday" in client.get(reverse("plans:brief")).content.decode()


def test_two_years_are_the_most(alice):
    today = date(2026, 2, 28)
    assert not why_not(date(2028, 2, 29), today)
    assert "two years" in why_not(date(2028, 3, 1), today)
    assert not why_not(today, today)
    assert why_not(date(2026, 2, 27), today) == "Friday 27 February 2026 is over. " + OVER.partition(". ")[2]


def test_how_far_a_day_is_is_told_in_words():
    today = date(2026, 11, 30)
    far = [how_far(today + timedelta(days=days), today) for days in (-2, -1, 0, 1, 2)]
    assert far == ["2 days ago", "yesterday", "today", "tomorrow", "2 days from now"]


def test_all_of_it_is_in_the_export_and_goes_with_the_account(alice):
    brief = make_brief(alice, interview_on=local_day(alice), interview_format="A panel", language="de")
    [told] = export(alice)["plan briefs"]
    assert (told["interview_on"], told["interview_format"], told["language"]) == (brief.interview_on, "A panel", "de")
    erase(alice)
    assert not PlanBrief.objects.exists()


# --- the plan for it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "weeks"), [(0, 1), (7, 1), (8, 2), (730, 105)])
def test_the_weeks_of_a_plan_are_those_until_the_interview_whatever_the_reply_says(alice, fake_llm, days, weeks):
    make_brief(alice, interview_on=local_day(alice) + timedelta(days=days), interview_format="Recruiter, <b>phone")
    fake_llm.reply(a_plan(a_topic(), a_topic("Conflict", priority=2), weeks=6))
    proposal = asking.write(asking.request(alice))
    assert proposal.overview["time_horizon_weeks"] == weeks
    told = f"<interview>in {counted(days, 'day')} ({counted(weeks, 'week')}); Recruiter, &lt;b&gt;phone</interview>"
    assert told in fake_llm.requests[-1].user


def test_a_changed_plan_has_the_weeks_that_are_left_too(alice, fake_llm):
    make_brief(alice)
    make_plan(alice, topics=[topic_data(), topic_data("Conflict stories", priority=2)])
    make_brief(alice, interview_on=local_day(alice) + timedelta(days=15))
    fake_llm.reply(
        a_plan_change(
            topic_data(minutes=15),
            topic_data("Conflict stories", priority=2),
            changes=[("System design", "less_time")],
            weeks=9,
        )
    )
    proposal = asking.write(asking.request(alice, feedback=["More design."]))
    assert proposal.overview["time_horizon_weeks"] == 3
    assert "<weeks>3</weeks>\n<interview>in 15 days (3 weeks)</interview>" in fake_llm.requests[-1].user


def test_without_a_day_and_after_it_the_weeks_are_the_replys(alice, fake_llm):
    for day in (None, local_day(alice) - timedelta(days=1)):
        make_brief(alice, interview_on=day)
        fake_llm.reply(a_plan(a_topic(), a_topic("Conflict", priority=2), weeks=6))
        assert asking.write(asking.request(alice, from_scratch=True)).overview["time_horizon_weeks"] == 6
        assert "<interview>unknown</interview>" in fake_llm.requests[-1].user


def test_no_plan_is_written_for_longer_than_a_year(alice):
    make_brief(alice, interview_on=local_day(alice) + timedelta(days=730))
    assert changes_inputs(alice, base=[topic_data()], feedback=[], trigger="chat").time_horizon_weeks == 52
