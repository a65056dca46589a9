"""Planning, and what CloudFormation may answer to it."""

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from aws_setup.exceptions import (
    DeployUnfinished,
    PlanFailed,
    StackBusy,
    StackNotUpdatable,
)
from aws_setup.stack.change_sets import ChangeSets
from aws_setup.stack.stack import StackDeployer
from aws_setup.stack.states import UPDATABLE
from tests.aws_setup.cloudformation_stub import (
    CHANGE_SET_ID,
    STACK_ID,
    FakeTime,
    Refusal,
    Script,
    created,
    described,
    events,
    script_a_creation,
    script_an_update,
    stack,
)

MODEL: Any = botocore.session.get_session().get_service_model("cloudformation")
STATUSES = MODEL.shape_for("StackStatus").enum
IN_PROGRESS = [s for s in STATUSES if s.endswith("_IN_PROGRESS") and s != "REVIEW_IN_PROGRESS"]
STUCK = sorted(
    {s for s in STATUSES if not s.endswith("_IN_PROGRESS")} - UPDATABLE - {"DELETE_COMPLETE"}
)


@pytest.mark.parametrize("status", IN_PROGRESS)
def test_a_stack_that_is_being_worked_on_is_left_alone(
    script: Script, change_sets: ChangeSets, status: str
) -> None:
    script.on("DescribeStacks", stack(status))
    with pytest.raises(StackBusy, match=f"{status}: somebody else.*Nothing was changed"):
        change_sets.plan("{}", {})
    assert script.called("CreateChangeSet") == []


@pytest.mark.parametrize("status", STUCK)
def test_a_stack_that_takes_no_update_says_how_to_mend_it(
    script: Script, change_sets: ChangeSets, status: str
) -> None:
    script.on("DescribeStacks", stack(status))
    with pytest.raises(StackNotUpdatable, match=f"{status}: .*Nothing was changed") as caught:
        change_sets.plan("{}", {})
    command = "--stack-name onboarding --region eu-central-1`"
    assert command in caught.value.hint or "`manage.py destroy_backend`" in caught.value.hint
    assert script.called("CreateChangeSet") == []


@pytest.mark.parametrize("status", sorted(UPDATABLE))
def test_a_stack_at_rest_is_updated(script: Script, change_sets: ChangeSets, status: str) -> None:
    script_an_update(script)
    script.on("DescribeStacks", stack(status))
    role = {"LogicalResourceId": "Role", "ResourceType": "AWS::IAM::Role"}
    role |= {"ResourceStatus": "CREATE_COMPLETE", "LastUpdatedTimestamp": "2026-11-01T10:00:00Z"}
    script.on("ListStackResources", {"StackResourceSummaries": [role]})
    assert not change_sets.plan("{}", {}).creates_stack
    assert script.called("CreateChangeSet")[0]["ChangeSetType"] == "UPDATE"


def test_a_request_says_all_that_cloudformation_needs(
    script: Script, change_sets: ChangeSets
) -> None:
    script_a_creation(script)
    change_sets.plan("Description: the body", {"GroupName": "g"})
    [call] = script.called("CreateChangeSet")
    assert call["ChangeSetType"] == "CREATE"
    assert call["TemplateBody"] == 'Description: "the body"\n'
    assert call["Parameters.member.1.ParameterKey"] == "GroupName"
    assert call["Parameters.member.1.ParameterValue"] == "g"
    assert call["Capabilities.member.1"] == "CAPABILITY_IAM"
    assert call["ClientToken"] == call["ChangeSetName"]


def test_a_plan_waits_until_it_is_made(
    script: Script, change_sets: ChangeSets, fake_time: FakeTime
) -> None:
    waiting = described("CREATE_PENDING"), described("CREATE_IN_PROGRESS")
    script_an_update(script, *waiting, described("CREATE_COMPLETE", "A"))
    assert [change.logical_id for change in change_sets.plan("{}", {}).changes] == ["A"]
    assert fake_time.pauses == [0.25, 0.375]


def test_the_wait_for_a_plan_ends_and_leaves_nothing(
    script: Script, change_sets: ChangeSets, fake_time: FakeTime
) -> None:
    script_an_update(script, described("CREATE_PENDING"))
    with pytest.raises(DeployUnfinished, match=r"still planning.*Nothing was changed"):
        change_sets.plan("{}", {})
    assert 600 <= fake_time.now < 604
    assert [call["ChangeSetName"] for call in script.called("DeleteChangeSet")] == [CHANGE_SET_ID]


def test_a_template_that_may_not_be_read_leaves_no_plan(
    script: Script, change_sets: ChangeSets
) -> None:
    target = {"Attribute": "Properties", "Name": "Value", "RequiresRecreation": "Never"}
    of_another = {"ChangeSource": "ResourceAttribute", "CausingEntity": "B.Arn"}
    causes = [
        {"Target": target, "Evaluation": "Dynamic", **each}
        for each in (of_another, {"ChangeSource": "DirectModification"})
    ]
    plan = described("CREATE_COMPLETE", "A")
    plan["Changes"][0]["ResourceChange"] |= {"Action": "Modify", "Details": causes}
    script_an_update(script, plan)
    script.on("GetTemplate", Refusal("AccessDenied", status=403))
    with pytest.raises(ClientError):
        change_sets.plan("{}", {})
    assert [call["ChangeSetName"] for call in script.called("DeleteChangeSet")] == [CHANGE_SET_ID]


