"""`manage.py deploy_backend` and the states that a stack may be in."""

from typing import Any

import pytest

from aws_setup.exceptions import DeployFailed, StackNotReady
from aws_setup.stack.states import UPDATABLE
from tests.aws_setup.cloudformation_stub import (
    AT_REST,
    NOT_THERE,
    OUTPUTS,
    STACK_ID,
    Refusal,
    Script,
    event,
    events,
    script_an_update,
    stack,
)
from tests.aws_setup.operator import Operator, Terminal
from tests.aws_setup.stack.test_change_sets import STATUSES

NEEDS_NOTHING = UPDATABLE | {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}


def script_a_stack(script: Script, status: str, *events_of_it: dict[str, Any]) -> None:
    """Let the stack be in this state; what is done about it leads to one at rest."""
    script_an_update(script)
    script.on("DescribeStacks", stack(status), stack(status), AT_REST)
    updated = events(event("UPDATE_COMPLETE"), *events_of_it[-1]["StackEvents"])
    script.on("DescribeStackEvents", *events_of_it, events_of_it[-1], updated)


@pytest.mark.parametrize("status", sorted(set(STATUSES) - NEEDS_NOTHING))
def test_every_state_that_takes_no_update_is_met_with_what_it_means_and_the_mend(
    script: Script, operator: Operator, status: str
) -> None:
    script.on("DescribeStacks", stack(status))
    for dry_run in (True, False):
        with pytest.raises(StackNotReady) as caught:
            operator.deploy(dry_run=dry_run, yes=False, stdin=Terminal("n\n"))
        said, hint = str(caught.value), caught.value.hint
        assert f"is {status}: " in said
        assert said.endswith("Nothing was changed.")
        assert hint.startswith(("Wait until", "Run it again", "Delete the stack", "Fix", "Look"))
    assert {call["Action"] for call in script.calls} == {"GetCallerIdentity", "DescribeStacks"}


@pytest.mark.parametrize(
    ("status", "question", "done"),
    [
        (
            "UPDATE_ROLLBACK_FAILED",
            "Continue the rollback, and then go on?",
            ("ContinueUpdateRollback", "UPDATE_ROLLBACK_COMPLETE"),
        ),
        (
            "UPDATE_FAILED",
            "Roll the failed update back, and then go on?",
            ("RollbackStack", "UPDATE_ROLLBACK_COMPLETE"),
        ),
        (
            "ROLLBACK_COMPLETE",
            "Delete the empty stack and create it again?",
            ("DeleteStack", "DELETE_COMPLETE"),
        ),
    ],
)
def test_a_stuck_stack_is_mended_when_the_operator_agrees_and_then_deployed(
    script: Script, operator: Operator, status: str, question: str, done: tuple[str, str]
) -> None:
    action, end = done
    old = event(status)
    script_a_stack(script, status, events(old), events(event(end), old))
    script.on(action, {})
    operator.deploy(yes=False, stdin=Terminal("y\ny\n"))
    said = operator.said
    assert f"{question} [y/N] " in said
    assert f"{end} " in said
    assert status not in said.partition(question)[2]
    assert [call["StackName"] for call in script.called(action)] == [STACK_ID]
    assert "GroupName  businesses" in said


def test_a_rollback_that_fails_again_tells_the_cause_and_how_to_pass_it_over(
    script: Script, operator: Operator
) -> None:
    again = events(
        event("UPDATE_ROLLBACK_FAILED"),
        event("UPDATE_FAILED", "Table", ResourceStatusReason="Table not found"),
    )
    script_a_stack(script, "UPDATE_ROLLBACK_FAILED", events(), again)
    script.on("ContinueUpdateRollback", {})
    with pytest.raises(DeployFailed) as caught:
        operator.deploy()
    assert caught.value.cause == "Table (AWS::SSM::Parameter) is UPDATE_FAILED: Table not found"
    assert "continue-update-rollback --resources-to-skip LOGICAL_ID" in caught.value.hint
    assert script.called("CreateChangeSet") == []


