"""Somebody who types the canary into whatever takes a text, and a model that answers with it."""

import json
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import requests

from tests.fake_llm import FakeLLM, Request
from tests.security.replies import everywhere
from tests.stack.canary import CANARY

LONG = 700_000
AUDIO = b"\x1a\x45\xdf\xa3"


class Model:
    """Answers with the canary in every field. While `failing`, with the canary in what is no reply at all."""

    def __init__(self, fake: FakeLLM) -> None:
        self.failing = False
        self.numbers = count(1)
        fake.always(self.answer)

    def answer(self, request: Request) -> Any:
        text = f"{CANARY}r{next(self.numbers)}"
        if self.failing:
            return f'{{"unexpected": "{text}"'
        return everywhere(lambda _most: text)(request)


class Typist:
    """A signed-in program with a browser's cookies. `statuses` are those that came back, by call."""

    def __init__(self, url: str, database: str, model: Model) -> None:
        self.url, self.database, self.model = url, database, model
        self.session = requests.Session()
        self.numbers = count(1)
        self.statuses: dict[str, set[int]] = {}

    def word(self) -> str:
        """The canary with a number of its own."""
        return f"{CANARY}{next(self.numbers)}"

    def send(self, method: str, path: str, **content: Any) -> requests.Response:
        headers = {"X-CSRFToken": self.session.cookies.get("csrftoken", ""), **content.pop("headers", {})}
        try:
            response = self.session.request(method, self.url + path, headers=headers, allow_redirects=False, **content)
        except requests.ConnectionError:
            # Refused before all of it was sent.
            response = requests.Response()
            response.status_code = 413
        self.statuses.setdefault(f"{method} {path.partition('?')[0]}", set()).add(response.status_code)
        return response

    def form(self, path: str, **fields: Any) -> requests.Response:
        """A form as a page sends it."""
        return self.send("POST", path, data=fields)

    def rest(self, path: str, body: Any, method: str = "POST", **headers: str) -> requests.Response:
        return self.send(method, path, json=body, headers=headers)

    def asks(self, call: Callable[[], requests.Response]) -> requests.Response:
        """Make the call once with a model that fails, then with one that answers."""
        self.model.failing = True
        call()
        self.model.failing = False
        return call()

    def latest(self, table: str, where: str = "true") -> int:
        """The newest row's id."""
        return self.value(f"SELECT max(id) FROM {table} WHERE {where}")

    def value(self, query: str) -> int:
        """The number that the query finds."""
        with psycopg.connect(self.database) as connection:
            return connection.execute(query).fetchone()[0]

    def wait_until_reconciled(self, state: str) -> None:
        """Wait for the worker to have failed, or to be done."""
        until = time.monotonic() + 60
        with psycopg.connect(self.database, autocommit=True) as connection:
            while connection.execute("SELECT ask_state FROM study_reconciliation").fetchone() != (state,):
                assert time.monotonic() < until, f"no reconciliation is {state}"
                time.sleep(0.2)

    def spoil(self, path: str, *names: str, **others: str) -> None:
        """Every field of a form too long, with a NUL, in no UTF-8, and missing while the others are there."""
        for name in names:
            for value in (f"{self.word()} " * (LONG // 20), f"{self.word()}\0x", f"{self.word()}\ud800"):
                self.form(path, **{**others, name: value.encode("utf-8", "surrogatepass")})
            raw = f"{name}={self.word()}%FF%FE&".encode() + name.encode() + b"=\xff\xfe" + self.word().encode()
            self.send("POST", path, data=raw, headers={"Content-Type": "application/x-www-form-urlencoded"})

    def spoil_rest(self, path: str, body: dict[str, Any], method: str = "POST") -> None:
        """Every field of a body of another type, too long and unknown; and bodies that are no JSON."""
        for name in body:
            for value in ([self.word()], {self.word(): self.word()}, f"{self.word()} " * 2_000, f"{self.word()}\0"):
                self.rest(path, {**body, name: value}, method)
        self.rest(path, {**body, self.word(): self.word()}, method)
        for raw in (
            f'{{"{self.word()}": '.encode(),
            f'"{self.word()}'.encode() + b'\xff"',
            self.word().encode("utf-16"),
        ):
            self.send(method, path, data=raw, headers={"Content-Type": "application/json"})
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            self.send(method, path, data=json.dumps({"x": self.word()}), headers={"Content-Type": kind})


# --- the journey -----------------------------------------------------------------------------------------------------


def type_everywhere(typist: Typist, fake: FakeLLM) -> None:
    """The whole journey, by pages and by REST."""
    agree_on_a_plan(typist)
    practise(typist)
    write_stories(typist)
    dictate(typist, fake)
    settle(typist)
    look_around(typist)


def tell_of_oneself(typist: Typist) -> None:
    word = typist.word
    typist.form("/context/", text=f"My story: {word()}", job_advert=f"Wanted: {word()}")
    typist.spoil("/context/", "text", "job_advert")
    for kind, before in (
        ("txt", b""),
        ("md", b"\xff"),
        ("pdf", b"%PDF-1.4 "),
        ("docx", b"PK\x03\x04"),
        ("png", b"\x89PNG"),
    ):
        file = (f"{word()}.{kind}", before + f"{word()} ".encode() * 150_000)
        typist.send("POST", "/context/", data={"text": word()}, files={"text_file": file, "advert_file": file})
    typist.form("/context/", text=f"My story: {word()}", job_advert=f"Wanted: {word()}")
    typist.asks(lambda: typist.form("/context/reading/answer/"))
    line = {"name-0": word(), "wanted-0": word(), "evidence-0": word()}
    typist.spoil("/context/reading/", "profile", "seen_version", *line, **line)
    typist.form("/context/reading/", profile=f"I am {word()}.", **line)


def agree_on_a_plan(typist: Typist) -> None:
    word = typist.word
    tell_of_oneself(typist)
    typist.form("/plan/chat/", text=f"I want more. {word()}")
    typist.asks(lambda: typist.form("/plan/chat/reply/"))
    typist.spoil("/plan/chat/", "text")
    typist.form("/plan/chat/?field=role", role=word())
    typist.asks(lambda: typist.form("/plan/chat/reply/"))
    typist.spoil("/plan/chat/?field=role", "role")
    typist.spoil("/plan/chat/?field=weaknesses", "weak_lines", "weak_topic", "weak_general")
    typist.form("/plan/brief/", role="Nurse", daily_minutes=30, weaknesses=word(), motivation="high")
    typist.spoil("/plan/brief/", "weaknesses", "daily_minutes", "motivation", "role")
    typist.form("/plan/proposals/", feedback=word())
    proposal = f"/plan/proposals/{typist.latest('plans_planproposal')}"
    typist.asks(lambda: typist.form(f"{proposal}/suggestion/"))
    typist.spoil(f"{proposal}/approval/", "name-0", "minutes-0", "seen_version", seen_version="0")
    typist.form(f"{proposal}/approval/", seen_version="0", **{"name-0": f"{word()} first"})
    new = {"role": "Nurse", "raw_user_context": word(), "weaknesses": word(), "motivation": "high"}
    typist.asks(lambda: typist.rest("/plan/suggest_new", new))
    typist.spoil_rest("/plan/suggest_new", new)
    wish = {"feedback": [word()], "raw_user_context": word()}
    typist.asks(lambda: typist.rest("/plan/suggest_changes", wish))
    typist.spoil_rest("/plan/suggest_changes", wish)
    rejected = f"/plan/proposals/{typist.latest('plans_planproposal', 'true')}"
    typist.spoil(f"{rejected}/rejection/", "reason")
    typist.form(f"{rejected}/rejection/", reason=word())
    topic = {"name": word(), "description": word(), "expected_outcome": word(), "daily_study_minutes": 10}
    topics = [{**topic, "priority": 1}, {**topic, "name": f"{word()} two", "priority": 2}]
    typist.spoil_rest("/plan/approve_plan", {"plan_topics": [{**topic, "priority": word()}]})
    typist.rest("/plan/approve_plan", {"plan_topics": topics})
    typist.form("/plan/chat/?change", add_own=f"{word()} three")
    typist.spoil("/plan/chat/?change", "add_own", "add_topic", "add_minutes")
    for path, name in (("/plan/today/", "minutes"), ("/plan/undo/", "version")):
        typist.form(path, **{name: word()})
        typist.spoil(path, name)


def practise(typist: Typist) -> None:
    word = typist.word
    topic = typist.latest("plans_plantopic", "archived_at IS NULL")
    typist.form("/sessions/", topic_id=word(), planned_study_time=word())
    start = {"topic_id": topic, "planned_study_time": 20}
    typist.spoil_rest("/study/start_session/", start)
    session = typist.rest("/study/start_session/", start).json()["id"]
    typist.asks(lambda: typist.rest(f"/study/generate_questions/{session}", None))
    typist.form(f"/sessions/{session}/questions/", wish=word())
    typist.form(f"/sessions/{session}/questions/", wish="harder")
    typist.asks(lambda: typist.form(f"/sessions/{session}/questions/suggestion/"))
    typist.spoil(f"/sessions/{session}/questions/own/", "text")
    typist.form(f"/sessions/{session}/questions/own/", text=f"What of {word()}?")
    attempt = f"/attempts/{typist.latest('study_questionattempt')}"
    typist.spoil(f"{attempt}/draft/", "raw_answer", draft_version="0")
    typist.form(f"{attempt}/draft/", raw_answer=word(), draft_version=word())
    typist.form(f"{attempt}/draft/", raw_answer=word(), draft_version="0")
    for mark in (word(), "5"):
        version = typist.value("SELECT draft_version FROM study_questionattempt ORDER BY id DESC LIMIT 1")
        words = {"raw_answer": f"I did it. {word()} " * 9, "draft_version": version}
        typist.form(f"{attempt}/submission/", **words, self_mark=mark)
    typist.asks(lambda: typist.form(f"{attempt}/feedback/"))
    typist.spoil(f"{attempt}/submission/", "raw_answer", "self_mark", draft_version="77")
    question = typist.latest("study_question")
    answer = {"question_id": question, "raw_answer": f"At work I did {word()} and measured it. " * 5}
    evaluate = f"/study/evaluate_answer/{session}"
    typist.spoil_rest(evaluate, {**answer, "seconds_taken": 5})
    typist.asks(lambda: typist.rest(evaluate, answer))
    typist.rest(evaluate, {**answer, "raw_answer": f"Again, {word()}. " * 9}, **{"Idempotency-Key": word()})
    typist.rest(evaluate, {**answer, "raw_answer": f"{word()} " * 1_500})
    typist.spoil_rest("/study/end_session/", {"session_id": session}, "PUT")
    typist.model.failing = True
    typist.form(f"/sessions/{session}/end/")
    typist.wait_until_reconciled("failed")
    typist.model.failing = False
    typist.form(f"/sessions/{session}/reconciliation/")
    typist.wait_until_reconciled("done")


def write_stories(typist: Typist) -> None:
    word = typist.word
    story = f"/questions/{typist.latest('study_question')}/story"
    typist.spoil(f"{story}/notes/", "notes")
    typist.form(f"{story}/notes/", notes=word())
    typist.asks(lambda: typist.form(f"{story}/structure/"))
    version = typist.value("SELECT version FROM study_story ORDER BY id DESC LIMIT 1")
    typist.form(f"{story}/", text=f"### Then\n\n- {word()}\n", version=version)
    typist.spoil(f"{story}/", "text", "version", version="0")
    typist.spoil("/stories/", "text", "version", version="none")
    typist.form("/stories/", text=f"# Stories\n\n## What of {word()}?\n\n- {word()}\n", version=word()[:16])
    files = (
        f"# Stories\n\n## What of {word()}?\n\n- {word()}\n".encode(),
        f"no heading, {word()}".encode(),
        word().encode() + b"\xff\xfe",
        f"## {word()}\0\n".encode("utf-16"),
        f"{word()} ".encode() * 150_000,
    )
    for content in files:
        typist.send("POST", "/stories/upload/", files={"file": (f"{word()}.md", content, "text/markdown")})


def dictate(typist: Typist, fake: FakeLLM) -> None:
    octets = {"Content-Type": "application/octet-stream"}
    fake.transcript(f"I said {typist.word()}")
    said = typist.send("POST", "/dictation/", data=AUDIO + typist.word().encode() * 10, headers=octets)
    assert CANARY in said.json()["text"]
    fake.fault("http_500", mode="transcription")
    typist.send("POST", "/dictation/", data=AUDIO + typist.word().encode() * 10, headers=octets)
    typist.send("POST", "/dictation/", data=typist.word().encode(), headers=octets)
    typist.send("POST", "/dictation/", data=AUDIO + typist.word().encode() * 600_000, headers=octets)


def settle(typist: Typist) -> None:
    word = typist.word
    typist.form("/account/", name="Kim", current_role="Nurse", time_zone=word())
    typist.form("/account/", name=word(), current_role=word(), time_zone="UTC")
    typist.spoil("/account/", "name", "current_role", time_zone="UTC")
    typist.form("/account/password/", old_password=word(), new_password1=word(), new_password2=word())
    typist.form("/account/deletion/", password=word())
    typist.form(f"/notes/{typist.latest('plans_plantopic')}/", note=word(), version=word())
    typist.form(f"/notes/{typist.latest('plans_plantopic')}/", note=f"I know {word()}.", version="0")
    typist.spoil(f"/notes/{typist.latest('plans_plantopic')}/", "note", "version", version="0")
    typist.form("/plan/review/")
    typist.asks(lambda: typist.form("/plan/review/answer/"))
    typist.rest("/users/login", {"username": "keeper", "password": word()})
    for call in ("login", "create"):
        typist.spoil_rest(f"/users/{call}", {"username": "keeper", "password": word()})


def look_around(typist: Typist) -> None:
    """The canary where addresses and headers carry values."""
    names = ("next", "page", "before", "earlier", "later", "again", "edit", "card", "q")
    odd_headers = (
        "User-Agent",
        "Referer",
        "X-Forwarded-For",
        "X-Request-Id",
        "HX-Target",
        "HX-Prompt",
        "Accept-Language",
    )
    for path in ("/", "/plan/", "/plan/chat/", "/plan/proposals/", "/context/", "/sessions/", "/stories/", "/account/"):
        for value in (typist.word(), f"{typist.word()}%00", f"{typist.word()}%FF"):
            query = "&".join(f"{name}={value}" for name in names)
            typist.send("GET", f"{path}?{query}", headers={name: typist.word() for name in odd_headers})
        typist.send("POST", path, data=f"x={typist.word()}", headers={"X-CSRFToken": typist.word(), "Referer": "x"})
    stranger = requests.Session()
    for name in ("sessionid", "csrftoken", "messages"):
        stranger.get(f"{typist.url}/plan/", cookies={name: typist.word()}, allow_redirects=False)


def calls_that_failed(typist: Typist) -> Iterator[str]:
    """The calls that got an error of ours back, and not the failure of the model."""
    for call, statuses in typist.statuses.items():
        if 500 in statuses:
            yield call


def temporary_folder(beside: Path) -> Path:
    """A folder of its own for the temporary files of the stack."""
    folder = beside / "tmp"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    return folder
