"""`python -m tests.bench.bare fill` makes the rows and prints a session's key; `serve` serves the view."""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.bare.settings"


def fill() -> str:
    """Make the tables, one candidate with five topics and ten sessions, and a login session. Returns its key."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from tests.bench.bare.models import Session, Topic

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as tables:
        tables.create_model(Topic)
        tables.create_model(Session)
    user = User.objects.create_user("someone")
    for number in range(1, 6):
        topic = Topic.objects.create(user=user, name=f"Topic {number}")
        Session.objects.bulk_create([Session(user=user, topic=topic) for _ in range(2)])
    client = Client()
    client.force_login(user)
    return str(client.session.session_key)


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        print(fill())
    else:
        from coach.running import web_server

        web_server.main("tests.bench.bare.asgi:application")
