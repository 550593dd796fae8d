"""What an admin can set going, and who may."""

import time
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from coach.models import User
from llm_modes.asking.rows import AskState
from llm_modes.ledger.spending import tokens_used_today
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    boss = factories.make_user("boss", is_staff=True, is_superuser=True)
    client.force_login(boss)
    return boss


@pytest.fixture
def alice():
    alice = factories.make_user("alice")
    factories.make_plan(alice)
    return alice


def do(client, page, action, *rows):
    url = reverse(f"admin:{page}_changelist")
    return client.post(url, {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)


def helper(*permissions, name="helper"):
    """An admin who may do only this."""
    user = factories.make_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def test_a_failed_reconciliation_is_handed_to_the_worker_again(client, boss, alice):
    session = factories.make_session(alice, ended=True)
    row = factories.make_reconciliation(session, ask_state=AskState.FAILED, ask_failure="unreachable")
    do(client, "study_reconciliation", "retry", row)
    row.refresh_from_db()
    assert row.ask_state == AskState.PENDING
    assert OrmQ.objects.get().task["args"] == (row.pk,)
    assert LogEntry.objects.get().object_id == str(row.pk)


def test_a_reconciliation_that_is_done_is_left_alone(client, boss, alice):
    row = factories.make_reconciliation(factories.make_session(alice, ended=True), ask_state=AskState.DONE)
    page = do(client, "study_reconciliation", "retry", row)
    assert "have not failed: 1" in page.content.decode()
    assert not OrmQ.objects.exists()


def test_an_abandoned_session_ends_at_the_last_action(client, boss, alice):
    hours_ago = timezone.now() - timedelta(hours=3)
    session = factories.make_session(
        alice, start_time=hours_ago, last_interaction_time=hours_ago + timedelta(minutes=7)
    )
    do(client, "study_studysession", "end_abandoned", session)
    session.refresh_from_db()
    assert session.end_time == session.last_interaction_time
    assert session.ended_by == "abandoned"
    assert session.reconciliation.ask_state == AskState.PENDING


def test_a_session_that_the_sweep_would_not_end_is_not_ended(client, boss, alice):
    hours_ago = timezone.now() - timedelta(hours=3)
    session = factories.make_session(alice, minutes=240, start_time=hours_ago, last_interaction_time=hours_ago)
    page = do(client, "study_studysession", "end_abandoned", session)
    assert "Not ended: 1" in page.content.decode()
    session.refresh_from_db()
    assert session.is_running


def test_a_failed_review_is_handed_to_the_worker_again(client, boss, alice):
    review = factories.make_review(alice, ask_state=AskState.FAILED, ask_failure="timeout")
    do(client, "plans_dailyreview", "run_again", review)
    queued = OrmQ.objects.get().task
    assert (queued["func"], queued["args"]) == ("plans.tasks.write_daily_review", (review.pk,))


def test_a_deactivated_candidate_is_out_at_once_and_keeps_everything(client, boss, alice):
    client_of_alice = type(client)()
    client_of_alice.force_login(alice)
    assert client_of_alice.get(reverse("home")).status_code == 200
    do(client, "coach_user", "deactivate", alice)
    assert client_of_alice.get(reverse("home")).status_code == 302
    assert alice.plan_topics.count() == 3
    do(client, "coach_user", "reactivate", alice)
    alice.refresh_from_db()
    assert alice.is_active


def test_nobody_deactivates_themselves(client, boss):
    do(client, "coach_user", "deactivate", boss)
    boss.refresh_from_db()
    assert boss.is_active


def test_resetting_the_cap_frees_tokens_and_keeps_the_ledger(client, boss, alice):
    factories.make_call(alice, input_tokens=900, output_tokens=100)
    assert tokens_used_today(alice) == 1000
    do(client, "coach_user", "reset_daily_tokens", alice)
    alice.refresh_from_db()
    assert tokens_used_today(alice) == 0
    assert alice.llm_calls.get().input_tokens == 900
    factories.make_call(alice, input_tokens=1, output_tokens=1)
    assert tokens_used_today(alice) == 2


def test_who_may_only_look_gets_no_actions(client, alice):
    client.force_login(helper("view_reconciliation"))
    row = factories.make_reconciliation(
        factories.make_session(alice, ended=True), ask_state=AskState.FAILED, ask_failure="timeout"
    )
    do(client, "study_reconciliation", "retry", row)
    row.refresh_from_db()
    assert row.ask_state == AskState.FAILED


def test_who_may_operate_does_so_without_being_a_superuser(client, alice):
    client.force_login(helper("view_reconciliation", "change_reconciliation"))
    row = factories.make_reconciliation(
        factories.make_session(alice, ended=True), ask_state=AskState.FAILED, ask_failure="timeout"
    )
    do(client, "study_reconciliation", "retry", row)
    row.refresh_from_db()
    assert row.ask_state == AskState.PENDING


def test_only_a_superuser_gives_rights_or_touches_a_superuser(client, alice):
    boss = factories.make_user("boss", is_staff=True, is_superuser=True)
    someone = helper("view_user", "change_user")
    client.force_login(someone)
    own_page = reverse("admin:coach_user_change", args=[someone.pk])
    values = {"username": "helper", "time_zone": "UTC", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    assert client.post(own_page, values).status_code == 302
    someone.refresh_from_db()
    assert not someone.is_superuser
    assert client.post(reverse("admin:coach_user_change", args=[boss.pk]), values).status_code == 403
    password = {"password1": "taken-over-27", "password2": "taken-over-27"}
    assert client.post(reverse("admin:auth_user_password_change", args=[boss.pk]), password).status_code == 403
    do(client, "coach_user", "deactivate", boss)
    boss.refresh_from_db()
    assert boss.is_active


def test_only_a_superuser_touches_another_admin_or_a_group(client, alice):
    someone, other = helper("view_user", "change_user", "view_group", "change_group"), factories.make_user("other")
    User.objects.filter(pk=other.pk).update(is_staff=True)
    group = Group.objects.create(name="helpers")
    someone.groups.add(group)
    client.force_login(someone)
    password = {"password1": "taken-over-27", "password2": "taken-over-27", "usable_password": "true"}
    assert client.post(reverse("admin:auth_user_password_change", args=[other.pk]), password).status_code == 403
    assert client.post(reverse("admin:coach_user_change", args=[other.pk]), {"username": "o"}).status_code == 403
    rights = {"name": "helpers", "permissions": [one.pk for one in Permission.objects.all()]}
    assert client.post(reverse("admin:auth_group_change", args=[group.pk]), rights).status_code == 403
    assert not group.permissions.exists()
    assert client.post(reverse("admin:auth_user_password_change", args=[alice.pk]), password).status_code == 302


def test_an_admin_sets_a_forgotten_password(client, boss, alice):
    url = reverse("admin:auth_user_password_change", args=[alice.pk])
    assert client.post(url, {"password1": "quiet-desk-27", "password2": "quiet-desk-27"}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("quiet-desk-27")


def test_an_admin_adds_a_candidate(client, boss):
    values = {
        "username": "newcomer",
        "usable_password": "true",
        "password1": "quiet-desk-27",
        "password2": "quiet-desk-27",
    }
    assert client.post(reverse("admin:coach_user_add"), values).status_code == 302
    assert type(boss).objects.get(username="newcomer").check_password("quiet-desk-27")


@pytest.mark.parametrize("page", ["coach_user", "coach_recenttries", "llm_modes_llmcall"])
def test_a_search_for_more_than_any_name_has_finds_nobody_at_once(client, boss, alice, page):
    factories.make_user("sal")
    since = time.process_time()
    found = client.get(reverse(f"admin:{page}_changelist"), {"q": "\ufdfa" * 10_000})
    assert found.status_code == 200
    assert time.process_time() - since < 1
    assert found.context["cl"].result_count == 0
