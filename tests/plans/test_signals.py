"""What weeks of practice show of topics and plan, with the evidence, on every page and only where it is so."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from coach.time_zone import local_day
from plans import progress, signals
from plans.holds import holds
from plans.models import PlanProposal, PlanTopic, TopicProgress
from plans.plan_in_force import put_in_force, topics_in_force
from tests.factories import make_plan, make_practice_day, make_progress, make_session_marks, make_user, topic_data

pytestmark = pytest.mark.django_db

STUCK = {"sessions": 4, "last_three": 2.3, "points": -0.2, "stuck": True, "gained": 0.0, "holds": False}
HOLDS = {"sessions": 5, "last_three": 8.6, "points": 0.1, "stuck": False, "gained": 0.0, "holds": True}


@pytest.fixture
def plan(alice):
    """System design 20 minutes, Conflict stories 15, Algorithms 10, none of them offered or practised."""
    return make_plan(alice)


def shown(topic, **fields):
    """(signal, what is said of it) of a topic with this progress, after a refresh."""
    make_progress(topic, **{"strength_rating": None, "marked_attempts": 0, "sessions": 0, **fields})
    signals.refresh(topic.user)
    topic = PlanTopic.objects.select_related("progress").get(pk=topic.pk)
    return topic.progress.signal, signals.said(topic)


@pytest.mark.parametrize(
    ("fields", "signal", "words"),
    [
        ({"offers": 1}, "", ""),
        ({"offers": 4}, "untouched", "Suggested 4 times and never practised."),
        ({"offers": 4, "answers": 1}, "", ""),
        ({"offers": 4, "sessions": 1}, "", ""),  # a story was worked on
        ({"answers": 9, "offers": 3, "waited": 2, "unpractised": 30}, "neglected",
         "Left aside for 30 sessions, though it was suggested meanwhile."),
        ({"answers": 9, "offers": 3, "waited": 30, "unpractised": 30}, "", ""),  # it was not suggested meanwhile
        ({"answers": 9, "offers": 3, "waited": 2, "unpractised": 3}, "", ""),
        ({"answers": 15, "marked_attempts": 14, "by_marks": STUCK}, "stuck",
         "Stuck: 14 answers in 4 sessions, the last three averaged 2.3, not a point more than before."),
        ({"answers": 15, "marked_attempts": 14, "by_marks": STUCK | {"gained": 1.4, "last_three": 3.7}}, "stuck",
         "Stuck, but it begins to move: the last three sessions averaged 3.7, 1.4 points more than before."),
        ({"marked_attempts": 60, "by_marks": STUCK | {"gained": 1.9, "lately": 0.1, "last_three": 3.9}}, "stuck",
         "Stuck: it gained 1.9 points and stands still again; the last three sessions averaged 3.9."),
        ({"by_marks": STUCK | {"gained": 1.5, "lately": 0.8, "last_three": 3.5}, "rung": 1}, "stuck",
         "Stuck, but it begins to move: the last three sessions averaged 3.5, 1.5 points more than before. "
         "Now we try easier questions, with help beside them."),
        ({"marked_attempts": 14, "by_marks": STUCK, "rung": 2, "rung_sessions": 1}, "stuck",
         "Stuck: 14 answers in 4 sessions, the last three averaged 2.3, not a point more than before. "
         "Now we try the story first, or an answer to complete."),
        ({"marked_attempts": 14, "by_marks": STUCK, "rung": 3, "rung_sessions": 5}, "stuck",
         "Stuck: 14 answers in 4 sessions, the last three averaged 2.3, not a point more than before. "
         "Now we try another part of an answer in each session."),
        ({"answers": 20, "marked_attempts": 20, "by_marks": HOLDS}, "holds",
         "Holds: the last three sessions averaged 8.6."),
        # The one that most needs a word.
        ({"answers": 15, "marked_attempts": 14, "by_marks": STUCK, "waited": 2, "unpractised": 30}, "stuck",
         "Stuck: 14 answers in 4 sessions, the last three averaged 2.3, not a point more than before."),
        ({"answers": 20, "marked_attempts": 20, "by_marks": HOLDS, "waited": 2, "unpractised": 30}, "neglected",
         "Left aside for 30 sessions, though it was suggested meanwhile."),
    ],
)  # fmt: skip
def test_a_topic_has_one_signal_with_its_evidence(plan, fields, signal, words):
    assert shown(plan[0], **fields) == (signal, words)


def test_neglected_begins_past_the_bound_of_the_topics_share(plan):
    """Three topics of one weight: each comes every six sessions at least."""
    for unpractised, signal in ((6, ""), (7, "neglected")):
        for topic in plan:
            make_progress(topic, strength_rating=None, answers=9, offers=3, waited=1, unpractised=unpractised)
        assert shown(plan[2], answers=9, offers=3, waited=1, unpractised=unpractised)[0] == signal


def test_another_plan_takes_back_at_once_what_it_has_answered(alice, plan):
    for topic in plan:
        make_progress(topic, strength_rating=None, answers=9, offers=3, waited=1, unpractised=9)
    signals.refresh(alice)
    assert TopicProgress.objects.filter(signal="neglected").count() == 3
    topics = topics_in_force(alice)
    more = [topic_data(name, priority=place, minutes=20) for place, name in enumerate(("Go", "Estimation"), start=1)]
    put_in_force(alice, [*more, *(replace(topic, priority=topic.priority + 2) for topic in topics)])
    assert not TopicProgress.objects.filter(signal="neglected").exists()  # of five topics each comes less often


def test_since_when_a_signal_is_there_stays_while_its_numbers_change(plan):
    shown(plan[0], offers=2)
    first = TopicProgress.objects.get(topic=plan[0])
    shown(plan[0], offers=5)
    later = TopicProgress.objects.get(topic=plan[0])
    assert (later.signal_since, later.signal_evidence) == (first.signal_since, {"offers": 5})
    shown(plan[0], offers=5, answers=1)
    gone = TopicProgress.objects.get(topic=plan[0])
    assert (gone.signal, gone.signal_since, gone.signal_evidence) == ("", None, {})


def test_a_topic_that_left_the_plan_says_nothing(plan):
    shown(plan[0], offers=2)
    PlanTopic.objects.filter(pk=plan[0].pk).update(archived_at=timezone.now())
    assert signals.said(PlanTopic.objects.get(pk=plan[0].pk)) == ""


@pytest.mark.parametrize(
    ("sessions", "is_held"),
    [
        ([[8] * 4] * 2, False),
        ([[8] * 3] * 3, False),  # nine marks
        ([[8] * 4] * 3, True),
        ([[8, 8, 8, 7]] * 3, False),
        ([[8] * 4, [8] * 4, [8] * 4, [7] * 4, [7] * 4, [7] * 4], True),
        ([[8] * 4, [8] * 4, [8] * 4, [7] * 4, [7] * 4, [6] * 4], False),
        ([[7] * 4] * 3, False),
    ],
)
def test_holds_begins_at_eight_and_ends_below_seven(sessions, is_held):
    assert holds(make_session_marks(*sessions)) == is_held


def test_a_trend_is_said_with_its_points_and_a_steady_one_is_not(plan):
    progress.record_marks(plan[0], make_session_marks(*[[4] * 4] * 3, *[[7] * 4] * 4))
    progress.record_marks(plan[1], make_session_marks(*[[4] * 4] * 7))
    rising, steady, unknown = PlanTopic.objects.select_related("progress").in_force()
    assert rising.progress.trend == "rising"
    assert signals.trend_said(rising) == "Rising: your marks are 2.3 points above those of your first sessions."
    assert (steady.progress.trend, signals.trend_said(steady)) == ("steady", "")
    assert signals.trend_said(unknown) == ""


# --- the plan --------------------------------------------------------------------------------------------------------


def practise(topic, minutes_by_days_ago):
    today = local_day(topic.user)
    for days_ago, minutes in minutes_by_days_ago.items():
        make_practice_day(topic, minutes=minutes, local_day=today - timedelta(days=days_ago))


def approved_days_ago(user, *days):
    """The plan's versions, each approved so many days ago."""
    for proposal, ago in zip(PlanProposal.objects.filter(user=user).order_by("version"), days, strict=True):
        proposal.decided_at = timezone.now() - timedelta(days=ago)
        proposal.save()


