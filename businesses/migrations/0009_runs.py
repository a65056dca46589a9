import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

ACTIONS = [
    ("retry_begun", "retry begun"),
    ("retry_completed", "retry completed"),
    ("retry_failed", "retry failed"),
    ("retry_unrecorded", "retry not recorded"),
    ("not_retried", "not retried"),
    ("retry_not_made", "retry not made"),
    ("found_settled", "found settled"),
    ("dismissed", "dismissed"),
    ("reopened", "reopened"),
    ("not_changed", "not changed"),
    ("unconfirmed", "change not confirmed"),
    ("refreshed", "data taken from Cognito"),
    ("export_begun", "export begun"),
    ("exported", "export ended"),
    ("refused", "refused"),
    ("erased", "erased"),
    ("other", "other"),
]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("businesses", "0008_sqlite_write_ahead_log"),
    ]

    operations = [
        migrations.AddField(
            model_name="historyentry",
            name="run",
            field=models.UUIDField(db_index=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="historyentry",
            name="action",
            field=models.CharField(choices=ACTIONS, max_length=32),
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("action", models.CharField(max_length=32)),
                ("staff_name", models.CharField(max_length=150)),
                ("given_as_json", models.TextField(default="{}")),
                ("total", models.PositiveBigIntegerField()),
                ("is_counted", models.BooleanField(default=True)),
                ("left_as_json", models.TextField(blank=True)),
                ("position", models.TextField(blank=True)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("touched_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "staff",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["finished_at", "started_at"], name="runs_unfinished")
                ],
            },
        ),
    ]
