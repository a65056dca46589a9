from collections.abc import Iterator
from typing import Any

from django.apps.registry import Apps
from django.contrib.admin.models import CHANGE
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

AT_ONCE = 500
KINDS = ("onboarding", "business")
# How the messages of each action began when Django's own log held them.
BEGINNINGS = {
    "Retry begun.": "retry_begun",
    "Retry completed.": "retry_completed",
    "Retry failed.": "retry_failed",
    "Retry made, but": "retry_unrecorded",
    "No retry was made.": "not_retried",
    "Retry not made.": "not_retried",
    "Dismissed:": "dismissed",
    "Reopened.": "reopened",
    "Took from Cognito:": "refreshed",
}


def action_of(message: str) -> str:
    """Return the action that a message of Django's log tells of."""
    message = message.removeprefix("Without confirmation: ")
    found = (action for words, action in BEGINNINGS.items() if message.startswith(words))
    return next(found, "other")


def move(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Move what Django's log holds about our records, which goes with the staff accounts there.

    Its `object_repr` may name a person, and is left behind.
    """
    using = schema_editor.connection.alias
    entries = apps.get_model("businesses", "HistoryEntry").objects.using(using)
    log = apps.get_model("admin", "LogEntry").objects.using(using)
    ours = log.filter(content_type__app_label="businesses", content_type__model__in=KINDS)
    lines = ours.select_related("user", "content_type").order_by("action_time", "pk")
    for batch in batches(lines):
        entries.bulk_create(
            entries.model(
                at=line.action_time,
                staff_id=line.user_id,
                staff_name=line.user.username,
                action=action_of(line.change_message),
                kind=line.content_type.model,
                object_id=line.object_id or "",
                message=line.change_message,
            )
            for line in batch
        )
        log.filter(pk__in=[line.pk for line in batch]).delete()


def move_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Move everything back to Django's log, which holds nothing without a staff account."""
    using = schema_editor.connection.alias
    entries = apps.get_model("businesses", "HistoryEntry").objects.using(using)
    log = apps.get_model("admin", "LogEntry").objects.using(using)
    content_types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    if homeless := entries.filter(staff=None).count():
        raise RuntimeError(
            f"{homeless} entries of the history are of staff accounts that were deleted, or of "
            "commands. The earlier version of the site has no place for them, so nothing was "
            "moved. Save them with `manage.py dumpdata businesses.HistoryEntry`, delete them from "
            "the table businesses_historyentry, then migrate again."
        )
    of_kind = {
        kind: content_types.get_or_create(app_label="businesses", model=kind)[0] for kind in KINDS
    }
    for batch in batches(entries.order_by("at", "pk")):
        log.bulk_create(
            log.model(
                action_time=line.at,
                user_id=line.staff_id,
                content_type=of_kind[line.kind],
                object_id=line.object_id,
                object_repr=line.object_id[:200],
                action_flag=CHANGE,
                change_message=line.message,
            )
            for line in batch
        )
        entries.filter(pk__in=[line.pk for line in batch]).delete()


def batches(lines: Any) -> Iterator[list[Any]]:
    """Yield the first rows of a queryset until none are left; each batch must be deleted."""
    while batch := list(lines[:AT_ONCE]):
        yield batch


class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("businesses", "0006_history"),
    ]

    operations = [
        migrations.RunPython(move, move_back),
    ]
