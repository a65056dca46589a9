from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

GROUPS = ("Viewer", "Support")


def create_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the staff groups with view permission; what exists is left as it is.

    Django creates content types and permissions only once all migrations have run, and leaves
    alone those that it finds then. So the groups' permission is created here.
    """
    using = schema_editor.connection.alias
    content_types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    groups = apps.get_model("auth", "Group").objects.using(using)
    content_type, _ = content_types.get_or_create(app_label="businesses", model="business")
    permission, _ = permissions.get_or_create(
        content_type=content_type,
        codename="view_business",
        defaults={"name": "Can view business"},
    )
    for name in GROUPS:
        group, _ = groups.get_or_create(name=name)
        group.permissions.add(permission)


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [
        migrations.CreateModel(
            name="Business",
            fields=[
                (
                    "id",
                    models.CharField(
                        max_length=2048, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=2048)),
                ("email", models.CharField(max_length=2048, verbose_name="e-mail")),
                (
                    "group_name",
                    models.CharField(max_length=128, verbose_name="group signed up for"),
                ),
                ("owner", models.CharField(max_length=2048)),
                ("created_at", models.DateTimeField(null=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(null=True, verbose_name="updated")),
            ],
            options={
                "verbose_name": "business",
                "verbose_name_plural": "businesses",
                "managed": False,
                "default_permissions": ("view",),
                "base_manager_name": "objects",
            },
        ),
        # The groups may have members: going back leaves them.
        migrations.RunPython(create_groups, migrations.RunPython.noop),
    ]
