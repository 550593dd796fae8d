"""Numbers that agree: one history, every page of it, and what each page says about the same thing."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from importlib import import_module

import pytest
from django.apps import apps
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from plans import daily_review
from plans.agenda import set_minutes_today
from plans.at_home import PlanAtHome
from plans.models import PlanTopic, TopicProgress
from plans.plan_in_force import topics_in_force
from plans.proposals import deciding
from plans.proposals.change import Change
from plans.proposals.writing import progress_lines
from study import questions, sessions, strength
from study.models import StudySession
from tests.factories import (
    make_attempt,
    make_brief,
    make_plan,
    make_proposal,
    make_question,
    make_review,
    make_round,
    make_user,
    topic_data,
)

pytestmark = pytest.mark.django_db

# One meaning each, however a page words it; the first group is the figure.
MEANINGS = {
    "strength": re.compile(r"[Ss]trength (?:is |here is |in [^:]+: )?([\d.]+ of 10)"),
    "thin evidence": re.compile(r"(from \d+ marks?; [a-z ]+ makes? it count \([^)]*\))"),
    "minutes practised": re.compile(
        r"(\d+) min(?:utes?)? (?:in \d+ sessions?|practised)|\d+ sessions?, (\d+) minutes?"
    ),
    "sessions": re.compile(r"min in (\d+) sessions?|(\d+) sessions?, \d+ minutes?"),
    "minutes a day": re.compile(r"^(?:\d+\. )?(?:Alpha|Bravo|Charlie|Delta) ?(\d+) min$"),
    "minutes of the next session": re.compile(r"^(?:Alpha|Bravo|Charlie|Delta), (\d+) minutes?$"),
}
WRONG_PLURAL = re.compile(
    r"(?<![\d.,:→-])(?:\b1 (?:minutes|sessions|words|characters|marks|days|topics|answers|questions|texts|stories|times"
    r"|attempts)"
    r"|\b(?:[02-9]|[1-9]\d+) (?:minute|session|word|character|mark|topic|answer|question|text|story|attempt))\b(?! a )"
)
BLOCKS = {"p", "li", "h1", "h2", "h3", "td", "th", "dd", "dt", "label", "summary", "title", "button", "section", "tr"}
IN_FORCE = ("Alpha", "Bravo", "Charlie", "Delta")
TOPICS = (*IN_FORCE, "Echo")


class Blocks(HTMLParser):
    """The text of every block of a page, in `texts`, with the topic whose part of the page it stands in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, list[str]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """A block begins; fields say what they hold."""
        if tag in BLOCKS:
            self.open.append((tag, []))

    def handle_data(self, data):
        """Words belong to every block that is open around them."""
        for _tag, words in self.open:
            words.append(data)

    def handle_endtag(self, tag):
        """A block is whole."""
        if tag in BLOCKS and any(tag == one for one, _words in self.open):
            while True:
                name, words = self.open.pop()
                self.texts.append(" ".join("".join(words).split()))
                if name == tag:
                    break


def practise(owner, topic, *, seconds, marks=(), question_of=None):
    """A session of so many seconds, ended as the page ends it, with an answer for each mark."""
    session = sessions.start(owner, topic, 20)
    for number, mark in enumerate(marks):
        question = make_question(owner, f"Question {number} of {seconds} s?", topic=question_of or topic)
        make_attempt(owner, session=session, question=question, state="marked", score=mark)
        with transaction.atomic():
            strength.recompute(question.topic)
    if not marks:
        make_attempt(owner, session=session, question=make_question(owner, topic=topic), draft_saved_at=timezone.now())
    StudySession.objects.filter(pk=session.pk).update(start_time=timezone.now() - timedelta(seconds=seconds))
    return sessions.end(StudySession.objects.get(pk=session.pk))


