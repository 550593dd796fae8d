"""A small typed client of the REST facade, as a phone app or a script would have it."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import httpx


@dataclass(frozen=True)
class Topic:
    name: str
    description: str
    priority: int
    daily_study_minutes: int
    expected_outcome: str
    id: int | None = None
    progress: dict[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        """This topic as a request has it."""
        return {key: value for key, value in vars(self).items() if key not in ("id", "progress")}


@dataclass(frozen=True)
class Proposal:
    proposal_id: int
    base_version: int
    interview_on: str | None
    plan_overview: dict[str, Any]
    plan_topics: list[Topic]
    changes: list[dict[str, str]]


@dataclass(frozen=True)
class Plan:
    version: int
    interview_on: str | None
    plan_topics: list[Topic]


@dataclass(frozen=True)
class Session:
    id: int
    topic_id: int
    planned_duration: int
    start_time: str
    last_interaction_time: str
    end_time: str | None
    reconciliation: str | None
    summary: list[dict[str, Any]] | None


@dataclass(frozen=True)
class Question:
    id: int
    question: str
    status: str
    redo_reason: str | None
    difficulty: str
    kind: str | None
    looks_for: list[str]
    answer_anchors: list[dict[str, str]]


@dataclass(frozen=True)
class Evaluation:
    attempt_id: int
    score: int
    positive_feedback: list[str]
    improvement_areas: list[str]
    anchors: list[dict[str, str]]
    quotes: list[str]
    shown: list[bool]


@dataclass
class Refused(Exception):
    """Any answer that is no success."""

    status: int
    code: str
    message: str
    fields: dict[str, str] = field(default_factory=dict)
    session_id: int | None = None
    attempt_id: int | None = None


class CoachClient:
    """Speaks with the coach as one candidate. `seen` collects (method, path, status) of every call."""

    def __init__(self, base_url: str, *, timeout: float = 70) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=timeout, trust_env=False)
        self.seen: list[tuple[str, str, int]] = []

    def __enter__(self) -> "CoachClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One call, with the CSRF token when there is one; nothing is checked."""
        token = self.http.cookies.get("csrftoken")
        headers = {**({"X-CSRFToken": token} if token else {}), **headers}
        response = (
            self.http.request(method, path, json=body, headers=headers)
            if body is not None
            else (self.http.request(method, path, headers=headers))
        )
        self.seen.append((method, path, response.status_code))
        return response

    def answer(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON of a call that succeeded. Raises Refused."""
        response = self.call(method, path, body, **headers)
        if response.status_code >= 400:
            raise Refused(response.status_code, **response.json()["error"])
        return response.json() if response.content else None

    def create(self, username: str, password: str, **more: str) -> str:
        """Join; returns where the redirect leads."""
        return self._sign_in("/users/create", {"username": username, "password": password, **more})

    def login(self, username: str, password: str) -> str:
        """Sign in; returns where the redirect leads."""
        return self._sign_in("/users/login", {"username": username, "password": password})

    def _sign_in(self, path: str, body: dict[str, str]) -> str:
        self.answer("POST", path, body)
        last = self.http.get("/", follow_redirects=False)
        assert last.status_code == 200, "the session does not open the home page"
        return "/"

    def suggest_new(self, role: str, raw_user_context: str, **more: Any) -> Proposal:
        return _proposal(
            self.answer("POST", "/plan/suggest_new", {"role": role, "raw_user_context": raw_user_context, **more})
        )

    def suggest_changes(self, *feedback: str, **more: Any) -> Proposal:
        return _proposal(self.answer("POST", "/plan/suggest_changes", {"feedback": list(feedback), **more}))

    def approve(self, proposal: Proposal) -> Plan:
        return _plan(self.answer("POST", "/plan/approve_plan", {"proposal_id": proposal.proposal_id}))

    def approve_topics(self, topics: list[Topic]) -> Plan:
        return _plan(self.answer("POST", "/plan/approve_plan", {"plan_topics": [topic.body() for topic in topics]}))

    def plan(self) -> Plan:
        return _plan(self.answer("GET", "/plan/view"))

    def start_session(self, topic_id: int, minutes: int) -> Session:
        body = {"topic_id": topic_id, "planned_study_time": minutes}
        return Session(**self.answer("POST", "/study/start_session/", body))

    def end_session(self, session_id: int) -> Session:
        return Session(**self.answer("PUT", "/study/end_session/", {"session_id": session_id}))

    def questions(self, session_id: int) -> list[Question]:
        found = self.answer("POST", f"/study/generate_questions/{session_id}")
        return [Question(**one) for one in found["questions"]]

    def evaluate(
        self, session_id: int, question_id: int, raw_answer: str, *, key: str = "", seconds: int | None = None
    ) -> Evaluation:
        body = {"question_id": question_id, "raw_answer": raw_answer, "seconds_taken": seconds}
        headers = {"Idempotency-Key": key} if key else {}
        return Evaluation(**self.answer("POST", f"/study/evaluate_answer/{session_id}", body, **headers))

    def evaluate_again(self, session_id: int, attempt_id: int) -> Evaluation:
        return Evaluation(**self.answer("POST", f"/study/evaluate_answer/{session_id}", {"attempt_id": attempt_id}))


def _proposal(found: dict[str, Any]) -> Proposal:
    return Proposal(**{**found, "plan_topics": [Topic(**topic) for topic in found["plan_topics"]]})


def _plan(found: dict[str, Any]) -> Plan:
    return Plan(found["version"], found["interview_on"], [Topic(**topic) for topic in found["plan_topics"]])
