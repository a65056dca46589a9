"""Following a change set that runs, and what it ends in."""

from collections.abc import Callable
from typing import Any

import pytest

from aws_setup.exceptions import (
    DeployFailed,
    DeployUnfinished,
)
from aws_setup.stack.change_sets import ChangeSets
from aws_setup.stack.stack import StackDeployer
from aws_setup.stack.states import WATCH
from tests.aws_setup.cloudformation_stub import (
    FakeTime,
    Script,
    event,
    events,
    script_an_update,
    stack,
)

Run = Callable[..., list[str]]


@pytest.fixture
def run(script: Script, change_sets: ChangeSets, deployer: StackDeployer) -> Run:
    """Execute a change set while CloudFormation answers with these pages of events."""

    def execute(*pages: dict[str, Any]) -> list[str]:
        script_an_update(script)
        script.on("DescribeStackEvents", *pages)
        change_set = change_sets.plan("{}", {})
        return [f"{each.logical_id} {each.status}" for each in deployer.execute(change_set)]

    return execute


def test_events_of_before_the_execution_are_left_out(script: Script, run: Run) -> None:
    old = event("UPDATE_COMPLETE")
    seen = run(events(old), events(event("UPDATE_COMPLETE"), old))
    assert seen == ["onboarding UPDATE_COMPLETE"]
    actions = [call["Action"] for call in script.calls]
    assert actions.index("DescribeStackEvents") < actions.index("ExecuteChangeSet")


def test_events_are_read_over_pages_oldest_first_and_once_each(script: Script, run: Run) -> None:
    old, a, b = event("UPDATE_COMPLETE"), event("UPDATE_COMPLETE", "A"), event("CREATE_FAILED", "B")
    c, end = event("UPDATE_COMPLETE", "C"), event("UPDATE_COMPLETE")
    seen = run(
        events(old),
        events(a, old),
        events(c, b, NextToken="2"),
        events(a, old, NextToken="3"),
        events(end, c, b, NextToken="2"),
    )
    assert seen == [
        "A UPDATE_COMPLETE",
        "B CREATE_FAILED",
        "C UPDATE_COMPLETE",
        "onboarding UPDATE_COMPLETE",
    ]
    assert all(call.get("NextToken") != "3" for call in script.calls)


def test_cleaning_up_and_a_nested_stacks_end_are_not_the_end(run: Run) -> None:
    nested = event("UPDATE_COMPLETE", "Nested", ResourceType="AWS::CloudFormation::Stack")
    cleanup = event("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    late, end = event("DELETE_COMPLETE", "Old"), event("UPDATE_COMPLETE")
    seen = run(
        events(),
        events(cleanup, nested),
        events(late, cleanup, nested),
        events(end, late, cleanup, nested),
    )
    assert seen[-2:] == ["Old DELETE_COMPLETE", "onboarding UPDATE_COMPLETE"]


def test_the_wait_for_the_end_is_bounded(run: Run, fake_time: FakeTime) -> None:
    with pytest.raises(DeployUnfinished, match="after 10 minutes and goes on by itself"):
        run(events(), events(event("UPDATE_IN_PROGRESS")))
    assert 600 <= fake_time.now < 604
    assert max(fake_time.pauses) == 3.0


def test_a_wait_that_sees_no_event_at_all_is_bounded_too(run: Run) -> None:
    with pytest.raises(DeployUnfinished):
        run(events())


def test_the_first_failure_is_the_cause_and_cancelled_resources_are_not(run: Run) -> None:
    cancelled = (
        event("CREATE_FAILED", "A", ResourceStatusReason="Resource creation cancelled"),
        event("UPDATE_FAILED", "B", ResourceStatusReason="Resource update cancelled"),
    )
    first = event("CREATE_FAILED", "C", ResourceStatusReason="Quota reached")
    second = event("CREATE_FAILED", "D", ResourceStatusReason="C is missing")
    end = event("UPDATE_ROLLBACK_COMPLETE")
    page = events(end, second, first, *cancelled)
    with pytest.raises(DeployFailed, match="Quota reached") as caught:
        run(events(), page)
    assert "missing" not in str(caught.value)
    assert "it is back in the state before the update" in str(caught.value)


def test_an_update_that_somebody_cancelled_gives_the_stacks_own_reason(run: Run) -> None:
    page = events(
        event("UPDATE_ROLLBACK_COMPLETE"),
        event("UPDATE_ROLLBACK_IN_PROGRESS", ResourceStatusReason="Cancelled by the operator"),
        event("UPDATE_IN_PROGRESS", ResourceStatusReason="User Initiated"),
    )
    with pytest.raises(DeployFailed, match="The operation was stopped: Cancelled by the operator"):
        run(events(), page)


def test_a_stack_that_was_deleted_under_us_is_a_failure(run: Run) -> None:
    page = events(event("DELETE_COMPLETE", ResourceStatusReason="gone"))
    with pytest.raises(DeployFailed, match="stopped: gone"):
        run(events(), page)


@pytest.mark.parametrize("has_ended", [False, True], ids=["that still runs", "that has just ended"])
def test_only_the_newest_operation_is_watched(
    script: Script, deployer: StackDeployer, has_ended: bool
) -> None:
    old, older = event("UPDATE_ROLLBACK_FAILED"), event("UPDATE_FAILED", "Old")
    a, start = event("UPDATE_IN_PROGRESS", "A"), event("UPDATE_ROLLBACK_IN_PROGRESS")
    end = event("UPDATE_ROLLBACK_COMPLETE")
    first = [*([end] if has_ended else []), a, start]
    script.on("DescribeStacks", stack("UPDATE_ROLLBACK_IN_PROGRESS"))
    script.on(
        "DescribeStackEvents",
        events(*first, NextToken="2"),
        events(old, older, NextToken="3"),
        events(*first, NextToken="2"),
        events(old, older, NextToken="3"),
        events(end, a, start, old),
    )
    assert [each.status for each in deployer.recover(WATCH)] == [
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    assert all(call.get("NextToken") != "3" for call in script.calls)