@pytest.mark.parametrize(
    ("practised", "name", "words"),
    [
        ({}, "", ""),
        ({1: 20, 3: 20}, "", ""),  # two days
        ({1: 20, 3: 20, 5: 20, 20: 45}, "more planned than done",
         "In the last 5 days you practised on 3: 60 of 225 planned minutes."),
        ({1: 20, 3: 20, 6: 20, 9: 20}, "more planned than done",
         "In the last 7 days you practised on 3: 60 of 315 planned minutes."),
        ({1: 63, 2: 63, 3: 63, 9: 20}, "", ""),  # 189 of 315 are 60 %
        ({1: 63, 2: 63, 3: 62, 9: 20}, "more planned than done",
         "In the last 7 days you practised on 3: 188 of 315 planned minutes."),
        (dict.fromkeys(range(1, 8), 63), "", ""),
        (dict.fromkeys(range(1, 8), 64), "more done than planned",
         "In the last 7 days you practised every day: 448 minutes where the plan has 315."),
        # Back after more than a week: the days away are no debt.
        ({1: 45, 2: 45, 3: 45, 14: 45}, "", ""),
        ({0: 1, 1: 45, 2: 45, 3: 45}, "", ""),  # today is not over
    ],
)  # fmt: skip
def test_what_was_planned_against_what_was_done(alice, plan, practised, name, words):
    approved_days_ago(alice, 30)
    practise(plan[0], practised)
    found = signals.of_plan(alice)
    assert (found.name, found.said) == (name, words)


