"""What a real interview showed comes before marks in the review that is asked for at once, until it is decided."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from coach.time_zone import local_day
from llm_modes.language.tokens import estimate
from llm_modes.suggest_plan_changes.example import EXAMPLE
from llm_modes.suggest_plan_changes.schema import SignalData, WeekData
from plans import daily_review, debriefs, gaps
from plans.models import DailyReview, Debrief, PlanProposal
from plans.proposals import asking, deciding
from tests.factories import make_brief, make_debrief, make_plan, make_progress, make_proposal, make_review, plan_data
from tests.fake_llm import a_plan_change, a_topic

pytestmark = pytest.mark.django_db

STUCK = {"sessions": 6, "answers": 9, "last_three": 3.2, "gained": 0.0}


@pytest.fixture
def kept(alice):
    """Alice has a plan, and has just kept what an interview showed."""
    make_plan(alice)
    return make_debrief(alice, state="kept")


def same_plan():
    return a_plan_change(*plan_data(), rationale="It has figures already.")


def more_design():
    topics = [
        a_topic("System design", minutes=25),
        a_topic("Conflict stories", priority=2, minutes=10),
        a_topic("Algorithms", priority=3, minutes=10),
    ]
    return a_plan_change(*topics, changes=[("System design", "more_time"), ("Conflict stories", "less_time")])


def test_the_review_is_asked_for_at_once_also_without_any_practice_and_told_first(alice, kept, fake_llm):
    topic = alice.plan_topics.get(priority=1)
    make_progress(topic, sessions=0, signal="stuck", signal_evidence=STUCK)
    debriefs.have_plan_looked_at(kept)
    review = daily_review.todays(alice)
    assert review.ask_state == "pending"
    assert OrmQ.objects.get().task["args"] == (review.pk,)
    fake_llm.reply(more_design())
    daily_review.write(review)
    seen = fake_llm.requests[0].user.split("<seen>\n")[1]
    assert seen.startswith("gap: Figures for sizes\n")
    assert seen.index("gap: ") < seen.index("System design: stuck")
    assert "comes before signals and marks" in fake_llm.requests[0].system


def test_they_count_until_the_proposal_that_came_of_them_is_decided(alice, kept, fake_llm):
    fake_llm.reply(more_design())
    review = daily_review.write(daily_review.start(alice))
    assert gaps.that_count(alice) == ["Figures for sizes"]
    deciding.reject(alice, review.proposal)
    assert gaps.that_count(alice) == []


def test_one_that_takes_the_place_of_the_proposal_leaves_them_counting(alice, kept, fake_llm):
    fake_llm.reply(more_design())
    daily_review.write(daily_review.start(alice))
    make_progress(alice.plan_topics.first())
    PlanProposal.objects.filter(source="review").update(status="superseded")
    assert gaps.that_count(alice) == ["Figures for sizes"]


def test_a_review_that_leaves_the_plan_as_it_is_has_weighed_them(alice, kept, fake_llm):
    fake_llm.reply(same_plan())
    daily_review.write(daily_review.start(alice))
    assert gaps.that_count(alice) == []
    assert Debrief.objects.get().weighed_at


def test_a_review_that_fails_or_goes_too_far_has_not(alice, kept, fake_llm):
    for _ in range(2):
        fake_llm.fault("wrong_schema")
    review = daily_review.write(daily_review.start(alice))
    assert gaps.that_count(alice) == ["Figures for sizes"]
    for _ in range(2):
        fake_llm.reply(a_plan_change(a_topic("Trivia", minutes=45), changes=[]))
    daily_review.write(review)
    assert gaps.that_count(alice) == ["Figures for sizes"]


@pytest.mark.django_db(transaction=True)
def test_what_is_kept_while_a_review_is_written_waits_for_the_next(alice, fake_llm):
    make_progress(make_plan(alice)[0])

    def keep_meanwhile(_request):
        make_debrief(alice, state="kept")
        connection.close()
        return same_plan()

    fake_llm.reply(keep_meanwhile)
    daily_review.write(daily_review.start(alice))
    assert gaps.that_count(alice) == ["Figures for sizes"]


def test_they_count_for_thirty_days_at_most(alice, kept):
    Debrief.objects.update(confirmed_at=timezone.now() - timedelta(days=29))
    assert gaps.that_count(alice) == ["Figures for sizes"]
    Debrief.objects.update(confirmed_at=timezone.now() - timedelta(days=31))
    assert gaps.that_count(alice) == []
    assert daily_review.why_quiet(alice, None) != ""


def test_nothing_counts_before_it_is_kept(alice):
    make_plan(alice)
    make_debrief(alice, state="read")
    assert gaps.that_count(alice) == []


def test_while_a_proposal_waits_nothing_is_asked_and_the_review_after_it_is_told(alice, kept, fake_llm):
    waiting = make_proposal(alice, source="review", base_version=1, base_topics=plan_data())
    debriefs.have_plan_looked_at(kept)
    assert not OrmQ.objects.exists()
    assert not DailyReview.objects.exists()
    deciding.reject(alice, waiting)
    fake_llm.reply(same_plan())
    daily_review.write(daily_review.start(alice))
    assert "gap: Figures for sizes" in fake_llm.requests[0].user


def test_after_this_days_review_a_proposal_is_asked_for_which_names_them(alice, kept, fake_llm):
    """There is one review a day, and one proposal to decide on."""
    make_review(alice, ask_state="done", asked_at=timezone.now() - timedelta(hours=1), rationale="Go on.")
    debriefs.have_plan_looked_at(kept)
    assert DailyReview.objects.count() == 1
    kept.refresh_from_db()
    asked = kept.weighed_in
    assert asked.status == "waiting"
    fake_llm.reply(more_design())
    asking.write(asked)
    day = kept.held_on
    assert f"My interview on {day.day} {day:%B} showed that I lack: Figures for sizes" in fake_llm.requests[0].user
    assert gaps.that_count(alice) == ["Figures for sizes"]
    asked.refresh_from_db()
    deciding.approve(alice, asked)
    assert gaps.that_count(alice) == []


def test_no_more_is_asked_for_than_fits_into_a_day(alice, kept, settings):
    make_review(alice, ask_state="done", asked_at=timezone.now(), rationale="Go on.")
    settings.COACH_PROPOSALS_PER_DAY = 1
    debriefs.have_plan_looked_at(kept)
    assert gaps.that_count(alice) == ["Figures for sizes"]
    assert not alice.proposals.filter(status="waiting").exists()


def test_in_the_last_days_before_the_next_round_nothing_new_is_asked_for(alice, kept):
    make_review(alice, ask_state="done", asked_at=timezone.now(), rationale="Go on.")
    make_brief(alice, interview_on=local_day(alice) + timedelta(days=1))
    debriefs.have_plan_looked_at(kept)
    assert not alice.proposals.filter(status="waiting").exists()


def test_on_the_evening_of_its_day_the_interview_is_over_for_who_has_told_of_it(alice, kept, fake_llm):
    make_brief(alice, interview_on=local_day(alice))
    debriefs.have_plan_looked_at(kept)
    review = daily_review.todays(alice)
    assert review.ask_state == "pending"
    fake_llm.reply(same_plan())
    daily_review.write(review)
    assert "gap: Figures for sizes" in fake_llm.requests[0].user
    assert "<interview>unknown</interview>" in fake_llm.requests[0].user


def test_what_a_review_sees_keeps_to_its_tokens():
    """Three gaps of fifteen words at most, before a week and signals without end."""
    signal = SignalData(topic="System design", signal="stuck", rung=4, evidence="sessions 6, last three 3.2")
    week = WeekData(planned=350, done=130, signal="more planned than done")
    long = "naming what one did oneself rather than what the whole team did in those days"
    told = EXAMPLE.inputs.model_copy(update={"gaps": [long] * 9, "week": week, "signals": [signal] * 9})
    seen = told.seen()
    assert [line.startswith("gap: ") for line in seen] == [True] * 3 + [False] * (len(seen) - 3)
    assert sum(estimate(line) for line in seen[:3]) <= 60
    assert sum(estimate(line) for line in seen) <= 80
    assert seen[3] == "7 days: 350 min planned, 130 done: more planned than done"


def test_home_asks_how_it_went_until_it_is_told_and_for_thirty_days_at_most(client, alice):
    make_plan(alice)
    ask = "Tell how it went"
    for days, is_asked in ((-1, False), (0, True), (1, True), (30, True), (31, False)):
        brief = make_brief(alice, interview_on=local_day(alice) - timedelta(days=days))
        assert (ask in client.get(reverse("home")).text) == is_asked, days
    brief.interview_on = local_day(alice) - timedelta(days=3)
    brief.save()
    make_debrief(alice, held_on=brief.interview_on)
    assert ask not in client.get(reverse("home")).text
    for page in ("plans:plan", "plans:notes"):
        assert f'href="{reverse("study:debriefs")}"' in client.get(reverse(page)).text


def test_what_was_told_since_the_interview_is_taken_for_it_be_it_under_another_day(client, alice):
    make_plan(alice)
    make_brief(alice, interview_on=local_day(alice) - timedelta(days=3))
    earlier = make_debrief(alice, held_on=local_day(alice) - timedelta(days=40))
    Debrief.objects.filter(pk=earlier.pk).update(created_at=timezone.now() - timedelta(days=39))
    assert "Tell how it went" in client.get(reverse("home")).text
    make_debrief(alice, held_on=local_day(alice) - timedelta(days=4))
    assert "Tell how it went" not in client.get(reverse("home")).text


def test_once_told_on_its_own_day_nobody_is_wished_good_luck_any_more(client, alice):
    make_plan(alice)
    make_brief(alice, interview_on=local_day(alice))
    assert "Good luck" in client.get(reverse("home")).text
    make_debrief(alice, held_on=local_day(alice))
    for page in ("home", "plans:plan"):
        content = client.get(reverse(page)).text
        assert "You have told how it went. Nothing else is planned for today." in content
        assert "Good luck" not in content
        assert "Tell how it went" not in content


def test_the_notes_keep_what_an_interview_showed_and_how_it_ended(client, alice, kept):
    kept.outcome = "no"
    kept.save()
    make_debrief(alice, gaps=[{"gap": "Not kept yet", "quote": "x"}])
    page = client.get(reverse("plans:notes")).text
    for words in ("Figures for sizes", "a no", reverse("study:debrief_detail", args=[kept.pk])):
        assert words in page
    assert "Not kept yet" not in page
    review = client.get(reverse("plans:review")).text
    assert review.index("Figures for sizes") < review.index("Your practice by topic")
