"""ChangeSets and StackDeployer against the embedded AWS."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from aws_setup.calls.clients import translated_errors
from aws_setup.exceptions import (
    AccessRefused,
    DeployFailed,
    PlanFailed,
    PlanOutdated,
    SettingMissing,
    StackMissing,
    StackNotUpdatable,
)
from aws_setup.local.server import LocalAws
from aws_setup.stack.change_sets import ChangeSets
from aws_setup.stack.stack import StackDeployer
from aws_setup.stack.states import describe_stack
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import STACK
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


def parameters_body(count: int = 1, *, value: str = "1", **more: Any) -> str:
    """Return a template of some SSM parameters."""
    resources = {
        f"Parameter{number}": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": f"/p/{number}", "Type": "String", "Value": value},
        }
        for number in range(count)
    }
    outputs = {"First": {"Value": {"Ref": "Parameter0"}}}
    return json.dumps({"Resources": {**resources, **more}, "Outputs": outputs})


@pytest.fixture
def cloudformation(local_aws: LocalAws) -> "CloudFormationClient":
    client: CloudFormationClient = local_aws.client("cloudformation", "eu-central-1")
    return client


@pytest.fixture
def deployer(cloudformation: "CloudFormationClient") -> StackDeployer:
    return StackDeployer(cloudformation, STACK)


@pytest.fixture
def change_sets(cloudformation: "CloudFormationClient") -> ChangeSets:
    return ChangeSets(cloudformation, STACK)


Deploy = Callable[[str], list[str]]


@pytest.fixture
def deploy(change_sets: ChangeSets, deployer: StackDeployer) -> Deploy:
    """Plan and execute a change to this body; return the events."""

    def plan_and_execute(body: str) -> list[str]:
        events = deployer.execute(change_sets.plan(body, {}))
        return [f"{each.logical_id} {each.status}" for each in events]

    return plan_and_execute


def test_a_new_stack_is_planned_then_created_with_every_event_in_order(
    change_sets: ChangeSets,
    deployer: StackDeployer,
) -> None:
    change_set = change_sets.plan(parameters_body(), {})
    assert change_set.creates_stack
    assert [(c.action, c.logical_id, c.replacement) for c in change_set.changes] == [
        ("Add", "Parameter0", "")
    ]
    assert [f"{e.logical_id} {e.status}" for e in deployer.execute(change_set)] == [
        "onboarding CREATE_IN_PROGRESS",
        "Parameter0 CREATE_IN_PROGRESS",
        "Parameter0 CREATE_COMPLETE",
        "onboarding CREATE_COMPLETE",
    ]
    assert deployer.outputs() == {"First": "/p/0"}


def test_an_update_shows_what_is_replaced_and_only_its_own_events(
    deploy: Deploy, change_sets: ChangeSets, deployer: StackDeployer
) -> None:
    deploy(parameters_body(2))
    change_set = change_sets.plan(parameters_body(1, value="2"), {})
    assert not change_set.creates_stack
    assert {c.logical_id: (c.action, c.replacement) for c in change_set.changes} == {
        "Parameter0": ("Modify", "False"),
        "Parameter1": ("Remove", ""),
    }
    statuses = [each.status for each in deployer.execute(change_set) if each.is_of_stack]
    assert statuses[0] == "UPDATE_IN_PROGRESS"
    assert statuses[-1] == "UPDATE_COMPLETE"


def test_more_events_than_a_page_holds_come_once_each(deploy: Deploy) -> None:
    seen = deploy(parameters_body(70))
    assert len(seen) == len(set(seen)) == 2 + 2 * 70
    assert seen[-1] == "onboarding CREATE_COMPLETE"


def test_an_unchanged_stack_needs_nothing_and_keeps_no_change_set(
    deploy: Deploy,
    change_sets: ChangeSets,
    deployer: StackDeployer,
    cloudformation: "CloudFormationClient",
) -> None:
    deploy(parameters_body())
    change_set = change_sets.plan(parameters_body(), {})
    assert not change_set.is_executable
    assert change_set.changes == ()
    assert list(deployer.execute(change_set)) == []
    names = [
        each["ChangeSetName"]
        for each in cloudformation.list_change_sets(StackName=STACK)["Summaries"]
    ]
    assert change_set.name not in names


def test_a_discarded_plan_leaves_no_stack_in_review(
    change_sets: ChangeSets, cloudformation: "CloudFormationClient"
) -> None:
    change_sets.discard(change_sets.plan(parameters_body(), {}))
    assert describe_stack(cloudformation, STACK) is None


def test_a_stack_in_review_counts_as_not_created_yet(
    deploy: Deploy, change_sets: ChangeSets, cloudformation: "CloudFormationClient"
) -> None:
    change_sets.plan(parameters_body(), {})
    assert deploy(parameters_body())[-1] == "onboarding CREATE_COMPLETE"


def test_two_plans_of_one_stack_have_names_of_their_own(
    deploy: Deploy, change_sets: ChangeSets
) -> None:
    deploy(parameters_body())
    first, second = (change_sets.plan(parameters_body(value=value), {}) for value in ("2", "3"))
    assert first.name != second.name


def test_a_plan_that_another_one_overtook_is_outdated(
    deploy: Deploy, change_sets: ChangeSets, deployer: StackDeployer
) -> None:
    deploy(parameters_body())
    first, second = (change_sets.plan(parameters_body(value=value), {}) for value in ("2", "3"))
    list(deployer.execute(second))
    with pytest.raises(PlanOutdated, match="changed after the plan"):
        list(deployer.execute(first))


def test_the_stack_carries_the_projects_tag(
    deploy: Deploy, cloudformation: "CloudFormationClient"
) -> None:
    deploy(parameters_body())
    found = describe_stack(cloudformation, STACK)
    assert found is not None
    assert found["Tags"] == [{"Key": "application", "Value": "business-onboarding"}]


def taken(local_aws: LocalAws) -> dict[str, Any]:
    """Return a resource that can't be created, because its name is taken."""
    ssm = local_aws.client("ssm", "eu-central-1")
    ssm.put_parameter(Name="/taken", Value="1", Type="String")
    properties = {"Name": "/taken", "Type": "String", "Value": "2"}
    return {"Type": "AWS::SSM::Parameter", "DependsOn": "Parameter0", "Properties": properties}


