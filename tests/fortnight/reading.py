"""What is noted of pages and lists."""

from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from django.utils import timezone

from llm_modes.asking.rows import UNANSWERED
from plans.models import DailyReview
from study.models import Question, QuestionAttempt, Reconciliation, SuggestedQuestion
from tests import environment
from tests.fortnight.diary import DaySeen, SessionSeen
from tests.fortnight.visiting import suggested_on, text_of

# A mark up to LOW is low; after so many in a row a question rests.
LOW, FAILURES, REST = 4, 4, timedelta(days=14)


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
    _read_due(seen, [one for one in ids if one not in drills])
    return dict(Question.objects.filter(pk__in=ids).values_list("pk", "topic_id")), drills


def unanswered(username: str) -> list[str]:
    """What waits for the coach, or failed, of this candidate: answers, notes, reviews."""
    owners: dict[Any, str] = {QuestionAttempt: "user", Reconciliation: "session__user", DailyReview: "user"}
    rows = [
        row
        for model, owner in owners.items()
        for row in model.objects.filter(**{f"{owner}__username": username}, ask_state__in=UNANSWERED)
    ]
    return [f"{type(row).__name__} {row.pk} is {row.ask_state} {row.ask_failure}".strip() for row in rows]


def _read_due(seen: SessionSeen, asked: list[int]) -> None:
    """Note which due questions were passed over, and which of those asked had four low marks within two weeks."""
    now = timezone.now()
    due = list(Question.objects.filter(topic=seen.practised, voided_at=None, due_at__lte=now).order_by("due_at"))
    marked = QuestionAttempt.objects.filter(question__in=asked, drill="", marked_at__isnull=False)
    marks: dict[int, list[QuestionAttempt]] = defaultdict(list)
    for attempt in marked.select_related("question").order_by("-pk"):
        marks[attempt.question_id].append(attempt)
    # A weak answer is asked again before it is due, so only others can come too early.
    latest = max((one.due_at for one in due if one.pk in marks and marks[one.pk][0].score_rating > LOW), default=None)
    seen.passed_over += [one.text for one in due if one.pk not in asked and latest and one.due_at < latest]
    for last, *before in marks.values():
        low = [attempt for attempt in (last, *before)[:FAILURES] if attempt.score_rating <= LOW]
        if len(low) == FAILURES and now - last.marked_at < REST:
            seen.tired.append(last.question.text)
