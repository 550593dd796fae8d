"""Whatever candidate and coach do, in any order: the approved plan is in force, every change has its reason, and while
there is no plan one click leads to one that can be approved.

A Hypothesis state machine over the functions that pages and facade call, on the real database, with the coach's words
coming over HTTP. Runs of 30 steps: 12 in `make test`, a thousand by `make plan-machine`.
"""

import os
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from coach.models import RawUserContext, User
from llm_modes.stages import ACTIONS
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, MAX_TOPICS, MIN_TOPIC_MINUTES, MIN_TOPICS, Topic, key, total
from llm_modes.suggest_plan_changes.differences import differences
from plans import conversation, daily_review, progress
from plans.journey import brief_of, plan_version, stage_of
from plans.models import PlanProposal, PlanTopic
from plans.plan_in_force import topics_in_force
from plans.proposals import asking, deciding
from plans.proposals.comparison import Edit, compare
from plans.proposals.lines import lines_of, outcome
from plans.proposals.writing import ASSUMED_MINUTES
from plans.views.proposals import detail
from tests.browsing import fields_of
from tests.factories import make_brief, make_plan, make_session_marks, make_user, plan_data, topic_data
from tests.fake_llm import FakeLLM, a_chat_reply, a_plan, a_plan_change, topics_of

pytestmark = pytest.mark.django_db

RUNS = int(os.environ.get("COACH_TEST_RUNS") or 12)
STEPS = 30
NAMES = ["System design", "Algorithms", "Conflict stories", "Small talk", "Estimation", "Databases", "algorithms", "Go"]
TEXTS = ["", "Short.", "Something else entirely."]

places = st.integers(0, 9)
minutes = st.sampled_from([5, 10, 15, 20, 25, 40])
# How the coach changes a plan: (what, which topic, how).
moves = st.lists(
    st.tuples(st.sampled_from(["minutes", "swap", "drop", "add", "reword"]), places, places), min_size=0, max_size=5
)
honesty = st.sampled_from(["honest", "honest", "honest", "honest", "unexplained", "invented", "empty", "rejected"])
PAGES = ["home", "plans:plan", "plans:chat", "plans:review", "plans:proposals", "plans:notes", "study:sessions"]

edits = st.builds(
    Edit,
    name=st.none() | st.sampled_from([*NAMES, "My own name"]),
    minutes=st.none() | minutes,
    priority=st.none() | st.integers(1, 8),
)


def turn(action: str, **how: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.tuples(st.just(action), st.fixed_dictionaries(how))


SUGGESTION = turn("coach_suggests", wishes=moves, how=honesty)
APPROVAL = turn(
    "approve",
    which=places,
    afresh=st.sampled_from([True, True, False]),
    everything=st.booleans(),
    ticks=st.lists(st.booleans(), min_size=12, max_size=12),
    edits=st.dictionaries(st.integers(0, 7), edits, max_size=2),
)
REVIEW = turn("review", wishes=moves, how=honesty)
# One rule for all: Hypothesis would leave out some of many rules in each run, and seldom get far.
TURNS = st.one_of(
    SUGGESTION,
    SUGGESTION,
    APPROVAL,
    APPROVAL,
    REVIEW,
    turn("ask_for_a_plan", feedback=st.sampled_from(TEXTS), fresh=st.booleans()),
    turn("say", text=st.sampled_from(TEXTS[1:]), what=places, wishes=moves),
    turn("forget", what=st.sampled_from(["current_role", "weaknesses", "motivation", "daily_minutes", "context"])),
    turn("look_for_a_plan", where=st.sampled_from([*PAGES, "a proposal"]), which=places),
    turn("coach_fails", vanishes=st.booleans()),
    turn("suggest_by_program", fresh=st.booleans(), wishes=moves, how=honesty),
    turn("approve_by_program", which=places),
    turn("press_on_an_old_page", which=places, approve=st.booleans(), seen=st.integers(0, 3)),
    turn("open_a_page", which=places),
    turn("reject", which=places, reason=st.sampled_from(TEXTS)),
    turn("approve_what_was_overtaken", which=places, names=st.permutations(NAMES[:5]).map(lambda names: names[:3])),
    turn("undo", stale=st.sampled_from([False, False, True])),
    turn("make_an_own_plan", names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=5), each=minutes),
    turn("practise", which=places, marks=st.lists(st.integers(1, 10), max_size=6)),
    turn("have_other_time", available=st.sampled_from([10, 30, 45, 60, 120])),
)


