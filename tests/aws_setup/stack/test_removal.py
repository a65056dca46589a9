"""StackRemoval in states that the embedded AWS never is in."""

from collections.abc import Iterator
from typing import Any

import pytest

from aws_setup.exceptions import AwsSetupError, DeployUnfinished, RemovalFailed, StackBusy
from aws_setup.stack.removal import StackRemoval
from aws_setup.stack.states import describe_stack
from tests.aws_setup.cloudformation_stub import (
    STACK,
    FakeTime,
    Script,
    client_of,
    event,
    events,
    stack,
)

STATES = {
    "CREATE_IN_PROGRESS": StackBusy,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": StackBusy,
    "UPDATE_ROLLBACK_IN_PROGRESS": StackBusy,
    "REVIEW_IN_PROGRESS": None,
    "CREATE_COMPLETE": None,
    "CREATE_FAILED": None,
    "ROLLBACK_COMPLETE": None,
    "ROLLBACK_FAILED": None,
    "UPDATE_FAILED": None,
    "UPDATE_ROLLBACK_COMPLETE": None,
    "UPDATE_ROLLBACK_FAILED": None,
    "IMPORT_COMPLETE": None,
    "IMPORT_ROLLBACK_FAILED": None,
    "DELETE_FAILED": None,
}


@pytest.fixture
def client(script: Script) -> Iterator[Any]:
    with client_of(script) as client:
        yield client


def removal(script: Script, client: Any, status: str, time: FakeTime, **more: Any) -> StackRemoval:
    script.on("DescribeStacks", stack(status, **more))
    script.on("DeleteStack", {})
    found = describe_stack(client, STACK)
    assert found is not None
    return StackRemoval(client, found, poll_interval=time.poll_interval(limit_seconds=600))


@pytest.mark.parametrize(("status", "refused"), STATES.items())
def test_a_stack_at_rest_is_removed_and_one_at_work_is_left_alone(
    script: Script,
    client: Any,
    fake_time: FakeTime,
    status: str,
    refused: type[AwsSetupError] | None,
) -> None:
    script.on("DescribeStackEvents", events(), events(event("DELETE_COMPLETE")))
    if refused:
        with pytest.raises(refused, match=rf"{STACK} in .* is {status}.*Nothing was") as caught:
            removal(script, client, status, fake_time)
        assert caught.value.hint == "Wait until it is over, then run it again."
    else:
        list(removal(script, client, status, fake_time).start())
    assert len(script.called("DeleteStack")) == (0 if refused else 1)


def test_termination_protection_is_respected_and_its_mend_told(
    script: Script, client: Any, fake_time: FakeTime
) -> None:
    with pytest.raises(RemovalFailed, match="Nothing was changed") as caught:
        removal(script, client, "CREATE_COMPLETE", fake_time, EnableTerminationProtection="true")
    assert "--no-enable-termination-protection" in caught.value.hint


def test_a_deletion_that_fails_tells_the_first_cause_and_that_a_second_run_goes_on(
    script: Script, client: Any, fake_time: FakeTime
) -> None:
    failed = event("DELETE_FAILED", "Role", ResourceStatusReason="Has policies")
    script.on("DescribeStackEvents", events(), events(event("DELETE_FAILED"), failed))
    with pytest.raises(RemovalFailed, match=r"Role .* is DELETE_FAILED: Has policies") as caught:
        list(removal(script, client, "CREATE_COMPLETE", fake_time).start())
    assert "the tables and the people in the user pool are untouched" in str(caught.value)
    assert caught.value.hint.startswith("Fix what the reason names. Then run")
    assert "destroy_backend` again" in caught.value.hint


def test_a_known_cause_of_a_failed_deletion_comes_with_its_mend(
    script: Script, client: Any, fake_time: FakeTime
) -> None:
    reason = "Cannot delete a policy attached to entities. (Service: Iam, Status Code: 409)"
    failed = event("DELETE_FAILED", "SitePolicy", ResourceStatusReason=reason)
    script.on("DescribeStackEvents", events(), events(event("DELETE_FAILED"), failed))
    with pytest.raises(RemovalFailed) as caught:
        list(removal(script, client, "CREATE_COMPLETE", fake_time).start())
    assert "`aws iam list-entities-for-policy" in caught.value.hint


def test_a_deletion_that_runs_is_watched_and_not_started_again(
    script: Script, client: Any, fake_time: FakeTime
) -> None:
    earlier = event("CREATE_COMPLETE")
    running = [event("DELETE_COMPLETE", "Api"), event("DELETE_IN_PROGRESS"), earlier]
    script.on("DescribeStackEvents", events(*running), events(event("DELETE_COMPLETE"), *running))
    found = removal(script, client, "DELETE_IN_PROGRESS", fake_time)
    assert found.is_running
    said = [(each.logical_id, each.status) for each in found.start()]
    assert said == [
        (STACK, "DELETE_IN_PROGRESS"),
        ("Api", "DELETE_COMPLETE"),
        (STACK, "DELETE_COMPLETE"),
    ]
    assert script.called("DeleteStack") == []


def test_a_deletion_without_end_is_left_to_cloudformation(
    script: Script, client: Any, fake_time: FakeTime
) -> None:
    script.on("DescribeStackEvents", events(), events(event("DELETE_IN_PROGRESS")))
    with pytest.raises(DeployUnfinished, match="is still deleting onboarding after 10 minutes"):
        list(removal(script, client, "CREATE_COMPLETE", fake_time).start())


def test_what_was_rolled_back_is_found_in_the_events(
    script: Script, client: Any, fake_time: FakeTime
) -> None:
    newest_first = [
        event("ROLLBACK_COMPLETE"),
        event("DELETE_COMPLETE", "Function", PhysicalResourceId="function-2"),
        event("CREATE_COMPLETE", "Function", PhysicalResourceId="function-2"),
        event("CREATE_IN_PROGRESS", "Function", PhysicalResourceId=""),
    ]
    script.on("DescribeStackEvents", events(*newest_first))
    found = removal(script, client, "ROLLBACK_COMPLETE", fake_time)
    assert found.physical_id("Function") == "function-2"
    assert found.physical_id("Pool") == ""
