from django.db import migrations

from coach.login_sessions import SessionStore, candidate_in

AT_ONCE = 1000


def name_candidates(apps, schema_editor):
    """Write beside every session whose it is. Read once, for the last time: from now on the column says it."""
    sessions, last = apps.get_model("coach", "LoginSession").objects, ""
    store = SessionStore()
    while rows := list(sessions.filter(candidate=None, pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = rows[-1].pk
        for row in rows:
            row.candidate_id = candidate_in(store.decode(row.session_data))
        sessions.bulk_update([row for row in rows if row.candidate_id], ["candidate"])


def forget_the_former_model(apps, schema_editor):
    """Django's own model of sessions has no page and no rights any more."""
    apps.get_model("contenttypes", "ContentType").objects.filter(app_label="sessions", model="session").delete()


class Migration(migrations.Migration):
    atomic = False  # no row is locked longer than its batch takes: people are signed in meanwhile

    dependencies = [
        ("coach", "0011_login_sessions"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(name_candidates, migrations.RunPython.noop),
        migrations.RunPython(forget_the_former_model, migrations.RunPython.noop),
    ]