@pytest.fixture
def alice(client):
    """Six sessions of all lengths in four topics: one mark, two, five, and one given in another topic's session."""
    user = make_user("alice", current_role="Nurse", context="x")
    plan = [topic_data(name, priority=place, minutes=15) for place, name in enumerate(TOPICS, start=1)]
    alpha, bravo, charlie, delta, echo = make_plan(user, topics=plan)
    practise(user, alpha, seconds=40, marks=[9])
    practise(user, alpha, seconds=40)
    practise(user, alpha, seconds=40)
    practise(user, bravo, seconds=90, marks=[9, 10])
    practise(user, bravo, seconds=90)
    practise(user, charlie, seconds=600, marks=[4, 5, 6, 7, 8])
    practise(user, charlie, seconds=61)
    practise(user, charlie, seconds=119, marks=[8], question_of=delta)
    voided = make_question(user, "A bad question?", topic=charlie)
    ended = practise(user, charlie, seconds=120)
    make_attempt(user, session=ended, question=voided, state="marked", score=1)
    questions.void(voided)
    practise(user, echo, seconds=300, marks=[3])
    PlanTopic.objects.filter(pk=echo.pk).update(archived_at=timezone.now())
    set_minutes_today(user, 30)
    review = make_review(user, ask_state="done", rationale="Alpha first.")
    proposal = make_proposal(
        user,
        source="review",
        base_version=1,
        base_topics=topics_in_force(user),
        topics=[
            replace(topic, daily_study_minutes=10 + 5 * place) for place, topic in enumerate(topics_in_force(user))
        ],
        changes=[
            Change(topic=name, change=change, reason="By your marks.")
            for name, change in (("Alpha", "less_time"), ("Charlie", "more_time"), ("Delta", "more_time"))
        ],
    )
    daily_review.add_evidence(proposal)
    proposal.save()
    review.proposal = proposal
    review.save()
    client.force_login(user)
    return user


def addresses(user):
    """Every page that shows something of this history."""
    yield from map(reverse, ("home", "plans:plan", "plans:notes", "plans:review", "plans:proposals", "plans:chat"))
    yield from map(reverse, ("study:sessions", "study:stories", "account"))
    yield from (reverse("plans:proposal_detail", args=[one.pk]) for one in user.proposals.all())
    yield from (reverse("study:session_detail", args=[one.pk]) for one in user.study_sessions.all())
    yield from (reverse("study:question_attempts", args=[one.pk]) for one in user.questions.all())
    yield from (reverse("study:attempt_detail", args=[one.pk]) for one in user.question_attempts.all())


def blocks_of(client, user):
    """[(address, text of a block)] of every page."""
    found = []
    for address in addresses(user):
        response = client.get(address)
        assert response.status_code == 200, address
        found += [(address, text) for text in Blocks(response.content.decode()).texts]
    return found


def alone(text):
    """The topic that a block speaks of, where it is one alone."""
    names = [name for name in TOPICS if re.search(rf"\b{name}", text)]
    return names[0] if len(names) == 1 else None


def test_every_number_of_one_meaning_is_the_same_on_every_page_and_says_what_it_rests_on(client, alice):
    blocks = blocks_of(client, alice)
    _agree(blocks)
    _say_that_marks_are_few(blocks)
    _call_nothing_unpractised_that_has_a_mark(blocks)


def _agree(blocks):
    said: dict[tuple[str, str], dict[str, set[str]]] = {}
    for address, text in blocks:
        subject = alone(text)
        for meaning, pattern in MEANINGS.items() if subject else ():
            for match in pattern.finditer(text):
                figure = next(group for group in match.groups() if group)
                said.setdefault((subject, meaning), {}).setdefault(figure, set()).add(address)
    assert not {key: values for key, values in said.items() if len(values) > 1}
    for name in IN_FORCE:
        assert len(said[name, "strength"].popitem()[1]) >= 4, f"the strength in {name} stands on four pages at least"
    assert {name for name, meaning in said if meaning == "thin evidence"} == {"Alpha", "Bravo", "Delta", "Echo"}
    assert {name for name, meaning in said if meaning == "minutes practised"} >= {"Alpha", "Bravo", "Charlie"}


def _say_that_marks_are_few(blocks):
    found = 0
    for address, text in blocks:
        for after in re.findall(r"[58]\.0 of 10(.{0,60})", text):
            found += 1
            assert re.match(r", from (1 mark; two more make|2 marks; one more makes) it count", after), (address, text)
    assert found > 12


def _call_nothing_unpractised_that_has_a_mark(blocks):
    for address, text in blocks:
        if alone(text):
            assert not re.search("not practised yet|no marks yet|no strength yet", text, re.I), f"{address}: {text}"


