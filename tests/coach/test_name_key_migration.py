"""Accounts of release 0.1 get their keys, also those that read the same."""

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse

from coach.models import User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
OLD = [("coach", "0002_let_the_token_cap_be_reset")]


@pytest.fixture
def migrated():
    """Runs the migrations from release 0.1 on, with these user names in the database (and a failed sign-in)."""

    def run(*names):
        executor = MigrationExecutor(connection)
        executor.migrate(OLD)
        apps = executor.loader.project_state(OLD).apps
        password = make_password(PASSWORD)
        old = apps.get_model("coach", "User")
        old.objects.bulk_create(old(username=name, password=password) for name in names)
        apps.get_model("coach", "SignInFailure").objects.create(username="my-secret")
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())

    yield run
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def signs_in(name):
    client = Client()
    assert client.post(reverse("login"), {"username": name, "password": PASSWORD}).status_code == 302
    return User.objects.get(pk=client.session["_auth_user_id"]).username


def test_every_account_gets_its_key_and_typed_failures_are_gone(migrated, capfd):
    migrated("Alice", "ΣΊΣΥΦΟΣ", *(f"n{number}" for number in range(1100)))
    assert User.objects.exclude(name_key="").count() == 1102
    assert User.objects.get(username="ΣΊΣΥΦΟΣ").name_key == "σίσυφοσ".replace("ί", "í")
    assert signs_in("ALICE") == "Alice"
    assert "coach_signinfailure" not in connection.introspection.table_names()
    assert "read the same" not in capfd.readouterr().err


def test_names_that_read_the_same_are_told_nobody_is_locked_out_and_either_can_be_renamed(migrated, client, capfd):
    migrated("vic", "vıc", "bob")
    said = capfd.readouterr().err
    for user in User.objects.exclude(username="bob"):
        assert f"'{user.username}' (id {user.pk})" in said
    assert "Rename all but one" in said
    assert [signs_in(name) for name in ("vic", "vıc", "VIC", "bob")] == ["vic", "vıc", "vic", "bob"]
    for stored in ("vic#2", "ｖıc＃2"):
        assert Client().post(reverse("login"), {"username": stored, "password": PASSWORD}).status_code == 422

    later = User.objects.get(username="vıc")
    later.save()
    User.objects.create_superuser("boss")
    client.force_login(User.objects.get(username="boss"))
    page = reverse("admin:coach_user_change", args=[later.pk])
    values = {"time_zone": "UTC", "is_active": "on"}
    assert client.post(page, {**values, "username": "vıc"}).status_code == 302
    assert client.post(page, {**values, "username": "Vic2"}).status_code == 302
    later.refresh_from_db()
    assert later.name_key == "vic2"
    assert [signs_in(name) for name in ("vic", "vıc", "VIC2")] == ["vic", "vic", "Vic2"]
