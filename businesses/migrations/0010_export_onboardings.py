from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RETRY = ("retry_onboarding", "Can retry and dismiss stuck onboardings")
EXPORT = ("export_onboarding", "Can export onboardings")


def grant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let Support export onboardings. Viewer, and groups made by hand, may not.

    Django creates permissions only once all migrations have run, and leaves alone those that it
    finds then. A group that was removed or renamed meanwhile is not made again.
    """
    using = schema_editor.connection.alias
    content_types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    groups = apps.get_model("auth", "Group").objects.using(using)
    codename, name = EXPORT
    content_type, _ = content_types.get_or_create(app_label="businesses", model="onboarding")
    permission, _ = permissions.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    for group in groups.filter(name="Support"):
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("businesses", "0009_runs"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="onboarding",
            options={
                "verbose_name": "stuck onboarding",
                "permissions": (RETRY, EXPORT),
                "managed": False,
                "default_permissions": ("view",),
                "base_manager_name": "objects",
            },
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
