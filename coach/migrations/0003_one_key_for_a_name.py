import sys

from django.db import migrations
from django.db.models import Count

import coach.user_names
from coach.user_names import NUMBER_SIGN, name_key

BATCH = 1000


def compute_keys(apps, schema_editor):
    """Give every account its key. Where two of release 0.1 have one, the later one's gets a number, and it is said."""
    User = apps.get_model("coach", "User")
    batch = []
    for user in User.objects.only("pk", "username").order_by("pk").iterator(chunk_size=BATCH):
        user.name_key = name_key(user.username)
        batch.append(user)
        if len(batch) == BATCH:
            User.objects.bulk_update(batch, ["name_key"])
            batch = []
    User.objects.bulk_update(batch, ["name_key"])
    shared = User.objects.values("name_key").annotate(accounts=Count("pk")).filter(accounts__gt=1)
    for key in list(shared.values_list("name_key", flat=True)):
        first, *others = User.objects.filter(name_key=key).order_by("date_joined", "pk")
        for number, user in enumerate(others, start=2):
            user.name_key = f"{key}{NUMBER_SIGN}{number}"
        User.objects.bulk_update(others, ["name_key"])
        sys.stderr.write(sentence(first, others))


def sentence(first, others):
    """What whoever runs the place has to know about accounts that share a key."""
    named = ", ".join(f"'{user.username}' (id {user.pk})" for user in (first, *others))
    return (
        f"These user names read the same, and each has an account: {named}. Nobody is locked out: each signs in by the "
        f"exact spelling above, and any other spelling means '{first.username}', who joined first. Rename all but one "
        "of them in the admin under Users, and tell those candidates their new names.\n"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("coach", "0002_let_the_token_cap_be_reset"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="name_key",
            field=coach.user_names.NameKeyField(blank=True, editable=False, max_length=3000, null=True),
        ),
        migrations.RunPython(compute_keys, migrations.RunPython.noop, elidable=False),
        migrations.AlterField(
            model_name="user",
            name="name_key",
            field=coach.user_names.NameKeyField(blank=True, editable=False, max_length=3000, unique=True),
        ),
        migrations.RemoveConstraint(
            model_name="user",
            name="user_name_unique",
        ),
        migrations.AlterField(
            model_name="user",
            name="username",
            field=coach.user_names.UserNameField(
                error_messages={"unique": "This user name is taken."},
                help_text="Letters of any script, digits and @\u00a0.\u00a0+\u00a0-\u00a0_",
                max_length=150,
                unique=True,
                validators=[coach.user_names.validate_user_name],
                verbose_name="user name",
            ),
        ),
    ]