def replanned(base: list[Topic], wishes: list[tuple[str, int, int]], available: int) -> list[Topic]:
    """Another plan that a coach could send: valid in itself, within the time there is."""
    topics = without_ids(base)
    for what, which, how in wishes:
        if what == "add":
            topics.append(new_topic(topics, how))
        elif topics:
            move(topics, what, which % len(topics), how)
    while len(topics) < MIN_TOPICS:
        topics.append(new_topic(topics, 1))
    most = min(MAX_TOPICS, available // MIN_TOPIC_MINUTES)
    topics = sorted(topics, key=lambda topic: topic.priority)[:most]
    while total(topics) > available:
        largest = max(range(len(topics)), key=lambda at: topics[at].daily_study_minutes)
        topics[largest] = replace(topics[largest], daily_study_minutes=MIN_TOPIC_MINUTES)
    return [replace(topic, priority=place) for place, topic in enumerate(topics, start=1)]


def without_ids(topics: list[Topic]) -> list[Topic]:
    return [replace(topic, id=None) for topic in topics]


def new_topic(topics: list[Topic], how: int) -> Topic:
    taken = {topic.key for topic in topics}
    free = [name for name in (*NAMES, *(f"Spare {n}" for n in range(9))) if key(name) not in taken]
    return topic_data(free[how % len(free)], minutes=5 + how)


def move(topics: list[Topic], what: str, at: int, how: int) -> None:
    topic, other = topics[at], how % len(topics)
    if what == "minutes":
        topics[at] = replace(topic, daily_study_minutes=5 + 5 * how)
    elif what == "swap":
        topics[at] = replace(topic, priority=topics[other].priority)
        topics[other] = replace(topics[other], priority=topic.priority)
    elif what == "drop":
        topics.pop(at)
    else:
        topics[at] = replace(topic, description=f"Reworded {how}.")


def keeping(request):
    """The reply of a coach who changes nothing of its own accord, only what the minutes ask for."""
    available = int(request.user.split("<minutes_a_day>")[1].split("<")[0])
    if request.mode == "suggest_plan":
        return a_plan(*replanned([], [], available))
    base = topics_of(request)
    topics = replanned(base, [], available)
    return a_plan_change(*topics, changes=[tuple(found) for found in differences(base, topics)])


class Agreement(RuleBasedStateMachine):
    """One candidate, one coach, and another candidate to whom nothing may happen."""

    # None: the offline coach answers, by its rules.
    fake: FakeLLM | None

    @initialize(available=st.sampled_from([45, 60, 120]), where=st.sampled_from(["nothing", "plan", "change"]))
    def begin(self, available, where):
        self.user = make_user(current_role="Backend engineer")
        make_brief(self.user, daily_minutes=available)
        self.bystander = make_user()
        make_plan(self.bystander)
        self.bystanders_plan = topics_in_force(self.bystander)
        self.versions: dict[int, list[Topic]] = {}
        self.rows = 0
        if where != "nothing":
            deciding.approve_topics(self.user, plan_data())
        if where == "change":
            self.suggest([("minutes", 0, 1), ("add", 0, 3), ("drop", 2, 0)], "honest")
        # Proposals that the coach did not explain topic by topic.
        self.from_scratch: set[int] = set()
        # Pages that are open in some tab: (proposal, version seen, names of its lines).
        self.pages: list[tuple[PlanProposal, int, list[str]]] = []

    # --- the coach -----------------------------------------------------------------------------------------------

    def queue(self, base, wishes, how):
        """Queue the coach's reply to a plan; a dishonest one twice, since it is sent back once."""
        if self.fake is None:
            return
        available = brief_of(self.user).daily_minutes or ASSUMED_MINUTES
        refused = self.user.proposals.filter(status="rejected").order_by("-pk").first()
        again = without_ids(refused.topics) if refused and how == "rejected" else []
        topics = [] if how == "empty" else replanned(again or base, [] if again else wishes, available)
        changes = [
            {"topic": found.topic, "change": found.change, "reason": f"Because of {found.change} in {found.topic}."}
            for found in differences(base, topics)
        ]
        if how == "unexplained" and changes:
            changes.pop()
        elif how == "invented":
            changes.append({"topic": "Trivia", "change": "added", "reason": "Because."})
        overview = {
            "target_role": "Backend engineer",
            "total_daily_minutes": total(topics),
            "time_horizon_weeks": 6,
            "rationale": "It fits.",
        }
        reply = {"plan_overview": overview, "plan_topics": [topic.as_json() for topic in topics]}
        reply |= {"changes": changes} if base else {}
        self.fake._queue.clear()
        for _ in range(2):
            self.fake.reply(reply)

    def suggest(self, wishes, how):
        """Write what waits to be written, after asking for it if need be."""
        try:
            waiting = self.user.proposals.filter(status="waiting").first() or asking.request(self.user)
        except asking.NotEnoughKnown:
            return
        base = waiting.base_topics and present(self.user)
        if not base:
            self.from_scratch.add(waiting.pk)
        self.queue(base, wishes, how)
        asking.write(waiting)

    def ask_for_a_plan(self, feedback, fresh):
        try:
            conversation.ask_for_proposal(self.user, feedback)
        except asking.NotEnoughKnown:
            return
        if fresh:
            asking.request(self.user, from_scratch=True)

    def say(self, text, what, wishes):
        """A message, answered with one of the actions that are allowed, and what is to be written for it written."""
        allowed = ACTIONS[stage_of(self.user)]
        if self.fake is not None:
            self.fake._queue.clear()
            self.fake.reply(a_chat_reply(action=allowed[what % len(allowed)]))
        conversation.answer(conversation.say(self.user, text))
        if wishes and self.states["waiting"]:
            self.suggest(wishes, "honest")

    def suggest_by_program(self, fresh, wishes, how):
        """A proposal over the facade; the plan in force stays as it is."""
        before = topics_in_force(self.user)
        base = [] if fresh else present(self.user)
        self.queue(base, wishes, how)
        body = {"role": "Nurse", "raw_user_context": "Four years on a ward."} if fresh else {"feedback": ["Other."]}
        answer = self.browser().post(
            f"/plan/suggest_{'new' if fresh else 'changes'}", body, content_type="application/json"
        )
        assert answer.status_code in (200, 503) if fresh or base else answer.status_code == 409
        newest = self.user.proposals.order_by("-pk").first()
        if fresh:
            self.from_scratch.add(newest.pk)
        assert topics_in_force(self.user) == before

    def approve_by_program(self, which):
        """Any proposal over the facade: the answer is the plan in force, or nothing has changed."""
        rows = list(self.user.proposals.order_by("pk"))
        if not rows:
            return
        row, before = rows[which % len(rows)], topics_in_force(self.user)
        answer = self.browser().post("/plan/approve_plan", {"proposal_id": row.pk}, content_type="application/json")
        names = [topic.name for topic in topics_in_force(self.user)]
        if answer.status_code == 200:
            plan = answer.json()
            assert names == [topic["name"] for topic in plan["plan_topics"]]
            assert plan["version"] == plan_version(self.user) > 0
        else:
            assert answer.status_code in (409, 422)
            assert topics_in_force(self.user) == before
        if row.status in ("rejected", "superseded", "waiting"):
            assert topics_in_force(self.user) == before

    def press_on_an_old_page(self, which, approve, seen):
        """Approve or reject by a page that shows how some proposal was once."""
        rows = list(self.user.proposals.order_by("pk"))
        if not rows:
            return
        row, before, states = rows[which % len(rows)], topics_in_force(self.user), self.states
        name = "plans:proposal_approval" if approve else "plans:proposal_rejection"
        answer = self.browser().post(reverse(name, args=[row.pk]), {"seen_version": seen}, follow=True)
        assert answer.status_code in (200, 409, 422)
        if row.status != "open":
            assert (topics_in_force(self.user), self.states) == (before, states)
        if not self.states["approved"]:
            assert states["open"] - self.states["open"] <= (not approve), "only a word of theirs takes it away"

    def browser(self):
        browser = Client()
        browser.force_login(self.user)
        return browser

    def look_for_a_plan(self, where, which):
        """With no plan in force one click on any page leads to a proposal to approve."""
        rows = list(self.user.proposals.order_by("pk"))
        if self.states["approved"]:
            return
        if where == "a proposal" and rows:
            path = reverse("plans:proposal_detail", args=[rows[which % len(rows)].pk])
        else:
            path = reverse(PAGES[which % len(PAGES)] if where == "a proposal" else where)
        self.assert_one_click_leads_to_a_plan(path)

    def assert_one_click_leads_to_a_plan(self, path):
        """The coach answers, but does not change a word that it need not. Returns browser and page."""
        if self.fake is not None:
            self.fake._queue.clear()
            self.fake.always(keeping)
        assert not conversation.chat_inputs(self.user).plan
        browser = self.browser()
        page = BeautifulSoup(browser.get(path).text, "html.parser")
        if not self.can_be_approved(page):
            page = asked_by_itself(browser, pressed(browser, page))
        assert self.can_be_approved(page), page.main.get_text(" ", strip=True)
        return browser, page

    def can_be_approved(self, page):
        """The page offers to approve a proposal, and that would be taken as it stands."""
        form = page.select_one("main form[action$='/approval/']")
        if form is None:
            return False
        proposal = detail(self.user.proposals.get(pk=form["action"].split("/")[-3]))["proposal"]
        try:
            outcome(proposal, available=brief_of(self.user).daily_minutes)
        except deciding.PlanError:
            return False
        return True

    def coach_suggests(self, wishes, how):
        self.suggest(wishes, how)

    def coach_fails(self, vanishes):
        if not self.states["waiting"]:
            return
        if vanishes:
            gone = {"ask_state": "asking", "ask_lease_until": timezone.now() - timedelta(seconds=1)}
            self.user.proposals.filter(status="waiting").update(**gone)
        if vanishes or self.fake is None:
            return
        self.fake._queue.clear()
        self.fake.fault("http_401")
        asking.write(self.user.proposals.get(status="waiting"))

    def review(self, wishes, how):
        if not self.states["approved"]:
            return
        self.user.daily_reviews.all().delete()  # the next day
        self.practise(0, [5])
        self.queue(topics_in_force(self.user), wishes, how)
        daily_review.write(daily_review.start(self.user))

    # --- the candidate ------------------------------------------------------------------------------------------

    def open_a_page(self, which):
        shown = list(self.user.proposals.filter(status="open").order_by("pk"))
        if not shown:
            return
        proposal = detail(shown[which % len(shown)])["proposal"]
        self.pages.append((proposal, proposal.base_version, [line.name for line in lines_of(proposal)]))

    def approve(self, which, afresh, everything, ticks, edits):
        if afresh or not self.pages:
            self.open_a_page(which)
            which = -1  # the page just opened
        if not self.pages:
            return
        before, version = topics_in_force(self.user), plan_version(self.user)
        # Rather a page that the plan has overtaken, and that could be approved by mistake.
        still_open = set(self.user.proposals.filter(status="open").values_list("pk", flat=True))
        stale = [page for page in self.pages if page[0].pk in still_open and page[1] != version]
        pages = self.pages if afresh else stale or self.pages
        proposal, seen, lines = pages[which % len(pages)]
        accepted = None if everything else [line for line, tick in zip(lines, ticks, strict=False) if tick]
        try:
            decided = deciding.approve(self.user, proposal, seen_version=seen, accepted=accepted, edits=edits)
        except (deciding.StaleProposal, deciding.NotOpen, deciding.PlanError):
            assert topics_in_force(self.user) == before
            assert plan_version(self.user) == version
            return
        assert seen == version, "a stale page was approved"
        if decided.status == "approved":
            assert total(decided.topics) <= (brief_of(self.user).daily_minutes or MAX_DAILY_MINUTES)

    def approve_what_was_overtaken(self, which, names):
        """One tab is open on a proposal; in another one the plan moves on; then the first one is sent."""
        pages = len(self.pages)
        self.open_a_page(which)
        self.make_an_own_plan(names, each=10)
        if len(self.pages) > pages:
            self.approve(-1, afresh=False, everything=True, ticks=[], edits={})

    def reject(self, which, reason):
        shown = list(self.user.proposals.filter(status="open").order_by("pk"))
        if shown:
            deciding.reject(self.user, shown[which % len(shown)], reason=reason)

    def undo(self, stale):
        version = plan_version(self.user)
        try:
            deciding.undo(self.user, seen_version=version - 1 if stale else version)
        except deciding.NothingToUndo:
            assert plan_version(self.user) == version
        else:
            assert without_ids(topics_in_force(self.user)) == without_ids(self.versions[version - 1])

    def make_an_own_plan(self, names, each):
        topics = [topic_data(name, priority=place + 1, minutes=each) for place, name in enumerate(names)]
        try:
            deciding.approve_topics(self.user, topics)
        except deciding.PlanError:
            return
        assert len({key(name) for name in names}) == len(names) >= MIN_TOPICS

    def practise(self, which, marks):
        topics = list(PlanTopic.objects.filter(user=self.user).in_force())
        if topics:
            topic = topics[which % len(topics)]
            progress.record_session(topic, seconds=600, ended_at=topic.created_at)
            progress.record_marks(topic, make_session_marks(marks))

    def have_other_time(self, available):
        brief = brief_of(self.user)
        brief.daily_minutes = available
        brief.save()

    def forget(self, what):
        """Take back something that a plan needs, by hand."""
        if what == "context":
            RawUserContext.objects.filter(user=self.user).delete()
            return
        row = self.user if what == "current_role" else brief_of(self.user)
        setattr(row, what, None if what == "daily_minutes" else "")
        row.save()

    @rule(turn=TURNS)
    def turn(self, turn):
        action, how = turn
        getattr(self, action)(**how)

    # --- what always holds ----------------------------------------------------------------------------------------

    @property
    def states(self) -> Counter[str]:
        """How many proposals there are of each status."""
        return Counter(self.user.proposals.values_list("status", flat=True))

    @invariant()
    def the_plan_in_force_is_the_one_approved_last(self):
        approved = self.user.proposals.filter(status="approved").order_by("-version").first()
        assert topics_in_force(self.user) == (approved.topics if approved else [])

    @invariant()
    def versions_count_up_and_never_change(self):
        approved = list(self.user.proposals.filter(status="approved").order_by("version"))
        assert [proposal.version for proposal in approved] == list(range(1, len(approved) + 1))
        for proposal in approved:
            assert self.versions.setdefault(proposal.version, proposal.topics) == proposal.topics

    @invariant()
    def no_change_is_without_its_reason_and_no_reason_without_its_change(self):
        for proposal in self.user.proposals.exclude(status="waiting").exclude(status="superseded"):
            if proposal.status == "open":
                proposal = detail(proposal)["proposal"]
                assert proposal.base_version == plan_version(self.user)
            if proposal.base_version == 0:
                if not proposal.changes:
                    self.from_scratch.add(proposal.pk)
                continue  # a first plan: all of it is new, its rationale is the reason
            real = sorted((found.topic, found.change) for found in compare(proposal.base_topics, proposal.topics))
            given = sorted((change.topic, change.change) for change in proposal.changes)
            assert real == given
            assert all(change.reason.strip() for change in proposal.changes)
            if proposal.status == "open":
                shown = [part for line in lines_of(proposal) for part in line.changes]
                assert len(shown) == len(real)
                # Nobody but the coach may have explained it, least of all code that papers over a gap.
                by_coach = self.fake is None or all(part.reason.startswith("Because ") for part in shown)
                assert by_coach or proposal.pk in self.from_scratch

    @invariant()
    def a_plan_in_force_is_a_sound_one(self):
        topics = topics_in_force(self.user)
        if topics:
            assert MIN_TOPICS <= len(topics) <= MAX_TOPICS
            assert len({topic.key for topic in topics}) == len(topics)
            assert [topic.priority for topic in topics] == list(range(1, len(topics) + 1))
            assert all(topic.daily_study_minutes >= MIN_TOPIC_MINUTES for topic in topics)

    @invariant()
    def one_proposal_is_open_and_one_of_a_kind_is_being_written(self):
        assert self.states["open"] <= 1
        sources = list(self.user.proposals.filter(status="waiting").values_list("source", flat=True))
        assert len(sources) == len(set(sources))

    @invariant()
    def no_topic_is_ever_deleted_and_nobody_else_is_touched(self):
        rows = PlanTopic.objects.filter(user=self.user).count()
        assert rows >= self.rows
        self.rows = rows
        assert topics_in_force(self.bystander) == self.bystanders_plan

    def teardown(self):
        if hasattr(self, "user"):
            if not self.states["approved"]:
                browser, page = self.assert_one_click_leads_to_a_plan(reverse("plans:plan"))
                form = page.select_one("main form[action$='/approval/']")
                browser.post(form["action"], fields_of(form))
                assert topics_in_force(self.user)
            User.objects.filter(pk__in=(self.user.pk, self.bystander.pk)).delete()


def present(user):
    """The plan that a wish is about: the one in force, else the suggestion that is open."""
    suggestion = user.proposals.filter(status="open").order_by("-pk").first()
    return topics_in_force(user) or (suggestion.topics if suggestion else [])


def pressed(browser, page):
    """The page after the first thing on this one that leads to a plan."""
    way = page.select_one(
        "main form[action$='/suggestion/'], main form[action='/plan/proposals/'], main a.button[href*='/proposals/']"
    )
    assert way is not None, f"a dead end: {page.main.get_text(' ', strip=True)}"
    if way.name == "a":
        return BeautifulSoup(browser.get(way["href"]).text, "html.parser")
    return BeautifulSoup(browser.post(way["action"], fields_of(way), follow=True).text, "html.parser")


def asked_by_itself(browser, page):
    """The page once its pending part has asked the coach, as htmx does, or the button without scripts."""
    pending = page.select_one("main .pending form")
    if pending is None:
        return page
    return BeautifulSoup(browser.post(pending["action"], follow=True).text, "html.parser")


def run(coach, runs):
    class Run(Agreement):
        fake = coach

    run_state_machine_as_test(
        Run,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_no_reachable_state_has_a_plan_that_was_not_approved_or_a_change_without_a_reason_or_no_way_on(fake_llm):
    run(fake_llm, RUNS)


def test_neither_has_one_that_the_offline_coach_leads_to():
    run(None, max(3, RUNS // 10))
