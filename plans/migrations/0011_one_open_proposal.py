"""At most one proposal of a candidate waits for a decision: the newest; older ones count as replaced by it."""

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q


def close_the_older(apps, schema_editor):
    """Of each candidate's open proposals, leave the newest open."""
    proposals = apps.get_model("plans", "PlanProposal").objects.using(schema_editor.connection.alias)
    newer = proposals.filter(user=OuterRef("user"), status="open", pk__gt=OuterRef("pk"))
    older = proposals.filter(Exists(newer), status="open").values_list("pk", flat=True)
    proposals.filter(pk__in=list(older)).update(status="superseded")


class Migration(migrations.Migration):
    dependencies = [("plans", "0010_what_marks_show")]

    operations = [
        migrations.RunPython(close_the_older, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint(model_name="planproposal", name="one_open_proposal_per_source"),
        migrations.AddConstraint(
            model_name="planproposal",
            constraint=models.UniqueConstraint(fields=["user"], condition=Q(status="open"), name="one_open_proposal"),
        ),
    ]