def test_the_minutes_of_a_topic_are_those_of_its_sessions_together(client, alice):
    for topic in PlanTopic.objects.filter(user=alice).select_related("progress"):
        parts = []
        for session in topic.study_sessions.all():
            page = client.get(reverse("study:session_detail", args=[session.pk])).content.decode()
            parts += [int(found) for found in re.findall(r"(\d+) minutes? of practice", page)]
        # A session without a mark has no summary, and says its minutes in the list.
        listed = client.get(reverse("study:sessions")).content.decode()
        in_list = (
            [
                int(re.search(rf'/sessions/{session.pk}/".*?, (\d+) minutes?[:<]', listed, re.S)[1])
                for session in topic.study_sessions.all()
            ]
            if topic.study_sessions.exists()
            else []
        )
        assert sum(in_list) == topic.progress.minutes_spent == topic.progress.total_time_spent / 60
        assert sum(day.seconds for day in topic.practice_days.all()) == topic.progress.total_time_spent
        assert set(parts) <= set(in_list)
    told = {line.topic: line for line in progress_lines(alice)}
    assert told["Alpha"].minutes_spent == 3
    assert "3 min in the last 7 days" in told["Alpha"].trend
    assert "from 1 mark" in told["Alpha"].line()
    shown = client.get("/plan/view").json()["plan_topics"]
    assert [one["progress"]["total_time_spent"] for one in shown] == [180, 240, 900, 0]


def test_what_the_plan_says_the_button_starts_and_the_session_says_it(client, alice):
    upcoming = PlanAtHome.of(alice).next
    for address in (reverse("home"), reverse("plans:plan"), reverse("study:sessions")):
        page = client.get(address).content.decode()
        fields = re.findall(r'name="(?:topic_id|planned_study_time)"\s+value="(\d+)"', page)
        assert fields[:2] == [str(upcoming.topic.pk), str(upcoming.minutes)], address
    client.post(
        reverse("study:sessions"), {"topic_id": upcoming.topic.pk, "planned_study_time": upcoming.minutes}, follow=True
    )
    session = alice.study_sessions.get(end_time=None)
    make_round(session)
    for address in (reverse("home"), reverse("study:sessions"), reverse("study:session_detail", args=[session.pk])):
        assert f"{upcoming.minutes} minutes" in client.get(address).content.decode(), address


def test_one_thing_is_not_said_in_the_plural(client, alice):
    topic = PlanTopic.objects.filter(user=alice).in_force().first()
    practise(alice, topic, seconds=30, marks=[])
    running = sessions.start(alice, topic, 1)
    make_round(running)
    make_attempt(alice, session=running, answer="One")
    wrong = [(address, text) for address, text in blocks_of(client, alice) if WRONG_PLURAL.search(text)]
    assert not wrong


def test_totals_are_the_sum_of_their_lines_and_priorities_have_no_gap(client, alice):
    def plan_page():
        texts = Blocks(client.get(reverse("plans:plan")).content.decode()).texts
        rows = [re.fullmatch(r"(\d+)\. [A-Z][a-z]+ ?(\d+) min", text) for text in texts]
        listed = [(int(row[1]), int(row[2])) for row in rows if row]
        total = next(re.match(r"Together ?(\d+) min a day", text) for text in texts if text.startswith("Together"))
        assert [priority for priority, _minutes in listed] == list(range(1, len(listed) + 1))
        assert sum(minutes for _priority, minutes in listed) == int(total[1])
        return listed

    proposal = alice.proposals.get(status="open")
    shown = client.get(reverse("plans:proposal_detail", args=[proposal.pk])).content.decode()
    minutes = [int(found) for found in re.findall(r'name="minutes-\d+"\s+value="(\d+)"', shown)]
    together = max((text for text in Blocks(shown).texts if text.startswith("Together")), key=len)
    assert len(minutes) == 4
    assert str(sum(minutes)) in together.split(), together
    assert len(plan_page()) == 4
    kept = [replace(topic, daily_study_minutes=10) for topic in topics_in_force(alice) if topic.name != "Bravo"]
    make_brief(alice, daily_minutes=60)
    deciding.approve_topics(alice, kept)
    assert [minutes for _priority, minutes in plan_page()] == [10, 10, 10]


def test_earlier_sessions_are_counted_anew_as_later_ones_are(alice):
    before = {one.topic_id: (one.total_time_spent, one.few_marks) for one in TopicProgress.objects.all()}
    # As release 0.1 had them: three sessions of 40 s, two of 90 s.
    TopicProgress.objects.filter(total_time_spent=180).update(total_time_spent=120)
    TopicProgress.objects.filter(total_time_spent=240).update(total_time_spent=180)
    TopicProgress.objects.update(few_marks=[])
    import_module("study.migrations.0006_numbers_that_agree")._count_anew(apps, None)
    assert {one.topic_id: (one.total_time_spent, one.few_marks) for one in TopicProgress.objects.all()} == before
