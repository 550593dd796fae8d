"""Lives through the days of one persona: home each morning, the review, sessions, answers, decisions, the worker."""

import os
import time
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import time_machine
from bs4 import BeautifulSoup
from django.test import override_settings
from django.utils import timezone

from plans.models import PlanProposal, TopicProgress
from study.models import Question, StudySession
from study.tasks import sweep
from tests.fake_llm import FakeLLM
from tests.fortnight.answers import answer_of
from tests.fortnight.diary import DaySeen, Diary, ProposalSeen, SessionSeen
from tests.fortnight.events import EVENTS
from tests.fortnight.personas import Answering, Now, Persona
from tests.fortnight.reading import keep_page, read_page, read_questions, unanswered
from tests.fortnight.scripted import ScriptedModel
from tests.fortnight.visiting import Clock, Refused, Visitor, minutes_on, suggested_on
from tests.worker import run_worker

# The review first: what it proposes stands on the others.
PAGES = ("/plan/review/", "/", "/plan/", "/notes/", "/sessions/")
CONTEXT = "Five years of payments at Acme; I led a small team and never led a design interview."
# Minutes between a session's end and the next look at the program.
AFTERWARDS = 2
_number = count(1)


class Life:
    """One run. `live()` fills and returns the diary."""

    def __init__(self, persona: Persona, coach: str, a_day: int, days: int, *, seed: int = 0) -> None:
        self.persona, self.a_day = persona, a_day
        self.diary = Diary(persona, coach, a_day, days)
        self.visitor = Visitor(f"kim{next(_number)}")
        self.random = Random(f"{persona.name} {seed}")
        self.practised: Counter[int] = Counter()
        self.wanted: int = 5
        self.lost_days = 0

    def live(self) -> Diary:
        """All the days. Anything that goes wrong on the way is in the diary, as a sentence."""
        began, used = time.perf_counter(), time.process_time()
        long_ago = datetime(2027, 1, 1, tzinfo=UTC)
        with FakeLLM() as fake, self._coach(fake), time_machine.travel(long_ago, tick=True) as traveller:
            self.clock = Clock(traveller, self.persona.zones[1])
            traveller.move_to(self.clock.local(self.persona.begins, 7))
            self._agree_on_a_plan()
            for number in range(1, self.diary.length + 1):
                try:
                    self._day(number)
                except Exception as problem:  # the days after it are lived all the same
                    self.trouble(f"day {number} broke off: {type(problem).__name__}: {problem}")
                    traceback.print_exc()
            self.clock.on(24 * 60)
            sweep()
            run_worker()
            self.diary.unfinished = unanswered(self.visitor.name)
            for mode in {request.mode for request in fake.unexpected}:
                self.trouble(f"the scripted model knows no answer in {mode}: each call fails, and is waited for again")
        self.diary.seconds = time.perf_counter() - began
        self.diary.processor = time.process_time() - used
        return self.diary

    def _coach(self, fake: FakeLLM) -> override_settings:
        """The settings that connect the coach of this run. What may be used in a day is not what is looked at here."""
        ScriptedModel(self.persona, lambda: self.wanted).play(fake)
        offline = self.diary.coach == "offline"
        server = {"OPENAI_API_KEY": "" if offline else "any", "OPENAI_BASE_URL": "" if offline else fake.url}
        return override_settings(OFFLINE_COACH=offline, COACH_DAILY_TOKENS=100_000_000, **server)

    def _agree_on_a_plan(self) -> None:
        self.visitor.join()
        minutes = sum(each for _name, each in self.persona.plan)
        wish = {"role": self.persona.role, "raw_user_context": CONTEXT, "daily_minutes": minutes}
        self.visitor.rest("POST", "/plan/suggest_new", {**wish, "weaknesses": "numbers", "motivation": "medium"})
        self.approve([{"name": name, "minutes": each} for name, each in self.persona.plan])
        if not self.persona.undecided:
            _status, home = self.visitor.page("/")
            for link in home.select('main .notice a[href*="/plan/proposals/"]'):
                self.visitor.form(f"{link['href']}rejection/", reason="")
        self._move_to(self.persona.zones[1])

    def approve(self, topics: list[dict[str, Any]]) -> None:
        """Put topics of one's own in force."""
        bodies = [
            {"name": topic["name"], "priority": place, "daily_study_minutes": topic["minutes"]}
            for place, topic in enumerate(topics, start=1)
        ]
        self.visitor.rest("POST", "/plan/approve_plan", {"plan_topics": bodies})
        self.topics()

    def topics(self) -> list[dict[str, Any]]:
        """The topics of the plan as REST has them."""
        topics = self.visitor.rest("GET", "/plan/view")["plan_topics"]
        for topic in topics:
            self.diary.names.setdefault(topic["id"], topic["name"])
        return topics

    def progress(self) -> dict[int, dict[str, Any]]:
        return {topic["id"]: topic["progress"] for topic in self.topics()}

    def _move_to(self, zone: str) -> None:
        self.clock.zone = zone
        self.visitor.form("/account/", name="Kim", current_role=self.persona.role, time_zone=zone)

    # --- a day --------------------------------------------------------------------------------------------------

    def _day(self, number: int) -> None:
        persona = self.persona
        today = persona.begins + timedelta(days=number - 1 - self.lost_days)
        event = persona.events.get(number)
        if event == "clock_back":
            self.lost_days += 1
            today -= timedelta(days=1)
            self.clock.to(self.clock.local(today, 6), back=True)
        if number in persona.zones and number > 1:
            self._move_to(persona.zones[number])
        hours = sorted(persona.hours[-self.a_day :])
        self.clock.to(self.clock.local(today, min(hours[0], 7.0)))
        self._work(number)
        if number in persona.away:
            return
        self._morning(number, today)
        if event and event != "clock_back":
            EVENTS[event](self, number)
        left = persona.most_minutes
        for hour in hours:
            self.clock.to(self.clock.local(today, hour))
            if left is None or left > 0:
                spent = self.session(number, left)
                left = None if left is None else left - spent

    def _work(self, day: int) -> None:
        """What the worker and its minute by minute sweep would have done by now."""
        if day % self.persona.worker == 0:
            sweep()
            run_worker()

    def _morning(self, number: int, today: Any) -> None:
        """Home is opened, the worker writes the review, all pages are looked at, proposals are decided."""
        self.visitor.page("/")  # the day's first request
        self._work(number)
        seen = DaySeen(number, today)
        for path in PAGES:
            seen.pages[path], page = self.visitor.page(path)
            if self.practised and page.select_one('form[action$="/plan/review/"]'):
                page = self._run_review()
            read_page(seen, path, page)
            if folder := os.environ.get("PAGES"):
                name = f"{self.diary.title} - day {number:02} - {path.strip('/').replace('/', ' ') or 'home'}"
                keep_page(folder, name, self.visitor.written)
        seen.progress = self.progress()
        topics = TopicProgress.objects.filter(topic__in=list(seen.progress))
        seen.stored = {row["topic_id"]: row for row in topics.values("topic_id", "signal", "trend", "level", "rung")}
        now = timezone.now()
        seen.due = Question.objects.filter(topic__in=list(seen.progress), voided_at=None, due_at__lte=now).count()
        own = PlanProposal.objects.filter(user__username=self.visitor.name)
        seen.open_proposals = own.filter(status=PlanProposal.Status.OPEN).count()
        self.diary.days.append(seen)
        self._note_proposals(number)
        if seen.on_home is not None:
            self._decide(seen.on_home)

    def _run_review(self) -> BeautifulSoup:
        """Ask for the review where the page has a button for it; the page then."""
        self.visitor.form("/plan/review/")
        self.visitor.form("/plan/review/answer/")
        return self.visitor.page("/plan/review/")[1]

    def _note_proposals(self, day: int) -> None:
        """New proposals of the review, read from rows: the pages have them as text for people only."""
        known = {one.pk for one in self.diary.proposals}
        rows = PlanProposal.objects.filter(user__username=self.visitor.name, source=PlanProposal.Source.REVIEW)
        for row in rows.exclude(pk__in=known).order_by("pk"):
            before = {topic.name: topic.daily_study_minutes for topic in row.base_topics}
            after = {topic.name: topic.daily_study_minutes for topic in row.topics}
            ideas = frozenset((change.topic, change.change) for change in row.changes)
            so_far = len(self.diary.sessions)
            self.diary.proposals.append(ProposalSeen(row.pk, day, row.created_at, before, after, ideas, so_far))

    def _decide(self, pk: int) -> None:
        seen = next((one for one in self.diary.proposals if one.pk == pk), None)
        if self.persona.decides == "leave" or seen is None:
            return
        try:
            if self.persona.decides == "approve":
                self.visitor.rest("POST", "/plan/approve_plan", {"proposal_id": pk})
            else:
                self.visitor.form(f"/plan/proposals/{pk}/rejection/", reason="")
        except Refused as refused:
            self.trouble(f"proposal {pk} on home could not be decided: {refused}")
            return
        seen.decided, seen.decided_at = f"{self.persona.decides.rstrip('e')}ed", timezone.now()

    # --- a session ----------------------------------------------------------------------------------------------

    def session(self, day: int, most: int | None = None, *, minutes: int | None = None) -> int:
        """One session from home to its summary; returns the minutes spent."""
        seen, session = self.start(day, most, minutes)
        if session is None:
            return 0
        self.practise(seen, session)
        self.end(seen, session)
        return seen.minutes

    def start(
        self, day: int, most: int | None = None, minutes: int | None = None
    ) -> tuple[SessionSeen, dict[str, Any] | None]:
        _status, home = self.visitor.page("/")
        topics = self.topics()
        ids = [topic["id"] for topic in topics]
        suggested = suggested_on(home)
        if suggested is None:
            self.trouble(f"day {day}: home suggests no session")
        chosen = self.persona.takes(Now(suggested or ids[0], ids, self.practised, self.random))
        own = next(topic["daily_study_minutes"] for topic in topics if topic["id"] == chosen)
        length = minutes or (minutes_on(home) if chosen == suggested else min(max(own, 10), 45)) or 10
        length = min(length, most or length)
        last = self.diary.sessions[-1].day if self.diary.sessions else day
        seen = SessionSeen(
            number=len(self.diary.sessions) + 1,
            day=day,
            at=timezone.now(),
            suggested=suggested,
            practised=chosen,
            minutes=max(1, round(length * self.persona.pace)),
            plan={topic["id"]: topic["daily_study_minutes"] for topic in topics},
            before={topic["id"]: topic["progress"] for topic in topics},
            away_before=day - last,
        )
        self.diary.sessions.append(seen)
        try:
            body = {"topic_id": chosen, "planned_study_time": length}
            return seen, self.visitor.rest("POST", "/study/start_session/", body)
        except Refused as refused:
            self.trouble(f"day {day}: a session could not be started: {refused}")
            self.diary.sessions.pop()
            return seen, None

    def practise(self, seen: SessionSeen, session: dict[str, Any]) -> None:
        """Have questions suggested, and answer as many as the persona does."""
        try:
            questions = self.visitor.rest("POST", f"/study/generate_questions/{session['id']}")["questions"]
        except Refused as refused:
            self.trouble(f"day {seen.day}: no questions: {refused}")
            return
        topics, drills = read_questions(seen, questions)
        row = StudySession.objects.values("rung", "approach").get(pk=session["id"])
        seen.rung, seen.approach = row["rung"], row["approach"]
        if seen.rung:
            _status, page = self.visitor.page(f"/sessions/{session['id']}/")
            seen.advice = next((said for said in page.stripped_strings if "another way" in said), "")
        places = list(seen.plan)
        for question in questions[: self.persona.answers]:
            topic = topics[question["id"]]
            at = Answering(places.index(topic) if topic in places else 0, self.practised[topic], self.random)
            self.wanted = min(10, max(1, round(self.persona.marks(at))))
            self.clock.on(seen.minutes / min(len(questions), self.persona.answers))
            if topic != seen.practised:
                kept = seen.elsewhere.setdefault(topic, [])
            else:
                kept = seen.drilled if question["id"] in drills else seen.marks
            self._answer(seen, session, question, kept)
        self.practised[seen.practised] += 1

    def _answer(self, seen: SessionSeen, session: dict[str, Any], question: dict[str, Any], kept: list[int]) -> None:
        text = answer_of(question["question"], self.wanted, len(self.diary.sessions))
        if self.persona.worker > 1:  # handed in on the page, and the tab closed: the worker has it marked some day
            begun = self.visitor.form(f"/questions/{question['id']}/attempts/")
            path = begun.get("Location", "")
            self.visitor.form(f"{path}submission/", raw_answer=text, draft_version=0)
            return
        try:
            body = {"question_id": question["id"], "raw_answer": text, "seconds_taken": 100}
            mark = self.visitor.rest("POST", f"/study/evaluate_answer/{session['id']}", body)
        except Refused as refused:
            self.trouble(f"day {seen.day}: no mark: {refused}")
            return
        kept.append(mark["score"])
        if self.persona.voids:
            self.visitor.form(f"/questions/{question['id']}/voiding/")

    def end(self, seen: SessionSeen, session: dict[str, Any]) -> None:
        self.visitor.rest("PUT", "/study/end_session/", {"session_id": session["id"]})
        self.clock.on(AFTERWARDS)
        self._work(seen.day)
        seen.after = self.progress()

    def trouble(self, sentence: str) -> None:
        self.diary.trouble.append(sentence)
