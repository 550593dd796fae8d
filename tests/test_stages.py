"""Every action of a candidate at every stage, over HTTP: the coach is asked in the modes of the table, in no other."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from llm_modes.asking.rows import AskState
from llm_modes.catalogue import MODES
from study import sessions
from tests import factories, worker
from tests.fake_llm import a_reply_to
from tests.security.cast import taken_back

pytestmark = pytest.mark.django_db

# What the candidate's actions ask for, stage by stage. A mode that no action here asks for is not in it.
TABLE = {
    "getting to know": {"read_context", "plan_chat", "suggest_plan"},
    "ready to plan": {"read_context", "plan_chat", "suggest_plan"},
    "proposal open": {"read_context", "plan_chat", "suggest_plan", "suggest_plan_changes"},
    "plan in force": {
        "read_context",
        "plan_chat",
        "suggest_plan",
        "suggest_plan_changes",
        "assign_topics",
        "read_debrief",
    },
    "in a session": {"read_context", "assign_topics", "generate_questions", "evaluate_answer", "build_story"},
    "session ended": {"read_context", "assign_topics", "evaluate_answer", "build_story", "reconcile_session"},
}
NEW_PLAN = {"role": "Nurse", "raw_user_context": "Ten years of nursing."}


class Candidate:
    """Somebody at a stage, with what they could ask the coach about, as far as there is any at that stage."""

    def __init__(self, client: Any, stage: str) -> None:
        self.client = client
        self.user = factories.make_user()
        client.force_login(self.user)
        self.session = self.attempt = self.question = 0
        if stage == "ready to plan":
            factories.make_brief(self.user)
        elif stage == "proposal open":
            factories.make_proposal(self.user)
        elif stage != "getting to know":
            factories.make_plan(self.user)
        if "session" in stage:
            self._practise()
        if stage == "session ended":
            sessions.end(self.user.study_sessions.get())

    def _practise(self) -> None:
        """A session with questions to come, an answer that waits for its mark and a story for its structure."""
        session = factories.make_session(self.user)
        factories.make_round(session, questions=[], ask_state=AskState.PENDING)
        attempt = factories.make_attempt(self.user, session=session, state="submitted")
        notes = {"text": "", "version": 0, "notes": "A queue.", "ask_state": AskState.PENDING}
        factories.make_story(self.user, question=attempt.question, **notes)
        factories.make_progress(session.topic, last_practised_at=timezone.now())
        self.session, self.attempt, self.question = session.pk, attempt.pk, attempt.question_id

    def post(self, name: str, *args: int, **fields: str) -> HttpResponse:
        return self.client.post(reverse(name, args=args), fields)

    def write_what_waits(self) -> HttpResponse:
        waiting = self.user.proposals.filter(status="waiting").last()
        return self.post("plans:proposal_suggestion", waiting.pk if waiting else 0)

    # --- what they can do ----------------------------------------------------------------------------------------

    def talk(self) -> list[HttpResponse]:
        return [self.post("plans:chat", text="What would you do?"), self.post("plans:chat_reply")]

    def change_a_text(self) -> list[HttpResponse]:
        saved = self.post("context", text=f"Ten years of nursing, {self.user.pk} of them at night.")
        return [saved, self.post("plans:context_reading_answer")]

    def want_a_plan(self) -> list[HttpResponse]:
        return [self.post("plans:proposals", assume="1"), self.write_what_waits()]

    def want_a_plan_from_scratch(self) -> list[HttpResponse]:
        return [self.client.post("/plan/suggest_new", NEW_PLAN, content_type="application/json")]

    def want_changes(self) -> list[HttpResponse]:
        return [self.post("plans:proposals", feedback="More of the first one."), self.write_what_waits()]

    def want_a_review(self) -> list[HttpResponse]:
        return [self.post("plans:review"), self.post("plans:review_answer")]

    def want_own_questions_sorted(self) -> list[HttpResponse]:
        saved = self.post("study:own_questions", text="What is a deadlock?")
        paste = self.user.question_pastes.first()
        return [saved, self.post("study:pasted_topics", paste.pk if paste else 0)]

    def want_an_interview_read(self) -> list[HttpResponse]:
        told = self.post("study:debriefs", text="They asked why.", day="2026-11-02")
        debrief = self.user.debriefs.get()
        return [told, self.post("study:debrief_reading", debrief.pk)]

    def want_questions(self) -> list[HttpResponse]:
        wish = self.post("study:session_questions", self.session, wish="others")
        return [wish, self.post("study:session_suggestion", self.session)]

    def want_a_mark(self) -> list[HttpResponse]:
        return [self.post("study:attempt_feedback", self.attempt)]

    def want_a_story(self) -> list[HttpResponse]:
        return [self.post("study:story_structure", self.question)]

    def want_a_summary(self) -> list[HttpResponse]:
        retried = self.post("study:session_reconciliation", self.session)
        worker.run_worker()
        return [retried, self.post("study:session_summary", self.session)]


ACTIONS: list[Callable[[Candidate], list[HttpResponse]]] = [
    action for name, action in vars(Candidate).items() if name.startswith(("want_", "talk", "change_"))
]


@pytest.mark.parametrize("stage", TABLE)
def test_all_actions_together_ask_in_the_modes_that_the_stage_lists_and_every_page_answers(client, fake_llm, stage):
    candidate = Candidate(client, stage)
    fake_llm.always(a_reply_to)
    for action in ACTIONS:
        with taken_back():
            pages = action(candidate)
            assert {page.status_code for page in pages} <= {200, 302, 404, 409}, action.__name__
    asked = {request.mode for request in fake_llm.requests}
    # Who practises has a plan in force, and may go on talking about it.
    assert asked == TABLE[stage] | (TABLE["plan in force"] if "session" in stage else set())
    known = set.union(*TABLE.values())
    assert {name for name, mode in MODES.items() if stage in mode.stages and name in known} == TABLE[stage]
