"""Changes, events and outputs as text."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from aws_setup.stack.events import StackEvent
from aws_setup.terminal.progress import (
    OperationProgress,
    format_count,
    format_event,
    format_outputs,
)
from tests.harness.counts import count


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


@given(done=st.integers(0, 5_000), total=st.integers(0, 5_000))
def test_no_more_are_told_to_be_done_than_there_are(done: int, total: int) -> None:
    told = [int(each.replace(",", "")) for each in format_count(done, total).split(" of ")]
    assert told == ([done, max(done, total)] if total else [done])
    count("lines of progress")


@given(names=st.lists(st.sampled_from("ABCDEFGH"), max_size=20), total=st.integers(1, 5))
def test_an_operation_never_does_more_than_there_is(names: list[str], total: int) -> None:
    operation = OperationProgress(total)
    done = set[str]()
    for name in names:
        operation.add(replace(stack_event("CREATE_COMPLETE"), logical_id=name), seconds=0)
        done.add(name)
        found = re.search(r"(\d+) of (\d+) done", operation.summary(seconds=1))
        assert found
        assert len(done) == int(found[1]) <= int(found[2])
    count("lines of progress", len(names))
