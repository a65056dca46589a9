from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

VIEW = ("view_onboarding", "Can view stuck onboarding")
RETRY = ("retry_onboarding", "Can retry and dismiss stuck onboardings")
GRANTED = {"Viewer": (VIEW,), "Support": (VIEW, RETRY)}


def grant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let Viewer see stuck onboardings, and Support retry them too.

    Django creates permissions only once all migrations have run, and leaves alone those that it
    finds then. A group that was removed or renamed meanwhile is not made again.
    """
    using = schema_editor.connection.alias
    content_types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    groups = apps.get_model("auth", "Group").objects.using(using)
    content_type, _ = content_types.get_or_create(app_label="businesses", model="onboarding")
    for group_name, granted in GRANTED.items():
        for codename, name in granted:
            permission, _ = permissions.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": name}
            )
            for group in groups.filter(name=group_name):
                group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("businesses", "0002_sweep"),
    ]

    operations = [
        migrations.CreateModel(
            name="Onboarding",
            fields=[
                ("sub", models.CharField(max_length=2048, primary_key=True, serialize=False)),
                ("email", models.CharField(max_length=2048, verbose_name="e-mail")),
                ("name", models.CharField(max_length=2048)),
                ("group_name", models.CharField(max_length=128, verbose_name="group")),
                ("username", models.CharField(max_length=128)),
                ("status", models.CharField(max_length=16)),
                ("source", models.CharField(max_length=16)),
            ],
            options={
                "verbose_name": "stuck onboarding",
                "permissions": (("retry_onboarding", "Can retry and dismiss stuck onboardings"),),
                "managed": False,
                "default_permissions": ("view",),
                "base_manager_name": "objects",
            },
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
