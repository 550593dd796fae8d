"""How candidates practise under load, with times to think as in life: most at a browser, some over REST."""

import itertools
import random
import re
import time
import traceback
import uuid
from typing import Any

import gevent
from locust import task
from locust.exception import StopUser

from tests.load import diary
from tests.load.forms import forms
from tests.load.visiting import Visiting
from tests.load.words import PASSWORD, some_words

RETRIES = 0.8  # of ten who are told of a failure, eight try again
SCORE = re.compile(r"<b>(\d+)</b> out of 10")


class Candidate(Visiting):
    """Somebody with an account, who practises until the time is over. The generator sets what the class has."""

    abstract = True
    names: Any = iter(())  # user names, one for each
    until = 0.0  # time.monotonic() at which nobody begins anything new
    pace = 1.0  # times to think are so many times as long

    def on_start(self) -> None:
        """Take the next name."""
        self.name = next(type(self).names)
        self.random = random.Random(self.name)
        self.numbers = itertools.count(1)

    @property
    def is_over(self) -> bool:
        """Whether it is time to go."""
        return time.monotonic() > self.until

    def think(self, least: float, most: float) -> None:
        """Read, or think, for so many seconds."""
        gevent.sleep(self.random.uniform(least, most) * self.pace)

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.random.random() < share

    def text(self, words: int) -> str:
        """Something new to say, which can be found again."""
        marker = f"note-{uuid.uuid4().hex[:10]}"
        return f"{some_words(marker, words).capitalize()}. In short, {marker}, and {some_words(marker[::-1], 6)}."

    @task
    def practise(self) -> None:
        """Sign in, practise until the time is over, and go; earlier where a page is not as it has to be."""
        try:
            self.sign_in()
            while not self.is_over:
                self.one_round()
        except Exception:
            diary.write("trouble", who=self.name, path=self.path, why=traceback.format_exc())
        raise StopUser


