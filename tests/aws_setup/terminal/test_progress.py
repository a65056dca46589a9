"""Changes, events and outputs as text."""

from datetime import UTC, datetime

from aws_setup.stack.changes import Change
from aws_setup.stack.events import StackEvent
from aws_setup.terminal.progress import format_changes, format_event, format_outputs


def change(action: str, logical_id: str, replacement: str) -> Change:
    return Change(
        action=action,
        logical_id=logical_id,
        physical_id="",
        resource_type="AWS::SSM::Parameter",
        replacement=replacement,
    )


def stack_event(status: str, reason: str = "") -> StackEvent:
    return StackEvent(
        event_id="1",
        at=datetime(2026, 11, 1, 9, 5, 7, tzinfo=UTC),
        stack_id="stack",
        logical_id="Api",
        physical_id="",
        resource_type="AWS::AppSync::GraphQLApi",
        status=status,
        reason=reason,
    )


def test_changes_are_a_table_that_says_what_is_replaced() -> None:
    changes = [
        change("Add", "A", ""),
        change("Modify", "LongName", "True"),
        change("Modify", "C", "Conditional"),
        change("Modify", "D", "False"),
        change("Dynamic", "E", "SomethingNew"),
    ]
    assert format_changes(changes).splitlines() == [
        "Action   Logical id  Type                 Replacement",
        "Add      A           AWS::SSM::Parameter",
        "Modify   LongName    AWS::SSM::Parameter  REPLACED",
        "Modify   C           AWS::SSM::Parameter  perhaps",
        "Modify   D           AWS::SSM::Parameter  no",
        "Dynamic  E           AWS::SSM::Parameter  SomethingNew",
    ]


def test_a_change_without_resources_is_said_so() -> None:
    assert "No resource changes" in format_changes([])


def test_an_event_is_one_line_with_its_reason() -> None:
    line = format_event(stack_event("CREATE_FAILED", "Quota\nreached"))
    assert line.startswith("09:05:07Z  CREATE_FAILED  ")
    assert line.endswith("  Api  AWS::AppSync::GraphQLApi  Quota reached")


def test_events_line_up_whatever_their_status() -> None:
    short = format_event(stack_event("CREATE_COMPLETE"))
    long = format_event(stack_event("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"))
    assert short.index("Api") == long.index("Api")
    assert not short.endswith(" ")


def test_outputs_are_a_table_by_key() -> None:
    outputs = {"UserPoolId": "pool", "GroupName": "businesses"}
    assert format_outputs(outputs) == "GroupName   businesses\nUserPoolId  pool"