def test_what_somebody_else_runs_is_watched_to_its_end_and_then_the_plan_is_made(
    script: Script, operator: Operator
) -> None:
    earlier = [event("UPDATE_COMPLETE"), event("UPDATE_COMPLETE", "Earlier")]
    running = [event("UPDATE_IN_PROGRESS", "Theirs"), event("UPDATE_IN_PROGRESS"), *earlier]
    script_a_stack(
        script,
        "UPDATE_IN_PROGRESS",
        events(*running),
        events(*running),
        events(event("UPDATE_ROLLBACK_COMPLETE"), *running),
    )
    operator.deploy(yes=False, stdin=Terminal("y\ny\n"))
    said = operator.said
    assert "somebody else is deploying, or an earlier run is still going on" in said
    assert "Watch the running operation until it ends, and then go on? [y/N] " in said
    assert "Theirs" in said
    assert "Earlier" not in said
    assert "Deploy these changes?" in said.partition("UPDATE_ROLLBACK_COMPLETE")[2]


def test_a_stack_that_is_being_deleted_is_created_anew_after_that(
    script: Script, operator: Operator
) -> None:
    deleting = event("DELETE_IN_PROGRESS")
    gone = events(event("DELETE_COMPLETE"), deleting)
    script_a_stack(script, "DELETE_IN_PROGRESS", events(deleting), gone)
    absent = Refusal("ValidationError", NOT_THERE)
    script.on("GetResources", {"ResourceTagMappingList": []})
    script.on("DescribeStacks", *[stack("DELETE_IN_PROGRESS")] * 2, absent, AT_REST)
    operator.deploy()
    assert [call["ChangeSetType"] for call in script.called("CreateChangeSet")] == ["CREATE"]


def resources(*statuses: str) -> dict[str, Any]:
    listed = [
        {
            "LogicalResourceId": f"Part{number}",
            "ResourceType": "AWS::DynamoDB::Table",
            "ResourceStatus": status,
            "LastUpdatedTimestamp": "2026-11-01T10:00:00Z",
        }
        for number, status in enumerate(statuses)
    ]
    return {"StackResourceSummaries": listed}


@pytest.mark.parametrize("statuses", [[], ["IMPORT_ROLLBACK_COMPLETE", "DELETE_COMPLETE"]])
def test_a_stack_that_an_import_left_empty_is_created_anew_and_never_updated(
    script: Script, operator: Operator, statuses: list[str]
) -> None:
    status = "IMPORT_ROLLBACK_COMPLETE"
    old = event(status)
    script_a_stack(script, status, events(old), events(event("DELETE_COMPLETE"), old))
    absent = Refusal("ValidationError", NOT_THERE)
    script.on("DescribeStacks", *[stack(status)] * 2, absent, AT_REST)
    script.on("ListStackResources", resources(*statuses))
    script.on("GetResources", {"ResourceTagMappingList": []})
    script.on("DeleteStack", {})
    with pytest.raises(StackNotReady, match=r"its import failed and was rolled back\. Nothing was"):
        operator.deploy(dry_run=True)
    script.on("DescribeStacks", *[stack(status)] * 2, absent, AT_REST)
    operator.deploy(yes=False, stdin=Terminal("y\ny\n"))
    assert "Delete the empty stack and create it again? [y/N] " in operator.said
    assert len(script.called("DeleteStack")) == 1
    assert [call["ChangeSetType"] for call in script.called("CreateChangeSet")] == ["CREATE"]


def test_a_stack_that_held_something_before_its_import_is_updated(
    script: Script, operator: Operator
) -> None:
    script_a_stack(script, "IMPORT_ROLLBACK_COMPLETE", events())
    script.on("DescribeStacks", stack("IMPORT_ROLLBACK_COMPLETE", Outputs=OUTPUTS), AT_REST)
    script.on("ListStackResources", resources("CREATE_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"))
    operator.deploy()
    assert [call["ChangeSetType"] for call in script.called("CreateChangeSet")] == ["UPDATE"]


def test_a_stack_that_went_away_before_it_was_watched_is_planned_again(
    script: Script, operator: Operator
) -> None:
    script_an_update(script)
    absent = Refusal("ValidationError", NOT_THERE)
    script.on("GetResources", {"ResourceTagMappingList": []})
    script.on("DescribeStacks", stack("DELETE_IN_PROGRESS"), absent, absent, AT_REST)
    script.on("DescribeStackEvents", events(), events(event("CREATE_COMPLETE")))
    assert operator.deploy().outputs == {"GroupName": "businesses"}
