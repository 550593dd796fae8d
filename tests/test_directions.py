"""Whatever the candidate and the coach write runs in its own direction: every page, for a history in Arabic."""

import re
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup, NavigableString, Tag
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coach.models import User
from llm_modes.asking.rows import AskState
from plans.models import ChatMessage, DailyReview
from plans.proposals.change import Change
from study.models import Reconciliation
from tests import factories
from tests.admin import test_nothing_written_is_shown as history
from tests.security.cast import Cast, make_cast
from tests.security.test_words_run_nothing import pages_of

pytestmark = pytest.mark.django_db

WORDS = "نقلت خدمة الدفع إلى الخادم الجديد"
WRITTEN = re.compile("[\u0600-\u06ff]")
# Within a sentence of ours it may take no signs and figures along.
ISOLATED = re.compile("\u2068[^\u2069]*\u2069")
REASONS = [Change(topic=WORDS, change=change, reason=WORDS) for change in ("more_time", "reprioritised", "removed")]
ANCHORS = [{"name": WORDS, "anchor": WORDS}]
# What is shown in bubbles and lists of the browser's own, or nowhere.
NOT_READ = ("title", "script", "style", "option")


@pytest.fixture
def cast(monkeypatch) -> Cast:
    """A history in which all words are in Arabic, with something of everything that a page can show."""
    monkeypatch.setattr(history, "MARKED", WORDS)
    monkeypatch.setattr(history, "MARKER", WORDS)
    cast = make_cast(WORDS)
    owner = cast.owner
    owner.name = owner.current_role = WORDS
    owner.save()
    _fill_plan(owner, cast)
    _fill_sessions(cast)
    return cast


def _fill_plan(owner: User, cast: Cast) -> None:
    open_one = owner.proposals.get(status="open")
    words = {"description": WORDS, "expected_outcome": WORDS}
    topics = [factories.topic_data(f"{WORDS} {place}", priority=place, **words) for place in (1, 2)]
    open_one.base_version, open_one.base_topics, open_one.topics = 1, [*topics, factories.topic_data(WORDS)], topics
    open_one.changes = [replace(reason, evidence=WORDS, topic_id=cast.ids["topic"]) for reason in REASONS]
    open_one.overview = {**open_one.overview, "rationale": WORDS}
    open_one.save()
    for status, more in (("rejected", {"rejection_reason": WORDS}), ("approved", {"version": 2})):
        fields = {"status": status, "overview": {**open_one.overview, "target_role": WORDS}, "changes": REASONS}
        fields |= {"declined": REASONS, "decided_at": owner.date_joined, "base_version": 1, **more}
        cast.ids[status] = factories.make_proposal(owner, topics=topics, **fields).pk
    factories.make_message(owner, WORDS, author=ChatMessage.Author.COACH)
    DailyReview.objects.update(ask_state=AskState.DONE)
    day = DailyReview.objects.get(user=owner).local_day
    factories.make_review(owner, rationale=WORDS, ask_state=AskState.DONE, local_day=day.replace(year=day.year - 1))


def _fill_sessions(cast: Cast) -> None:
    row = {"question_id": cast.ids["question"], "question": WORDS, "attempts": 1, "best_score": 6}
    done = Reconciliation.objects.get()
    done.ask_state, done.note_set_aside, done.note = AskState.DONE, True, WORDS
    done.summary, done.next_focus = [{**row, "best_anchors": ANCHORS}], [{"focus": WORDS, "reason": WORDS}]
    done.save()
    draft = cast.owner.question_attempts.get(pk=cast.ids["draft"])
    draft.question.text, draft.raw_answer = WORDS, WORDS
    draft.question.save()
    draft.save()
    first = cast.owner.question_attempts.get(pk=cast.ids["attempt"])
    feedback = {"positive_feedback": [WORDS], "improvement_areas": [WORDS], "quotes": [WORDS]}
    for answer in ("Nothing.", WORDS):
        fields = {"state": "marked", "answer": answer, "feedback": feedback, "anchors": ANCHORS}
        factories.make_attempt(cast.owner, session=first.session, question=first.question, **fields)
    factories.make_attempt(cast.owner, session=first.session, question=first.question)


def direction_of(element: Tag) -> str:
    """Where the text of an element with dir="auto" runs: by its first letter, without parts of another direction."""
    for text in element.find_all(string=True):
        between = [parent for parent in text.parents if parent is not element and element in parent.parents]
        if any(parent.has_attr("dir") or parent.name in ("bdi", *NOT_READ) for parent in between):
            continue
        for letter in text:
            if unicodedata.bidirectional(letter) in ("L", "R", "AL"):
                return "ltr" if unicodedata.bidirectional(letter) == "L" else "rtl"
    return "ltr"


def _first_letter(text: str) -> str:
    return next(letter for letter in text if unicodedata.bidirectional(letter) in ("L", "R", "AL"))