class AtABrowser(Candidate):
    """Looks around, talks with the coach, practises."""

    weight = 9

    def sign_in(self) -> None:
        """Log in at the page. Scripts and styles are fetched once: a browser keeps them."""
        self.open("/login/")
        for path in sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', self.html))):
            self.send("GET", path)
        self.think(2, 5)
        status = self.go(self.form(""), username=self.name, password=PASSWORD)
        assert status == 200 and "/logout/" in self.html, f"not signed in: {status}"

    def one_round(self) -> None:
        """From the home page through a session and back."""
        self.open("/")
        self.think(3, 8)
        for path in ("/plan/", "/notes/", "/stories/", "/context/", "/account/"):
            if self.chance(0.3) and not self.is_over:
                self.open(path)
                self.think(3, 8)
        if self.chance(0.3) and not self.is_over:
            self.talk()
        if not self.is_over:
            self.session()

    def talk(self) -> None:
        """A line to the coach about the plan, and its answer."""
        self.open("/plan/chat/")
        self.think(5, 12)
        form = next((form for form in forms(self.html) if "composer" in form.attributes.get("class", "")), None)
        if form is None:
            return
        text = self.text(12)
        reply = self.swap(form.attributes["hx-post"], {**form.fields, "text": text})
        diary.told("said" if reply.status_code == 200 else "unsure", self.name, text=text)
        self.until_answered("chat", reply.text or "", "/plan/chat/reply/", text)
        self.think(3, 8)

    def until_answered(self, what: str, fragment: str, action: str, text: str = "") -> str:
        """Wait for the coach, and try again now and then where it failed; what is there in the end."""
        fragment = self.await_answer(what, fragment, text=text)
        for _again in range(2):
            form = next((one for one in forms(fragment) if one.attributes.get("hx-post") == action), None)
            if form is None or not self.chance(RETRIES):
                break
            self.think(2, 5)
            fragment = self.await_answer(what, self.swap(action, form.fields).text or "", text=text)
        if what == "chat" and (call := re.search(r"call-\d+", fragment)):
            diary.told("answered", self.name, text=text, call=call[0])
        return fragment

    def session(self) -> None:
        """Choose one, answer some questions, end it, and perhaps wait for its summary."""
        self.open("/sessions/")
        self.think(3, 8)
        start = self.form("")
        if start is not None:
            self.go(start)
        elif running := re.search(r'href="(/sessions/\d+/)"', self.html):
            self.open(running[1])
        if not re.fullmatch(r"/sessions/\d+/", self.path):
            return
        here = self.path
        if start is not None:
            diary.told("begun", self.name, session=int(here.split("/")[2]))
        self.questions(self.html, here)
        for _question in range(self.random.randint(2, 3)):
            if self.is_over or not self.answer():
                break
            self.open(here)
            self.think(2, 6)
        self.open(here)
        self.end(here)

    def questions(self, page: str, here: str) -> None:
        """Wait until there are questions to choose from, and skip one now and then."""
        self.html = self.until_answered("questions", page, f"{here}questions/suggestion/") or self.html
        self.think(4, 10)
        if self.chance(0.15) and (form := self.form(r"/questions/\d+/skip/")):
            self.html = self.swap(form.attributes["hx-post"], form.fields).text or self.html
            self.think(2, 4)

    def answer(self) -> bool:
        """Choose a question, write, submit and wait for the mark. False where there is no question."""
        chosen = [form for form in forms(self.html) if re.fullmatch(r"/questions/\d+/attempts/", form.action)][:3]
        if not chosen:
            return False
        self.go(self.random.choice(chosen))
        if not re.fullmatch(r"/attempts/\d+/", self.path):
            return False
        self.think(3, 8)
        form = self.form(r"/attempts/\d+/submission/")
        text = self.text(self.random.randint(60, 160))
        fields = {**form.fields, "raw_answer": text, "draft_version": self.write(form.fields, text)}
        if self.chance(0.3):
            fields["self_mark"] = str(self.random.randint(3, 9))
        attempt = int(self.path.split("/")[2])
        reply = self.swap(form.attributes["hx-post"], fields)
        diary.told("saved" if reply.status_code == 200 else "unsure", self.name, attempt=attempt, text=text)
        if reply.status_code != 200:
            return True
        fragment = self.until_answered("mark", reply.text, f"/attempts/{attempt}/feedback/", text)
        if score := SCORE.search(fragment):
            diary.told("marked", self.name, attempt=attempt, score=int(score[1]))
        self.think(6, 15)
        return True

    def write(self, fields: dict[str, str], text: str) -> str:
        """Type for a while, in which the draft is saved again and again; the version of the last one."""
        version, words = fields["draft_version"], text.split(" ")
        pieces = max(2, len(words) // 8)
        for piece in range(1, pieces):
            self.think(1.3, 4)
            typed = " ".join(words[: piece * 8])
            sent = {"raw_answer": typed, "draft_version": version, "csrfmiddlewaretoken": fields["csrfmiddlewaretoken"]}
            reply = self.autosave(f"{self.path}draft/", sent)
            if reply.status_code == 200:
                version = str(reply.json()["draft_version"])
        self.think(1, 3)
        return version

    def end(self, here: str) -> None:
        """End the session; some stay for the summary."""
        form = self.form(f"{here}end/")
        if form is None:
            return
        if self.go(form) == 200 and "End the session" not in self.html:
            diary.told("ended", self.name, session=int(here.split("/")[2]))
        if self.chance(0.6) and not self.is_over:
            self.await_answer("summary", self.html)
            self.think(4, 10)


class OverRest(Candidate):
    """A program of the candidate's own, over REST."""

    weight = 1

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One call with the token; the reply."""
        token = next((cookie.value for cookie in self.client.cookiejar if cookie.name == "csrftoken"), "")
        return self.send(method, path, json=body, headers={"X-CSRFToken": token, **headers})

    def sign_in(self) -> None:
        """Log in, and see which topics there are."""
        reply = self.call("POST", "/users/login", {"username": self.name, "password": PASSWORD})
        assert reply.status_code == 302, f"not signed in: {reply.status_code}"
        self.topics = [topic["id"] for topic in self.call("GET", "/plan/view").json()["plan_topics"]]

    def one_round(self) -> None:
        """A session with some answers."""
        self.think(3, 8)
        begun = self.call("POST", "/study/start_session/", self._wanted())
        if begun.status_code == 409:  # one that was running before
            session = begun.json()["error"]["session_id"]
        elif begun.status_code == 201:
            session = begun.json()["id"]
            diary.told("begun", self.name, session=session)
        else:
            return
        for question in self.questions(session)[: self.random.randint(2, 3)]:
            if self.is_over:
                break
            self.evaluate(session, question["id"])
        if self.call("PUT", "/study/end_session/", {"session_id": session}).status_code == 200:
            diary.told("ended", self.name, session=session)

    def _wanted(self) -> dict[str, int]:
        return {"topic_id": self.random.choice(self.topics), "planned_study_time": 20}

    def questions(self, session: int) -> list[dict[str, Any]]:
        """Those of the session; none where the coach failed twice."""
        for _try in range(2):
            began = time.monotonic()
            reply = self.call("POST", f"/study/generate_questions/{session}")
            self.waited("questions over REST", began, reply.status_code, reply.text or "", text="")
            if reply.status_code == 200:
                return reply.json()["questions"]
            self.think(3, 6)
        return []

    def evaluate(self, session: int, question: int) -> None:
        """Write an answer and have it marked; try again once where that failed."""
        self.think(20, 45)
        text = self.text(self.random.randint(60, 160))
        body: dict[str, Any] = {"question_id": question, "raw_answer": text, "seconds_taken": 60}
        for _try in range(2):
            began = time.monotonic()
            reply = self.call("POST", f"/study/evaluate_answer/{session}", body)
            self.waited("mark over REST", began, reply.status_code, reply.text or "", text=text)
            told = reply.json() if reply.status_code else {}
            attempt = told.get("attempt_id") or told.get("error", {}).get("attempt_id")
            if "attempt_id" not in body:
                diary.told("saved" if attempt else "unsure", self.name, attempt=attempt, text=text)
            if reply.status_code == 200:
                diary.told("marked", self.name, attempt=attempt, score=told["score"])
            if reply.status_code == 200 or not attempt or not self.chance(RETRIES):
                return
            body = {"attempt_id": attempt}
            self.think(2, 5)