def test_a_failed_creation_names_the_cause_and_how_to_delete_the_stack(
    deploy: Deploy, local_aws: LocalAws
) -> None:
    body = parameters_body(Taken=taken(local_aws))
    with pytest.raises(DeployFailed, match="already exists") as caught:
        deploy(body)
    assert str(caught.value).startswith("Taken (AWS::SSM::Parameter) is CREATE_FAILED: ")
    assert "is ROLLBACK_COMPLETE: its creation failed" in str(caught.value)
    assert "or use `manage.py destroy_backend`" in caught.value.hint


def test_a_stack_that_rolled_back_takes_no_update(
    deploy: Deploy, change_sets: ChangeSets, local_aws: LocalAws
) -> None:
    with pytest.raises(DeployFailed):
        deploy(parameters_body(Taken=taken(local_aws)))
    with pytest.raises(
        StackNotUpdatable, match=r"ROLLBACK_COMPLETE.*Nothing was changed"
    ) as caught:
        change_sets.plan(parameters_body(), {})
    assert "or use `manage.py destroy_backend`" in caught.value.hint


def test_a_failed_update_leaves_the_stack_as_it_was_and_open_to_the_next(
    deploy: Deploy, local_aws: LocalAws
) -> None:
    deploy(parameters_body())
    body = parameters_body(value="2", Taken=taken(local_aws))
    with pytest.raises(
        DeployFailed, match="UPDATE_ROLLBACK_COMPLETE: it is back in the state before"
    ):
        deploy(body)
    value = local_aws.client("ssm", "eu-central-1").get_parameter(Name="/p/0")["Parameter"]["Value"]
    assert value == "1"
    assert deploy(parameters_body(value="3"))[-1] == "onboarding UPDATE_COMPLETE"


def test_a_template_that_cloudformation_refuses_leaves_no_stack(
    change_sets: ChangeSets, cloudformation: "CloudFormationClient"
) -> None:
    with pytest.raises(PlanFailed, match=r"refused the plan.*Nothing was changed"):
        change_sets.plan('{"Resources": {"X": {"Type": "AWS::No::Such"}}}', {})
    assert describe_stack(cloudformation, STACK) is None


def test_a_refused_execution_discards_the_plan(
    local_aws: LocalAws, cloudformation: "CloudFormationClient"
) -> None:
    operator = Operator(OperatorClients(local_aws), render_template())
    local_aws.faults.fail("ExecuteChangeSet", "AccessDenied", status=403)
    with pytest.raises(AccessRefused, match="ExecuteChangeSet"):
        operator.deploy()
    assert describe_stack(cloudformation, STACK) is None


def test_a_plan_that_is_cut_short_is_discarded(
    change_sets: ChangeSets, local_aws: LocalAws, cloudformation: "CloudFormationClient"
) -> None:
    local_aws.faults.fail("DescribeChangeSet", "AccessDenied", status=403)
    with pytest.raises(AccessRefused), translated_errors():
        change_sets.plan(parameters_body(), {})
    assert describe_stack(cloudformation, STACK) is None


def test_a_stack_that_is_not_there_has_no_outputs(deployer: StackDeployer) -> None:
    with pytest.raises(StackMissing, match="does not exist") as caught:
        deployer.outputs()
    assert "deploy_backend" in caught.value.hint


def test_a_stack_in_review_has_no_outputs(change_sets: ChangeSets, deployer: StackDeployer) -> None:
    change_sets.plan(parameters_body(), {})
    with pytest.raises(StackMissing, match="is REVIEW_IN_PROGRESS and has no outputs"):
        deployer.outputs()


@pytest.mark.parametrize("name", ["", "1st", "on_boarding", "a" * 129])
def test_an_impossible_stack_name_is_refused_without_a_call(
    cloudformation: "CloudFormationClient", name: str
) -> None:
    with pytest.raises(SettingMissing) as caught:
        StackDeployer(cloudformation, name)
    assert "BACKEND_STACK_NAME" in caught.value.hint
