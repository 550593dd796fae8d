"""What is noted of pages and lists."""

from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from study.models import Question, SuggestedQuestion
from tests import environment
from tests.fortnight.diary import DaySeen, SessionSeen
from tests.fortnight.visiting import suggested_on, text_of


def read_page(seen: DaySeen, path: str, page: BeautifulSoup) -> None:
    """Note what a page says of the day."""
    if path in ("/", "/plan/", "/sessions/"):
        seen.suggested[path] = suggested_on(page)
    if path == "/":
        seen.home = text_of(page, "main")
        seen.why = text_of(page, ".next .why")
        link = page.select_one('main .notice a[href*="/plan/proposals/"]')
        if link:
            seen.on_home = int(str(link["href"]).rstrip("/").rpartition("/")[2])
            seen.waits = " ".join(link.find_parent(class_="notice").get_text(" ").split())
    if path == "/plan/review/":
        seen.review = text_of(page, "#review")
        seen.rests_on = text_of(page, "main")
    if path == "/notes/":
        for note in page.select("[id^=note-]"):
            topic = int(str(note["id"]).removeprefix("note-"))
            written = note.select_one(".verbatim")
            seen.notes[topic] = written.get_text() if written else ""
            seen.focus[topic] = [" ".join(p.get_text(" ").split()) for p in note.select(".points li p:first-child")]


def keep_page(folder: str, name: str, page: bytes) -> None:
    """Write a page into the folder so that a browser shows it as it was, without a server."""
    written = page.replace(b'"/static/', f'"{environment.ROOT.as_uri()}/static/'.encode())
    Path(folder).mkdir(parents=True, exist_ok=True)
    (Path(folder) / f"{name}.html").write_bytes(written)


def read_questions(seen: SessionSeen, questions: list[dict[str, Any]]) -> tuple[dict[int, int], set[int]]:
    """Note what the list consists of; the topic of each question, and which of them are drills."""
    seen.new += [one["question"] for one in questions if one["status"] == "new"]
    known = [one["id"] for one in questions if one["status"] != "new"]
    latest = SuggestedQuestion.objects.filter(question__in=known).order_by("question_id", "-pk")
    drills = set()
    for question, drill, last_score in latest.distinct("question_id").values_list("question", "drill", "last_score"):
        if drill:
            drills.add(question)
        seen.filled += not drill and last_score is None
        seen.redos += not drill and last_score is not None
    ids = [one["id"] for one in questions]
    seen.drills += len(drills)
    return dict(Question.objects.filter(pk__in=ids).values_list("pk", "topic_id")), drills
