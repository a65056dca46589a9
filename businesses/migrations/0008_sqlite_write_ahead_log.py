from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def set_journal_mode(mode: str, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Set how a file of SQLite is written, which it remembers; other databases stay as they are.

    https://www.sqlite.org/wal.html
    """
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"PRAGMA journal_mode={mode}")


def forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Let staff read while somebody writes."""
    set_journal_mode("WAL", schema_editor)


def backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Return to SQLite's own default."""
    set_journal_mode("DELETE", schema_editor)


class Migration(migrations.Migration):
    atomic = False  # SQLite does not change the mode within a transaction

    dependencies = [
        ("businesses", "0007_move_history"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, elidable=False),
    ]