def test_a_young_plan_is_measured_by_its_own_whole_days(alice, plan):
    approved_days_ago(alice, 3)
    practise(plan[0], {1: 10, 2: 10, 3: 10, 4: 45, 5: 45, 6: 45})
    found = signals.of_plan(alice)
    assert (found.planned, found.done, found.days, found.length, found.name) == (90, 20, 2, 2, "")
    approved_days_ago(alice, 4)
    assert signals.of_plan(alice).name == "more planned than done"
    approved_days_ago(alice, 0)
    assert signals.of_plan(alice) is None


def test_another_version_of_the_same_size_goes_on_with_the_days_before(alice):
    make_plan(alice)
    topics = [topic_data(name, priority=place, minutes=15) for place, name in enumerate("ABC", start=1)]
    PlanTopic.objects.filter(user=alice).update(archived_at=timezone.now())
    plan = make_plan(alice, topics=topics, version=2)
    practise(plan[0], dict.fromkeys(range(1, 8), 10))
    approved_days_ago(alice, 30, 1)
    assert signals.of_plan(alice).length == 7
    PlanTopic.objects.filter(pk=plan[0].pk).update(daily_study_minutes=30)
    assert signals.of_plan(alice) is not None


def test_without_a_plan_there_is_nothing_to_say():
    assert signals.of_plan(make_user()) is None


# --- the pages -------------------------------------------------------------------------------------------------------


def test_home_plan_and_notes_say_it_once_each_and_say_nothing_where_there_is_nothing(client, alice, plan):
    pages = [reverse(name) for name in ("home", "plans:plan", "plans:notes")]
    for page in pages:
        assert "What your practice shows" not in client.get(page).text
        assert not any(word in client.get(page).text for word in ("Suggested", "Stuck", "Holds", "Rising", "Falling"))
    shown(plan[0], answers=14, marked_attempts=14, by_marks=STUCK, strength_rating="2.4", level="easy")
    shown(plan[1], offers=2)
    shown(plan[2], answers=20, marked_attempts=20, by_marks=HOLDS | {"points": 1.6}, trend="rising")
    for page in pages:
        content = client.get(page).text
        for words in ("Stuck: 14 answers", "Suggested twice and never practised.", "Holds: the last three"):
            assert content.count(words) == 1, (page, words)
    assert "What your practice shows" in client.get(pages[0]).text
    for page in pages[1:]:
        assert "Rising: your marks are 1.6 points above" in client.get(page).text
        assert "easy questions" in client.get(page).text


def test_home_says_three_things_at_most_and_the_plan_says_what_is_done_of_it(client, alice, plan):
    approved_days_ago(alice, 30)
    practise(plan[0], {1: 10, 2: 10, 3: 10, 8: 10})
    words = "In the last 7 days you practised on 3: 30 of 315 planned minutes."
    assert words in client.get(reverse("home")).text
    assert words in client.get(reverse("plans:plan")).text
    for offers, topic in enumerate(plan, start=2):
        shown(topic, offers=offers)
    together = ("System design and 2 more topics", "Suggested up to 4 times and never practised.")
    assert signals.at_a_glance(list(PlanTopic.objects.select_related("progress")), signals.of_plan(alice)) == [
        together,
        ("Your plan", words),
    ]
    for topic in plan:
        shown(topic, answers=14, marked_attempts=14, by_marks=STUCK)
    assert words not in client.get(reverse("home")).text
    assert words in client.get(reverse("plans:plan")).text


def test_a_strength_says_what_it_leaves_out_and_how_old_it_is(client, alice, plan):
    long_ago = timezone.now() - timedelta(days=12)
    make_progress(plan[0], uncounted={"waiting": 2, "voided": 1}, last_practised_at=long_ago)
    make_progress(plan[1], uncounted={"declined": 1}, last_practised_at=timezone.now() - timedelta(days=6))
    for name in ("plans:plan", "plans:notes"):
        page = client.get(reverse(name)).text
        assert "2 answers wait for a mark and do not count yet." in page
        assert "1 question that you took out is left out, with its marks." in page
        assert "1 answer got no mark, because the coach declined it; it does not count." in page
        assert page.count("last practised") == 1
        assert "last practised 12 days ago" in page
    home = client.get(reverse("home")).text
    assert "last practised 12 days ago" in home
    assert "for a mark" not in home
