from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("businesses", "0010_export_onboardings"),
    ]

    operations = [
        migrations.CreateModel(
            name="RetryTurns",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("turns_as_json", models.TextField()),
            ],
            options={"default_permissions": ()},
        ),
    ]
