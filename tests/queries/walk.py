"""One candidate's way through everything: every page and form, every call of the REST facade, and what follows by task.

It needs a candidate of the demo crowd (`manage.py demo_data --users`), and the offline coach. It changes their rows.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.test import Client

from coach import tasks as coach_tasks
from coach.erasure import erase
from coach.models import User
from llm_modes.asking.rows import AskState
from plans import tasks as plans_tasks
from plans.models import DailyReview, PlanTopic
from study import tasks as study_tasks
from study.models import QuestionAttempt, Reconciliation, StudySession, SuggestedQuestion
from tests.load.forms import forms
from tests.security.routes import configured, table, url_of

ANSWER = "At Acme I cut the latency from two seconds to 80 ms within a week, since I measured it before I changed it."


class Walk:
    """`begin` is told the name of each step before it is taken, and "" after it. `refused`: answers that are errors."""

    def __init__(self, user: User, password: str, begin: Callable[[str], None]) -> None:
        self.user, self.password, self._begin = user, password, begin
        self.client = Client()
        self.refused: list[str] = []

    def all(self) -> None:
        """Every step; at the end the candidate is erased."""
        self.post("/login/", username=self.user.username, password=self.password)
        self.agree()
        self.practise()
        self.tell()
        self.over_rest()
        self.look()
        self.by_task()
        self.by_admin()
        self.step("erasing", lambda: erase(self.user))

    # --- steps -------------------------------------------------------------------------------------------------------

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        """Take one step."""
        self._begin(name)
        try:
            return work()
        finally:
            self._begin("")

    def get(self, path: str, client: Client | None = None) -> None:
        """Open a page."""
        self._sent(f"GET {path}", lambda: (client or self.client).get(path))

    def post(self, path: str, **fields: Any) -> None:
        """Send a form."""
        self._sent(f"POST {path}", lambda: self.client.post(path, fields))

    def fill(self, page: str, action: str, **fields: Any) -> None:
        """Send the page's form to an address that ends so, with what stands in it and these fields."""
        found = forms(self.client.get(page).content.decode())
        form = next((form for form in found if (form.action or page).endswith(action)), None)
        if form is None:
            self.refused.append(f"{page} has no form for {action}")
        else:
            self.post(form.action or page, **{**form.fields, **fields})

    def call(self, method: str, path: str, **body: Any) -> None:
        """Call the REST facade."""
        key = {"Idempotency-Key": "a key"}
        content: dict[str, Any] = {"data": json.dumps(body), "content_type": "application/json", "headers": key}
        self._sent(f"{method} {path}", lambda: self.client.generic(method, path, **content))

    def _sent(self, name: str, send: Callable[[], HttpResponse]) -> None:
        reply = self.step(re.sub(r"/\d+", "/<id>", name), lambda: _read(send()))
        if reply.status_code >= 400:
            self.refused.append(f"{name}: {reply.status_code}")

    # --- the way -----------------------------------------------------------------------------------------------------

    def agree(self) -> None:
        """On the plan: decide on the proposal that waits, ask for another one, take back, shorten the day, note."""
        waiting = self.user.proposals.get(status="open")
        self.fill(f"/plan/proposals/{waiting.pk}/", "approval/")
        self.post("/plan/review/")
        self.post("/plan/review/answer/")
        self.post("/plan/chat/", text="Ten minutes more for databases, please.")
        self.post("/plan/chat/reply/")
        self.post("/plan/proposals/", feedback="Less time for algorithms.")
        asked = self.user.proposals.latest("pk")
        self.post(f"/plan/proposals/{asked.pk}/suggestion/")
        self.post(f"/plan/proposals/{asked.pk}/rejection/", reason="Not now.")
        self.post("/plan/undo/")
        self.post("/plan/today/", minutes=10)
        topic = self.topic()
        self.post(f"/notes/{topic.pk}/", note="My own words.", version=topic.progress.note_version)

    def topic(self) -> PlanTopic:
        return PlanTopic.objects.filter(user=self.user).in_force().first()

    def practise(self) -> None:
        """A whole session, with its summary; and a story."""
        self.post("/sessions/", topic_id=self.topic().pk, planned_study_time=20)
        session = StudySession.objects.get(user=self.user, end_time=None)
        here = f"/sessions/{session.pk}"
        self.post(f"{here}/questions/suggestion/")
        self.post(f"{here}/questions/own/", text="What is a deadlock, really?")
        suggested = SuggestedQuestion.objects.filter(round__session=session).order_by("pk")
        self.post(f"/questions/{suggested.last().question_id}/skip/")
        self.post(f"/questions/{suggested.last().question_id}/skip/", restore="1")
        self.post(f"{here}/questions/", wish="easier")
        self.post(f"{here}/questions/suggestion/")
        self.post(f"{here}/questions/earlier/", round=suggested.first().round_id)
        question = suggested.first().question_id
        self.post(f"/questions/{question}/attempts/")
        attempt = QuestionAttempt.objects.get(user=self.user, question=question, submitted_at=None)
        self.post(f"/attempts/{attempt.pk}/draft/", raw_answer="At Acme", draft_version=attempt.draft_version)
        self.post(f"/attempts/{attempt.pk}/list/")
        self.get(f"/attempts/{attempt.pk}/")
        for page in ("/", "/sessions/", f"{here}/"):
            self.get(page)
        self.post(f"/attempts/{attempt.pk}/submission/", raw_answer=ANSWER, draft_version=1)
        self.post(f"/attempts/{attempt.pk}/feedback/")
        self.get(f"/attempts/{attempt.pk}/")
        self.post(f"/questions/{question}/story/notes/", notes="Two seconds, 80 ms.")
        self.post(f"/questions/{question}/story/structure/")
        self.fill(f"/questions/{question}/story/", "story/", text="### Acme")
        self.post(f"/questions/{question}/voiding/")
        self.post(f"/questions/{question}/voiding/", restore="1")
        self.post(f"{here}/end/")
        self.post(f"{here}/summary/")
        self.post(f"{here}/reconciliation/")

    def tell(self) -> None:
        """Of oneself, of an interview, and questions of one's own."""
        self.post("/questions/own/", text="What is a mutex?\nWhy us?")
        paste = self.user.question_pastes.filter(decided_at=None).first()
        if paste:
            self.post(f"/questions/own/{paste.pk}/topics/")
            self.get(f"/questions/own/{paste.pk}/")
            self.post(f"/questions/own/{paste.pk}/", none="1")
        self.post("/debriefs/", text="They asked how queues fail.", day="2026-01-02", outcome="")
        kept = self.user.debriefs.filter(confirmed_at=None).first()
        self.fill(f"/debriefs/{kept.pk}/", "lines/")
        self.post("/context/", text="Nine years of backend work.", job_advert="You own services.")
        self.post("/plan/brief/", role="Backend", daily_minutes=60, weaknesses="design", motivation="low")
        self.post("/account/", name="Dana", time_zone="Europe/Berlin")

    def over_rest(self) -> None:
        """A session as a program practises it, and a change of the plan."""
        self.call("POST", "/users/login", username=self.user.username, password=self.password)
        self.call("POST", "/plan/suggest_changes", feedback=["Less of algorithms."])
        self.call("POST", "/study/start_session/", topic_id=self.topic().pk, planned_study_time=20)
        session = StudySession.objects.get(user=self.user, end_time=None)
        self.call("POST", f"/study/generate_questions/{session.pk}")
        question = SuggestedQuestion.objects.filter(round__session=session).first().question_id
        self.call("POST", f"/study/evaluate_answer/{session.pk}", question_id=question, raw_answer=ANSWER)
        self.call("PUT", "/study/end_session/", session_id=session.pk)

    def look(self) -> None:
        """Every page there is, as the URL configuration has it, with a row of this candidate in its place."""
        ended = self.user.study_sessions.exclude(end_time=None).latest("pk")
        rows = {
            "proposal": self.user.proposals.latest("pk").pk,
            "topic": self.topic().pk,
            "session": ended.pk,
            "ended session": ended.pk,
            "question": self.user.stories.latest("pk").question_id,
            "attempt": self.user.question_attempts.latest("pk").pk,
            "debrief": self.user.debriefs.latest("pk").pk,
        }
        known = {route.path: route for route in table()}
        for route in (known[path] for path in dict.fromkeys(configured())):
            is_theirs = not route.is_admin and route.path != "/metrics" and (not route.own or route.own in rows)
            if "GET" in route.methods and is_theirs:
                self.get(url_of(route, rows.get(route.own, "")))

    def by_task(self) -> None:
        """What the worker does."""
        summary = Reconciliation.objects.filter(session__user=self.user).latest("pk")
        review = DailyReview.objects.filter(user=self.user).latest("pk")
        for row in (summary, review):
            type(row).objects.filter(pk=row.pk).update(ask_state=AskState.PENDING)
        self.step("task reconcile", lambda: study_tasks.reconcile(summary.pk))
        self.step("task write_daily_review", lambda: plans_tasks.write_daily_review(review.pk))
        self.step("task sweep", study_tasks.sweep)
        self.step("task clear_away", coach_tasks.clear_away)

    def by_admin(self) -> None:
        """What an admin looks at every day: the queue, what waits, and what was spent."""
        admin = Client()
        admin.force_login(User.objects.create_superuser("an admin of the walk"))
        for page in ("/admin/", "/admin/llm_modes/llmcall/summary/"):
            self.get(page, admin)


def _read(reply: HttpResponse) -> HttpResponse:
    reply.getvalue()  # of a stream, too: it asks while it is read
    return reply
