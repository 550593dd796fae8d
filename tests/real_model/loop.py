"""The whole loop over HTTP, on the program as `make run` starts it: joining to the daily review, by plain forms."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import requests

from llm_modes.failures import FAILURES
from tests.client.coach_client import CoachClient, Refused, Topic
from tests.real_model.servers import MODEL, Server, free_port
from tests.stack.serving import Stack
from tests.stack.visitor import Visitor

ABOUT_ME = "I want to become a backend engineer. I have 45 minutes a day, I am weak in system design, motivation high."
DETAILS = {"role": "Backend engineer", "daily_minutes": "45", "weaknesses": "System design", "motivation": "high"}
CONTEXT = "Five years of payments at Acme. I rebuilt the search page and led a team of three."
ANSWER = (
    "At my last job the search page took four seconds. I measured it, found a missing index, added it with a teammate, "
    "and the page came down to three hundred milliseconds within a week."
)
OWN_PLAN = [
    Topic("System design", "Designing services that grow.", 1, 30, "Can lead a design interview."),
    Topic("Conflict stories", "Disagreements and their end.", 2, 15, "Tells two stories."),
]
PROPOSAL = r"/plan/proposals/\d+/"
# Without these the loop goes on, with a plan written by hand.
DISPENSABLE = ("chat", "plan", "story")
# As often a candidate presses the button of what has failed.
TRIES = 3
# Of what the worker does by itself, which tries again by itself too.
WORKER_SECONDS = 300


class Step(NamedTuple):
    """How a step of the loop went.

    `refused`: what the page says of a reply that was refused, as a tiny model's plans are. `failure`: why the loop
    could not go on; "" when the step was taken.
    """

    name: str
    seconds: float
    tries: int
    refused: str = ""
    failure: str = ""

    def line(self) -> str:
        """One line of the report."""
        went = self.failure and f"FAILED: {self.failure}"
        return f"  {self.name:<11} {self.seconds:>6.1f} s  {self.tries} asked  {went or self.refused or 'done'}"


class NotDone(Exception):
    """The coach did not do its part. Its text is what the page says."""


def walk(server: Server, data_dir: Path) -> Iterator[Step]:
    """Take the steps one after the other, as far as they go: each as soon as it is taken."""
    environment = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": server.url, "COACH_MODEL": MODEL}
    with Stack(data_dir, free_port(), **environment) as stack:
        stack.wait_until_ready()
        stack.read_on()
        yield from _taken(Candidate(Visitor(stack.url)))


def _taken(candidate: "Candidate") -> Iterator[Step]:
    for take in candidate.steps():
        began, candidate.tries, candidate.refused, failure = time.monotonic(), 0, "", ""
        try:
            take()
        except (NotDone, AssertionError, Refused, requests.RequestException) as problem:
            failure = " ".join(str(problem).split())[:300] or type(problem).__name__
        yield Step(take.__name__, time.monotonic() - began, candidate.tries, candidate.refused, failure)
        if failure and take.__name__ not in DISPENSABLE:
            return


class Candidate:
    """Somebody who goes the whole way once."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.session = self.story_page = self.refused = ""
        self.tries = 0

    def steps(self) -> list[Callable[[], None]]:
        """In the order in which they are taken."""
        return [
            *(self.join, self.chat, self.plan, self.approve, self.start, self.questions, self.answer, self.mark),
            *(self.story, self.end, self.reconcile, self.review),
        ]

    def join(self) -> None:
        self.visitor.open("/join/")
        self.visitor.send("/join/", username="keeper", password="quiet-desk-27", name="Sam")
        self.visitor.open("/context/")
        self.visitor.send("/context/", text=CONTEXT)

    def chat(self) -> None:
        self.visitor.open("/plan/chat/")
        self.visitor.send("/plan/chat/$", text=ABOUT_ME)
        self._ask("/plan/chat/reply/")

    def plan(self) -> None:
        """What a small model did not understand is said on the page of the details."""
        self.visitor.open("/plan/brief/")
        self.visitor.send("/plan/brief/", **DETAILS)
        # The chat may have asked for a plan already.
        self.visitor.open("/plan/chat/")
        if self._waits("/plan/proposals/$"):
            self.visitor.send("/plan/proposals/$")
        if not re.fullmatch(PROPOSAL, self.visitor.path):
            self.visitor.open(self._link(PROPOSAL))
        self._ask_or_be_refused("/suggestion/")

    def approve(self) -> None:
        if self._waits("/approval/"):
            self.visitor.send("/approval/")
        else:
            self._approve_by_hand()
        self.visitor.open("/plan/")
        assert "/plan/undo/" in str(self.visitor.page) or self.visitor.page.select("form[action='/sessions/']")

    def start(self) -> None:
        self.visitor.open("/")
        self.visitor.send("/sessions/$")
        assert re.fullmatch(r"/sessions/\d+/", self.visitor.path), self.visitor.text
        self.session = self.visitor.path

    def questions(self) -> None:
        self._ask("/questions/suggestion/")

    def answer(self) -> None:
        self.story_page = self._link(r"/questions/\d+/story/")
        self.visitor.send(r"/questions/\d+/attempts/")
        self.visitor.send("/submission/", raw_answer=ANSWER)

    def mark(self) -> None:
        self._ask("/feedback/")
        assert "out of 10" in self.visitor.text, self.visitor.text

    def story(self) -> None:
        self.visitor.open(self.story_page)
        self.visitor.send("/story/notes/", notes=ANSWER)
        self._ask("/story/structure/")

    def end(self) -> None:
        self.visitor.open(self.session)
        self.visitor.send("/end/")

    def reconcile(self) -> None:
        """The worker does it."""
        self.visitor.reload_until(lambda text: re.search("practise next", text, re.IGNORECASE), WORKER_SECONDS)

    def review(self) -> None:
        self.visitor.open("/plan/review/")
        if self._waits("/plan/review/$"):
            self.visitor.send("/plan/review/$")
        self._ask_or_be_refused("/plan/review/answer/")

    def _approve_by_hand(self) -> None:
        """A plan that the candidate wrote, as the REST facade takes it."""
        self.refused = "a plan written by hand"
        with CoachClient(self.visitor.url) as client:
            client.http.cookies.update(self.visitor.browser.session.cookies.get_dict())
            client.approve_topics(OWN_PLAN)

    def _ask_or_be_refused(self, action: str) -> None:
        """What a tiny model gets wrong here is refused, as it has to be, and the page says so."""
        try:
            self._ask(action)
        except NotDone as problem:
            if str(problem) != FAILURES["invalid_reply"].message:
                raise
            self.refused = f"refused {self.tries} times: {problem}"

    def _ask(self, action: str) -> None:
        """Press what asks the coach until the page has no such button any more. Raises NotDone."""
        until = time.monotonic() + WORKER_SECONDS
        while self._waits(action):
            # Where somebody else is at it, the button only looks again.
            is_looking = "again=1" in (self.visitor.form(action).get("action") or "")
            if time.monotonic() > until or (self.tries >= TRIES and not is_looking):
                raise NotDone(self._why())
            self.tries += not is_looking
            time.sleep(1 if is_looking else 0)
            self.visitor.send(action)

    def _waits(self, action: str) -> bool:
        try:
            self.visitor.form(action)
        except AssertionError:
            return False
        return True

    def _why(self) -> str:
        notice = self.visitor.page.select_one(".notice.caution p")
        return " ".join(notice.get_text(" ").split()) if notice else self.visitor.text

    def _link(self, address: str) -> str:
        for link in self.visitor.page.select("main a[href]"):
            if re.search(address, link["href"]):
                return link["href"]
        raise AssertionError(f"no link to {address} on {self.visitor.path}: {self.visitor.text}")
