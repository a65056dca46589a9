from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("businesses", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sweep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("users_seen", models.PositiveBigIntegerField(default=0)),
                ("found", models.PositiveBigIntegerField(default=0)),
                ("completed", models.PositiveBigIntegerField(default=0)),
                ("drifted", models.PositiveBigIntegerField(default=0)),
                ("dry_run", models.BooleanField(default=False)),
                ("error", models.TextField(blank=True)),
            ],
            options={
                "ordering": ("started_at",),
                "get_latest_by": ("started_at",),
                "default_permissions": (),
            },
        ),
    ]
