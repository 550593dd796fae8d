"""A history that has every page in every state, each of its texts the one that a test gives."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from coach.models import User
from llm_modes.asking.rows import AskState
from llm_modes.ledger.leases import LEASE
from llm_modes.read_context.preparation import Competency, Preparation
from llm_modes.suggest_plan.plan import Topic
from plans.models import PlanTopic
from plans.proposals.change import Change
from tests import factories
from tests.security.routes import table, url_of

# What is sent as a file, and what only goes on to another page.
NO_PAGES = (
    "/metrics",
    "/account/export/",
    "/stories/stories.md",
    "/plan/chat/reply/",
    "/feedback/",
    "/live/",
    "/summary/",
)

# All that weeks of practice can show of a topic, and that its strength can leave out.
SHOWS = {
    "trend": "rising",
    "by_marks": {"points": 1.6},
    "signal": "stuck",
    "signal_evidence": {"answers": 14, "sessions": 4, "last_three": 2.3, "gained": 0.0},
    "uncounted": {"waiting": 2, "declined": 1, "voided": 1},
}


@dataclass
class History:
    """Candidates, and for each the rows that pages show, by the names that tests/security/access.txt has for them."""

    rows: dict[User, dict[str, list[int]]] = field(default_factory=dict)

    def pages(self) -> Iterator[tuple[User | None, str]]:
        """Every page that can be opened, with whom it is shown to; nobody for those before the login."""
        for route in table():
            if "GET" not in route.methods or route.is_admin or route.is_rest or route.path.startswith("/health"):
                continue
            if route.path.endswith(NO_PAGES):
                continue
            if route.door == "public":
                yield None, route.path
            for number, (owner, rows) in enumerate(self.rows.items() if route.door != "public" else ()):
                if number and route.path.startswith(("/account/", "/context/")):
                    continue  # looks the same to all
                for value in rows.get(route.own, []) if route.own else [0]:
                    yield owner, url_of(route, value)


def a_history(words: str) -> History:
    """One candidate in the middle of a session, one before the first plan, and one for whom everything failed."""
    return History(dict((_practising(words), _beginning(words), _failing(words))))


def _topic(words: str, **fields: Any) -> Topic:
    return factories.topic_data(words, description=words, expected_outcome=words, **fields)


def _candidate(name: str, words: str) -> User:
    owner = factories.make_user(name + words[:140], name=words[:100], current_role=words[:100], context=words)
    owner.raw_context.job_advert = words
    owner.raw_context.save()
    factories.make_brief(owner, weaknesses=words, interview_on=timezone.localdate() + timedelta(days=8))
    return owner


def _being_asked() -> dict[str, Any]:
    now = timezone.now()
    return {"ask_state": AskState.ASKING, "asked_at": now, "ask_lease_until": now + 10 * LEASE, "ask_attempt": 1}


def _practising(words: str) -> tuple[User, dict[str, list[int]]]:
    owner = _candidate("a", words)
    overview = {**factories.make_proposal(owner, status="kept").overview, "rationale": words, "target_role": words}
    changes = [Change(topic=words, change=change, reason=words) for change in ("added", "removed", "more_time")]
    base = [_topic(words + "1"), _topic(words + "3", priority=2)]
    said = {"overview": overview, "changes": changes, "base_topics": base, "feedback": [words]}
    topics = factories.make_plan(owner, topics=base)
    approved = owner.proposals.get(status="approved")
    approved.overview, approved.version = overview, 2
    approved.save()
    proposed = [_topic(words + "1"), _topic(words + "2", priority=2)]
    decided = {"rejection_reason": words, "declined": changes, "decided_at": timezone.now()}
    rejected = factories.make_proposal(owner, topics=proposed, status="rejected", base_version=2, **said, **decided)
    shown = factories.make_proposal(owner, topics=proposed, base_version=2, **said)
    for topic in topics:
        factories.make_progress(topic, note=words, next_focus=[{"focus": words, "reason": words}], **SHOWS)
    left = factories.make_topic(owner, words + "4", archived_at=timezone.now())
    factories.make_progress(left, note=words)
    factories.make_message(owner, words)
    factories.make_message(owner, words, author="coach", proposal=rejected)
    factories.make_message(owner, words, author="coach", proposal=shown)
    factories.make_review(owner, rationale=words, proposal=shown, ask_state="done")
    taken = Preparation(profile=words, competencies=[Competency(name=words, wanted=words, evidence=words)] * 2)
    factories.make_reading(owner, found=taken.model_dump(), confirmed=taken.model_dump())
    paste = factories.make_paste(owner, words, words + "2", ask_state=AskState.DONE)
    session, ended = _sessions(owner, topics[0], words)
    asked, lacked = {"question": words, "topic": topics[0].pk, "went": "badly"}, {"gap": words, "quote": words}
    told = {"asked": [asked, {**asked, "topic": None}], "gaps": [lacked]}
    outcomes = {"read": "next_round", "kept": "no", "pending": "waiting"}
    debriefs = [
        factories.make_debrief(owner, words, state=state, outcome=outcome, **(told if state != "pending" else {}))
        for state, outcome in outcomes.items()
    ]
    attempts = owner.question_attempts.order_by("pk")
    rows = {
        "proposal": list(owner.proposals.values_list("pk", flat=True)),
        "topic": [topics[0].pk],
        "session": [session.pk, ended.pk],
        "paste": [paste.pk],
        "debrief": [debrief.pk for debrief in debriefs],
        "question": [attempts[0].question_id],
        "attempt": [attempts.first().pk, attempts.filter(session=session, ask_state=AskState.NONE).get().pk],
    }
    return owner, rows


def _sessions(owner: User, topic: PlanTopic, words: str) -> tuple[Any, Any]:
    """A running session and an ended one, with an answer in every state."""
    anchors = [{"name": words, "anchor": words}] * 2
    marked = {
        "feedback": {"positive_feedback": [words], "improvement_areas": [words], "quotes": [words]},
        "anchors": anchors,
        "model": words[:120],
        "answer": words,
        "self_mark": 4,
        "shown": [True, False, True],
        "list_opened": True,
    }
    known = {"answer_anchors": anchors, "kind": "behavioural", "looks_for": [words] * 3, "serves": words}
    questions = [factories.make_question(owner, f"{words}{number}", topic=topic, **known) for number in range(4)]
    ended = factories.make_session(owner, topic=topic, ended=timezone.now() - timedelta(hours=1))
    factories.make_round(ended, questions=questions)
    for score in (2, 5, 9):
        factories.make_attempt(owner, session=ended, question=questions[0], state="marked", score=score, **marked)
    factories.make_attempt(owner, session=ended, question=questions[1], answer=words)
    summary = [
        {"question": words, "question_id": questions[0].pk, "attempts": 3, "best_score": 9, "best_anchors": anchors}
    ]
    focus = [{"focus": words, "reason": words}]
    factories.make_reconciliation(
        ended, summary=summary, note=words, next_focus=focus, note_set_aside=True, ask_state="done"
    )
    session = factories.make_session(owner, topic=topic, rung=4, approach="half-finished")
    made = factories.make_round(session, questions=questions)
    made.suggestions.update(status="redo", redo_reason="low_score")
    # What is left of it is known, in another way.
    made.suggestions.filter(question=questions[3]).update(drill="outsider", last_score=8)
    session.rounds.update(nothing_new=True)
    factories.make_attempt(owner, session=ended, question=questions[0], state="marked", drill="half_time", **marked)
    factories.make_attempt(owner, session=session, question=questions[2], answer=words, list_opened=True)
    factories.make_attempt(owner, session=session, question=questions[0], state="marked", **marked)
    story = f"### {words}\n\n- {words}\n\n{words} `{words}`\n\n    {words}\n"
    values = {"notes": words, "gaps": [words], "ask_state": "done"}
    factories.make_story(owner, question=questions[0], text=story, suggestion=story, **values)
    factories.make_story(owner, question=questions[2], text=story, **values)
    return session, ended


def _beginning(words: str) -> tuple[User, dict[str, list[int]]]:
    """No plan yet, and a first proposal to decide on."""
    owner = _candidate("b", words)
    overview = {**factories.make_proposal(owner, status="kept").overview, "rationale": words}
    shown = factories.make_proposal(owner, topics=[_topic(words)], overview=overview)
    factories.make_message(owner, words)
    factories.make_message(owner, words, author="coach", proposal=shown)
    factories.make_message(owner, words, **_being_asked())
    return owner, {"proposal": [shown.pk]}


def _failing(words: str) -> tuple[User, dict[str, list[int]]]:
    """A plan, and everything that was asked since has failed."""
    owner = _candidate("c", words)
    failed = {"ask_state": AskState.FAILED, "ask_failure": "unreachable", "ask_attempt": 1}
    topic = factories.make_plan(owner, topics=[_topic(words)])[0]
    waiting = factories.make_proposal(owner, topics=[], status="waiting", feedback=[words], base_version=1, **failed)
    factories.make_message(owner, words, **failed)
    factories.make_review(owner, **failed)
    ended = factories.make_session(owner, topic=topic, ended=True)
    factories.make_attempt(owner, session=ended, state="failed", answer=words)
    factories.make_reconciliation(ended, **failed)
    session = factories.make_session(owner, topic=topic, rung=2, approach="story first")
    question = factories.make_question(owner, words, topic=topic)
    factories.make_round(session, questions=[question], **failed)
    failing = factories.make_attempt(owner, session=session, question=question, state="failed", answer=words)
    factories.make_story(owner, question=question, notes=words, **failed)
    debrief = factories.make_debrief(owner, words, state="failed", outcome="offer")
    rows = {
        "paste": [factories.make_paste(owner, words, **failed).pk],
        "debrief": [debrief.pk],
        "proposal": [waiting.pk],
        "session": [session.pk, ended.pk],
        "question": [question.pk],
        "attempt": [failing.pk],
    }
    return owner, rows