def test_changes_are_read_from_every_page(script: Script, change_sets: ChangeSets) -> None:
    script_an_update(
        script,
        described("CREATE_COMPLETE", "A", NextToken="two"),
        described("CREATE_COMPLETE", "B", NextToken="three"),
        described("CREATE_COMPLETE", "C"),
    )
    assert [change.logical_id for change in change_sets.plan("{}", {}).changes] == ["A", "B", "C"]
    tokens = [call.get("NextToken") for call in script.called("DescribeChangeSet")]
    assert tokens == [None, "two", "three"]


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information.",
        "No updates are to be performed.",
    ],
)
def test_both_wordings_of_an_empty_change_set_are_success(
    script: Script, change_sets: ChangeSets, reason: str
) -> None:
    script_an_update(script, described("FAILED", StatusReason=reason))
    assert not change_sets.plan("{}", {}).is_executable
    assert len(script.called("DeleteChangeSet")) == 1


def test_a_change_set_may_have_something_to_execute_and_no_resources(
    script: Script, change_sets: ChangeSets
) -> None:
    script_an_update(script, described("CREATE_COMPLETE"))
    change_set = change_sets.plan("{}", {})
    assert change_set.is_executable
    assert change_set.changes == ()


def test_a_change_set_that_failed_is_an_error_with_the_reason_and_is_removed(
    script: Script, change_sets: ChangeSets
) -> None:
    script_an_update(script, described("FAILED", StatusReason="Export X is in use."))
    with pytest.raises(PlanFailed, match=r"Export X is in use\. Nothing was changed"):
        change_sets.plan("{}", {})
    assert len(script.called("DeleteChangeSet")) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal("AlreadyExistsException", "Stack [onboarding] already exists."),
        Refusal("ValidationError", "Stack is in UPDATE_IN_PROGRESS state and can not be updated."),
    ],
)
def test_a_deployer_who_was_quicker_is_told_from_a_wrong_template(
    script: Script, change_sets: ChangeSets, refusal: Refusal
) -> None:
    script_an_update(script)
    script.on("CreateChangeSet", refusal)
    with pytest.raises(StackBusy, match="Somebody else is deploying"):
        change_sets.plan("{}", {})


def test_an_answer_that_nobody_expects_passes_untouched(
    script: Script, change_sets: ChangeSets, deployer: StackDeployer
) -> None:
    script.on("DescribeStacks", Refusal("SomethingNew"))
    with pytest.raises(Exception, match="SomethingNew"):
        change_sets.plan("{}", {})
    script_an_update(script)
    script.on("CreateChangeSet", Refusal("SomethingElse"))
    with pytest.raises(Exception, match="SomethingElse"):
        change_sets.plan("{}", {})
    script.on("CreateChangeSet", created())
    script.on("DescribeStackEvents", events())
    script.on("ExecuteChangeSet", Refusal("AnotherThing"))
    with pytest.raises(Exception, match="AnotherThing"):
        list(deployer.execute(change_sets.plan("{}", {})))


def test_a_discarded_creation_waits_until_the_stack_in_review_is_gone(
    script: Script, change_sets: ChangeSets, fake_time: FakeTime
) -> None:
    script_a_creation(script)
    change_set = change_sets.plan("{}", {})
    states = stack("REVIEW_IN_PROGRESS"), stack("DELETE_IN_PROGRESS"), stack("DELETE_COMPLETE")
    script.on("DescribeStacks", *states)
    change_sets.discard(change_set)
    assert [call["StackName"] for call in script.called("DeleteStack")] == [STACK_ID]
    assert fake_time.pauses == [0.25]


def test_the_wait_for_a_stack_in_review_to_go_ends(script: Script, change_sets: ChangeSets) -> None:
    script_a_creation(script)
    with pytest.raises(DeployUnfinished, match="still removing onboarding, which was never"):
        change_sets.discard(change_sets.plan("{}", {}))


def test_a_stack_in_review_with_somebody_elses_plan_stays(
    script: Script, change_sets: ChangeSets
) -> None:
    script_a_creation(script)
    own, other = {"ChangeSetId": CHANGE_SET_ID}, {"ChangeSetId": "another"}
    script.on("ListChangeSets", {"Summaries": [own], "NextToken": "2"}, {"Summaries": [other]})
    change_sets.discard(change_sets.plan("{}", {}))
    assert script.called("DeleteStack") == []


def test_a_stack_that_somebody_has_created_meanwhile_stays(
    script: Script, change_sets: ChangeSets
) -> None:
    script_a_creation(script)
    change_set = change_sets.plan("{}", {})
    script.on("DescribeStacks", stack("CREATE_IN_PROGRESS"))
    change_sets.discard(change_set)
    assert script.called("DeleteStack") == []
