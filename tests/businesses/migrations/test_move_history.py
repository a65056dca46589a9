"""Django's log of our records moves into the history, and back."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from businesses.audit.history import Action, Staff, write_history
from businesses.models import Business, HistoryEntry, Onboarding
from tests.harness.counts import count
from tests.harness.examples import examples
from tests.processes import manage

MIGRATION: Any = import_module("businesses.migrations.0007_move_history")
AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
# SQLite alone stores a NUL in a text, so only there did Django's log have one.
LOGGED = st.characters(
    exclude_categories=["Cs"], exclude_characters="" if connection.vendor == "sqlite" else "\0"
)
pytestmark = pytest.mark.django_db


def move(*, back: bool = False) -> None:
    step = MIGRATION.move_back if back else MIGRATION.move
    step(apps, connection.schema_editor())


def log(model: Any, user: User, object_id: str, message: str, minute: int = 0) -> None:
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(model),
        object_id=object_id,
        object_repr="Ann Ltd",
        action_flag=CHANGE,
        change_message=message,
        action_time=AT + timedelta(minutes=minute),
    )


def entries() -> list[tuple[str, ...]]:
    """Return the history, without its times."""
    fields = ("staff_name", "action", "kind", "object_id", "message")
    return list(HistoryEntry.objects.order_by("at", "pk").values_list(*fields))


def test_our_lines_move_with_their_time_and_name_and_others_stay() -> None:
    sally = User.objects.create_user("sally")
    log(User, sally, "7", "Changed the password.")
    log(Business, sally, "b", "Looked at it.", 3)
    log(Onboarding, sally, "a", "Retry begun.", 2)
    log(Onboarding, sally, "a", "Without confirmation: Dismissed: A test (AWS ...)", 1)
    move()
    assert entries() == [
        (
            "sally",
            "dismissed",
            "onboarding",
            "a",
            "Without confirmation: Dismissed: A test (AWS ...)",
        ),
        ("sally", "retry_begun", "onboarding", "a", "Retry begun."),
        ("sally", "other", "business", "b", "Looked at it."),
    ]
    assert [each.at for each in HistoryEntry.objects.order_by("at")] == [
        AT + timedelta(minutes=minute) for minute in (1, 2, 3)
    ]
    assert [each.change_message for each in LogEntry.objects.all()] == ["Changed the password."]
    move()
    assert HistoryEntry.objects.count() == 3


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from([Onboarding, Business]),
            st.text(LOGGED, min_size=1, max_size=300),
            st.sampled_from([*MIGRATION.BEGINNINGS, "", "[", '[{"changed": {}}]']),
            st.text(LOGGED, max_size=50),
        ),
        max_size=6,
    )
)
def test_any_line_moves_and_comes_back_as_it_was(lines: list[Any]) -> None:
    LogEntry.objects.all().delete()
    user, _ = User.objects.get_or_create(username="sally")
    for minute, (model, object_id, beginning, rest) in enumerate(lines):
        log(model, user, object_id, f"{beginning} {rest}", minute)
    fields = ("action_time", "user_id", "content_type_id", "object_id", "change_message")
    before = list(LogEntry.objects.order_by("action_time").values_list(*fields))
    move()
    assert not LogEntry.objects.exists()
    assert [(each[3], each[4]) for each in entries()] == [(each[3], each[4]) for each in before]
    move(back=True)
    assert list(LogEntry.objects.order_by("action_time").values_list(*fields)) == before
    assert not HistoryEntry.objects.exists()
    count("lines of Django's log moved and moved back", len(lines))


def test_more_lines_than_one_batch_move(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MIGRATION, "AT_ONCE", 2)
    sally = User.objects.create_user("sally")
    for minute in range(5):
        log(Onboarding, sally, f"sub-{minute}", "Reopened.", minute)
    move()
    assert [each[3] for each in entries()] == [f"sub-{minute}" for minute in range(5)]
    move(back=True)
    assert LogEntry.objects.count() == 5


def test_entries_of_deleted_accounts_are_not_thrown_away_on_the_way_back() -> None:
    sally = User.objects.create_user("sally")
    write_history(Staff(sally.pk, "sally"), Action.REOPENED, ["a"], "Reopened.")
    write_history(Staff(None, "forget_person"), Action.ERASED, ["b"], "Erasure begun.")
    before = entries()
    with pytest.raises(RuntimeError, match="1 entries of the history are of staff accounts"):
        move(back=True)
    assert entries() == before
    assert not LogEntry.objects.exists()


def test_the_site_can_go_back_before_the_history_and_forth_again(tmp_path: Path) -> None:
    site = {"DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    for target in ((), ("businesses", "0003_onboarding"), ()):
        done = manage("migrate", *target, variables=site)
        assert done.returncode == 0, done.stderr
