from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("businesses", "0003_onboarding"),
    ]

    operations = [
        migrations.AddField(
            model_name="sweep",
            name="stack",
            field=models.CharField(blank=True, default="", max_length=128),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="sweep",
            name="region",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="sweep",
            name="runner",
            field=models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="sweep",
            name="leased_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="sweep",
            constraint=models.UniqueConstraint(
                condition=models.Q(finished_at__isnull=True, stack__gt=""),
                fields=("stack", "region"),
                name="one_running_sweep_of_a_stack",
            ),
        ),
    ]
