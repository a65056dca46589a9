import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

KINDS = [("onboarding", "stuck onboarding"), ("business", "business")]
ACTIONS = [
    ("retry_begun", "retry begun"),
    ("retry_completed", "retry completed"),
    ("retry_failed", "retry failed"),
    ("retry_unrecorded", "retry not recorded"),
    ("not_retried", "not retried"),
    ("dismissed", "dismissed"),
    ("reopened", "reopened"),
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
        ("businesses", "0005_export_permission"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoryEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="time"),
                ),
                ("staff_name", models.CharField(max_length=150, verbose_name="staff")),
                ("action", models.CharField(choices=ACTIONS, max_length=32)),
                ("kind", models.CharField(choices=KINDS, max_length=16, verbose_name="about")),
                (
                    "object_id",
                    models.CharField(blank=True, max_length=2048, verbose_name="sub or ID"),
                ),
                ("message", models.TextField(blank=True)),
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
                "verbose_name": "history entry",
                "verbose_name_plural": "history",
                "ordering": ("at", "pk"),
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["kind", "object_id", "at"], name="history_of_one"),
                    models.Index(fields=["at"], name="history_by_time"),
                ],
            },
        ),
    ]
