from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coach", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="budget_reset_at",
            field=models.DateTimeField(
                blank=True, help_text="tokens used before do not count against the daily cap any more", null=True
            ),
        ),
    ]