def wrong_in(html: str) -> list[str]:
    """What of a page does not run as it is written."""
    page = BeautifulSoup(html, "html.parser")
    wrong = [str(field)[:160] for field in page.find_all(["textarea", "input"]) if not _field_is_right(field)]
    for text in page.find_all(string=WRITTEN):
        if type(text) is NavigableString and not any(parent.name in (*NOT_READ, "textarea") for parent in text.parents):
            around = next((parent for parent in text.parents if parent.has_attr("dir")), None)
            # A sentence of ours may begin with words of ours.
            expected = "ltr" if unicodedata.bidirectional(_first_letter(text)) == "L" else "rtl"
            mixed = ISOLATED.sub("", text)
            ours_behind = re.search(f"{WRITTEN.pattern}.*[A-Za-z]", mixed)
            if around is None or around["dir"] != "auto" or direction_of(around) != expected or ours_behind:
                wrong.append(f"{text.parent} in {around and around.name}"[:200])
    return wrong


def _field_is_right(field: Tag) -> bool:
    is_text = field.name == "textarea" or field.get("type", "text") == "text"
    return not is_text or field.get("dir") == "auto" or field.get("list") == "time-zones"


def test_every_page_of_a_candidate(cast):
    client = Client()
    client.force_login(cast.owner)
    paths = [*pages_of(cast), "/stories/?edit=1"]
    paths += [reverse("plans:proposal_detail", args=[cast.ids[name]]) for name in ("rejected", "approved")]
    paths.append(reverse("study:session_detail", args=[cast.ids["ended session"]]))
    shown, wrong = 0, {}
    for path in paths:
        html = client.get(path).content.decode()
        shown += len(WRITTEN.findall(html))
        wrong[path] = wrong_in(html)
    assert {path: found for path, found in wrong.items() if found} == {}
    assert shown > 2_000


def _unmarked_in(html: str) -> list[str]:
    """Elements with words of the candidate or the coach and nothing else, that do not say in which language they are.

    Fields and what is known of them may be in any language; what code says and counts is in English.
    """
    page = BeautifulSoup(html, "html.parser")
    for element in page.select('textarea, #known, .coach .said, a[href*="review/#"]'):
        element.decompose()
    whole = [one for one in page.select("main [dir=auto]") if one.get_text(strip=True) in (WORDS, WORDS * 2)]
    return [str(one)[:200] for one in whole if one.get("lang") != "ar"]


def test_what_is_in_the_language_of_the_interview_says_so(cast, settings):
    """For voices and hyphenation; in English the page itself says it, and one query finds the language."""
    settings.OFFLINE_COACH = False
    client = Client()
    client.force_login(cast.owner)
    paths = [path for path in pages_of(cast) if "/context/" not in path]
    english = "".join(client.get(path).text for path in paths)
    assert ' lang="ar"' not in english.replace('<option value="ar" lang="ar">', "")
    factories.make_brief(cast.owner, language="ar")
    unmarked = {path: _unmarked_in(client.get(path).text) for path in paths}
    assert {path: found for path, found in unmarked.items() if found} == {}
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("study:attempt_detail", args=[cast.ids["attempt"]])).text
    assert page.count('dir="auto" lang="ar"') > 5
    assert sum('SELECT "plans_planbrief"."language"' in query["sql"] for query in queries) == 1
    settings.OFFLINE_COACH = True
    assert 'dir="auto" lang="ar"' not in client.get(reverse("study:attempt_detail", args=[cast.ids["attempt"]])).text


def test_every_page_that_comes_back_with_what_was_typed(cast):
    client = Client()
    client.force_login(cast.owner)
    ids, wrong = cast.ids, {}
    posts: list[tuple[str, dict[str, Any]]] = [
        ("/context/", {"text": WORDS * 2_000}),
        ("/account/", {"name": WORDS * 9, "current_role": WORDS * 9}),
        ("/plan/chat/", {"text": WORDS * 2_000}),
        ("/plan/brief/", {"role": WORDS * 9, "weaknesses": WORDS * 99}),
        ("/plan/proposals/", {"feedback": WORDS * 2_000}),
        (f"/plan/proposals/{ids['proposal']}/approval/", {"seen_version": "1", "name-0": WORDS, "by_line": "True"}),
        (f"/plan/proposals/{ids['proposal']}/rejection/", {"reason": WORDS * 99}),
        (f"/notes/{ids['topic']}/", {"note": WORDS, "version": "77"}),
        (f"/sessions/{ids['session']}/questions/own/", {"text": WORDS * 99}),
        (f"/questions/{ids['question']}/story/", {"text": f"# {WORDS}\n\n- {WORDS}", "version": "77"}),
        (f"/questions/{ids['question']}/story/notes/", {"notes": WORDS * 999}),
        (f"/attempts/{ids['draft']}/submission/", {"raw_answer": f"شيء آخر {WORDS}", "draft_version": "77"}),
        (f"/attempts/{ids['attempt']}/submission/", {"raw_answer": WORDS * 2, "draft_version": "0"}),
        ("/stories/", {"text": WORDS, "version": "77"}),
    ]
    for path, fields in posts:
        response = client.post(path, fields)
        assert response.status_code in (409, 422), (path, response.status_code)
        wrong[path] = wrong_in(response.content.decode())
    assert {path: found for path, found in wrong.items() if found} == {}


def test_what_is_shown_while_it_is_written():
    for template in ("study/attempt_live.html", "plans/chat_live.html"):
        html = render_to_string(template, {"positive_feedback": [WORDS], "improvement_areas": [WORDS], "reply": WORDS})
        assert wrong_in(html) == [], template
