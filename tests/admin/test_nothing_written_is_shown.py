"""No admin page shows, searches or lists by what a candidate wrote."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from django_cryptography.fields import EncryptedMixin
from django_q.models import Failure, OrmQ, Schedule, Success
from django_q.tasks import async_task

from coach.encryption import canary
from coach.models import Invitation, NightlyBackup, RecentTries
from coach.signing_in import name_digest
from llm_modes.models import Dialect
from plans.proposals.change import Change
from tests import factories

pytestmark = pytest.mark.django_db

MARKER = "zanzibar"
MARKED = f"the {MARKER} project"
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def staff(client):
    staff = factories.make_user("boss", is_staff=True, is_superuser=True)
    client.force_login(staff)
    return staff


def a_whole_history(name="alice"):
    """A row of every model, with the marker in whatever a candidate or the coach writes."""
    canary.register(old_form=False)  # its first row goes when tests before have emptied the tables
    anchors = [{"name": MARKER, "anchor": MARKED}]
    owner = factories.make_user(name, context=MARKED)
    topic_data = factories.topic_data(MARKED, description=MARKED, expected_outcome=MARKED)
    topics = factories.make_plan(owner, topics=[topic_data, factories.topic_data("Other", priority=2)])
    factories.make_brief(owner, weaknesses=MARKED)
    changes = [Change(topic=MARKED, change="added", reason=MARKED)]
    words = {"feedback": [MARKED], "rejection_reason": MARKED, "changes": changes, "base_topics": [topic_data]}
    proposal = factories.make_proposal(owner, topics=[topic_data], overview={"rationale": MARKED}, **words)
    factories.make_progress(topics[0], note=MARKED, next_focus=[{"focus": MARKED, "reason": MARKED}])
    factories.make_practice_day(topics[0])
    factories.make_message(owner, MARKED)
    factories.make_review(owner, rationale=MARKED, proposal=proposal)
    factories.make_reading(owner, found={"profile": MARKED}, confirmed={"profile": MARKED})
    asked, lacked = {"question": MARKED, "topic": topics[0].pk, "went": ""}, {"gap": MARKED, "quote": MARKED}
    factories.make_debrief(owner, MARKED, asked=[asked], gaps=[lacked])
    session = factories.make_session(owner, topic=topics[0], ended=True)
    known = {"answer_anchors": anchors, "looks_for": [MARKED, MARKED], "serves": MARKED}
    question = factories.make_question(owner, MARKED, topic=topics[0], **known)
    factories.make_paste(owner, MARKED)
    factories.make_round(session, questions=[question])
    factories.make_attempt(
        owner,
        session=session,
        question=question,
        state="marked",
        answer=MARKED,
        feedback={"positive_feedback": [MARKED], "improvement_areas": [], "quotes": [MARKED]},
        anchors=anchors,
        idempotency_key=f"{MARKER}-{name}",
    )
    factories.make_story(owner, question=question, text=MARKED, notes=MARKED, gaps=[MARKED], suggestion=MARKED)
    factories.make_reconciliation(session, summary=anchors, note=MARKED, next_focus=anchors)
    factories.make_call(owner)
    make_tries(f"{MARKER}-my-password-{name}")
    Invitation.objects.create(digest=name, expires_at=timezone.now() + timedelta(days=1))
    NightlyBackup.objects.create(started_at=timezone.now())
    factories.make_started_call(owner)
    Dialect.objects.get_or_create(address="https://llm.example/v1", model="small")
    LogEntry.objects.log_actions(owner.pk, [session], CHANGE, change_message="Ended.", single_object=True)
    async_task("study.tasks.reconcile", session.pk, MARKED, words=MARKED)
    Group.objects.get_or_create(name="helpers")
    ran = {"func": "study.tasks.reconcile", "args": (session.pk, MARKED), "kwargs": {"words": MARKED}}
    Schedule.objects.get_or_create(func="study.tasks.sweep")
    times = {"started": timezone.now(), "stopped": timezone.now(), "name": "some-name"}
    Success.objects.create(id=f"s{owner.pk}", success=True, result=MARKED, **ran, **times)
    Failure.objects.create(id=f"f{owner.pk}", success=False, result=traceback(), **ran, **times)
    return owner


def make_tries(key, **fields):
    """A wrong password for the name of this key."""
    now = timezone.now()
    values = {"what": "sign_in", "name_digest": name_digest(key), "address": "203.0.113.9", **fields}
    return RecentTries.objects.create(times=[now], ends_at=now + timedelta(minutes=15), **values)


def traceback():
    return (
        f'1 validation error: {MARKED}\nTraceback (most recent call last):\n  File "/srv/study/tasks.py", line 12, in '
        f"reconcile\n    work()\nValueError: 1 validation error\n  {MARKED} [input_value='{MARKED}']"
    )


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_no_list_and_no_page_shows_what_was_written(client, staff, model):
    a_whole_history()
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    rows = list(model.objects.all())
    assert rows, "a model without a row proves nothing"
    listed = client.get(reverse(f"{name}_changelist"))
    assert listed.status_code == 200
    assert MARKER not in listed.content.decode()
    for row in rows[:3]:
        for page in (f"{name}_change", f"{name}_history"):
            shown = client.get(reverse(page, args=[row.pk]))
            assert shown.status_code == 200
            assert MARKER not in shown.content.decode()


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_no_encrypted_field_is_named_anywhere(rf, staff, model):
    request = rf.get("/admin/")
    request.user = staff
    pages = admin.site._registry[model]
    encrypted = {field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedMixin)}
    fields = {str(name) for name in pages.get_fields(request)}
    searched = {path.split("__")[0] for path in pages.get_search_fields(request)}
    assert not encrypted & fields
    assert not encrypted & searched
    assert not encrypted & {str(name) for name in pages.get_list_display(request)}
    assert not encrypted & {str(name) for name in pages.get_list_filter(request)}


def test_every_model_of_ours_and_of_the_queue_is_registered():
    ours = [
        model for app in ("coach", "plans", "study", "llm_modes") for model in apps.get_app_config(app).get_models()
    ]
    assert set(ours) | {OrmQ, Success, Failure, Schedule} <= set(REGISTERED)


def test_searching_for_what_was_written_finds_nothing(client, staff):
    a_whole_history()
    urls = [reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in REGISTERED]
    lists = [client.get(url, {"q": MARKER}).context["cl"] for url in urls]
    searched = [found for found in lists if found.search_fields]
    assert len(searched) > 9
    assert {found.model: found.result_count for found in searched if found.result_count} == {}


def test_lists_are_searched_by_user_name(client, staff):
    a_whole_history("alice")
    a_whole_history("bob")
    for name in ("plans_plantopic", "plans_topicprogress", "study_studysession", "study_reconciliation"):
        page = client.get(reverse(f"admin:{name}_changelist"), {"q": "bob"}).content.decode()
        assert "bob" in page
        assert ">alice<" not in page


def test_a_failed_task_says_where_and_nothing_of_why(client, staff):
    a_whole_history()
    page = client.get(reverse("admin:django_q_failure_changelist")).content.decode()
    assert "study/tasks.py, line 12" in page


def test_a_name_that_somebody_has_is_shown_as_locked_out(client, staff):
    make_tries("boss", candidate=staff)
    make_tries("my secret typed here")
    rows = client.get(reverse("admin:coach_recenttries_changelist")).context["cl"].result_list
    page = admin.site._registry[RecentTries]
    assert [page.user_name(row) for row in rows] == ["(nobody's)", "boss"]


def test_a_list_of_twenty_takes_as_many_queries_as_a_list_of_one(client, staff, django_assert_max_num_queries):
    def queries(model):
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        client.get(url)  # content types and the like are cached
        with django_assert_max_num_queries(30) as context:
            client.get(url)
        return len(context)

    a_whole_history("c0")
    few = {model._meta.label: queries(model) for model in REGISTERED}
    for number in range(1, 20):
        a_whole_history(f"c{number}")
    assert {model._meta.label: queries(model) for model in REGISTERED} == few


def test_history_is_read_only(client, staff):
    owner = a_whole_history()
    attempt = owner.question_attempts.get()
    change = reverse("admin:study_questionattempt_change", args=[attempt.pk])
    assert client.post(change, {"score_rating": 10}).status_code == 403
    assert client.get(reverse("admin:study_questionattempt_add")).status_code == 403
    assert client.post(reverse("admin:study_questionattempt_delete", args=[attempt.pk])).status_code == 403
