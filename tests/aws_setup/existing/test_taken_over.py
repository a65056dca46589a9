"""What a removed stack has left, and somebody imported into a stack of another project since."""

import json
from typing import Any

from aws_setup.destruction.planned import DELETE
from aws_setup.existing.kept_resources import TAKEN
from aws_setup.existing.resources import ExistingOptions
from aws_setup.local.server import LocalAws
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator

STACK, OTHER = "onboarding-test", "identity"
BODY = render_template()


def operator_of(aws: LocalAws) -> Operator:
    return Operator(OperatorClients(aws), BODY, stack=STACK)


def import_pool(aws: LocalAws, pool_id: str) -> None:
    """Import the pool into a stack, as somebody does who goes on with another project."""
    client: Any = aws.client("cloudformation", REGION)
    pool = {
        "Type": "AWS::Cognito::UserPool",
        "DeletionPolicy": "Retain",
        "Properties": {"UserPoolName": STACK, "UsernameAttributes": ["email"]},
    }
    client.create_change_set(
        StackName=OTHER,
        ChangeSetName="import",
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps({"Resources": {"Pool": pool}}),
        ResourcesToImport=[
            {
                "ResourceType": "AWS::Cognito::UserPool",
                "LogicalResourceId": "Pool",
                "ResourceIdentifier": {"UserPoolId": pool_id},
            }
        ],
    )
    named = {"StackName": OTHER, "WaiterConfig": {"Delay": 1}}
    client.get_waiter("change_set_create_complete").wait(ChangeSetName="import", **named)
    client.execute_change_set(StackName=OTHER, ChangeSetName="import")
    client.get_waiter("stack_import_complete").wait(**named)


def taken(part: str, physical_id: str, stack: str) -> str:
    return TAKEN.format(part=part, id=physical_id, stack=stack)


def test_it_is_neither_adopted_nor_deleted_and_the_plan_says_whose_it_is(
    local_aws: LocalAws,
) -> None:
    outputs = operator_of(local_aws).deploy().outputs
    operator_of(local_aws).destroy()
    pool_id = outputs["UserPoolId"]
    import_pool(local_aws, pool_id)
    whose = taken("UserPool", pool_id, OTHER)
    deployed = operator_of(local_aws)
    again = deployed.deploy().outputs
    assert whose in deployed.said
    assert again["UserPoolId"] != pool_id
    assert again["BusinessTableName"] == outputs["BusinessTableName"]

    removed = operator_of(local_aws)
    result = removed.destroy(delete_data=True)
    assert whose in removed.said
    deleted = {each.physical_id for each in result.deleted}
    tables = {outputs["BusinessTableName"], outputs["OnboardingTableName"]}
    assert deleted == {again["UserPoolId"], *tables}
    cognito = local_aws.client("cognito-idp", REGION)
    assert cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]["Id"] == pool_id
    last = operator_of(local_aws)
    assert last.destroy(delete_data=True).outcome == "absent"
    assert whose in last.said


def test_what_another_stack_of_ours_was_told_to_use_is_neither_adopted_nor_deleted(
    local_aws: LocalAws,
) -> None:
    first = operator_of(local_aws).deploy().outputs
    pool_id, table = first["UserPoolId"], first["BusinessTableName"]
    options = ExistingOptions(user_pool_id=pool_id, business_table=table, replace_trigger=True)
    second = Operator(OperatorClients(local_aws), BODY, stack="second", options=options)
    second.deploy()
    told = [taken("UserPool", pool_id, "second"), taken("BusinessTable", table, "second")]

    removed = operator_of(local_aws)
    result = removed.destroy(delete_data=True)
    assert [each for each in told if each in removed.said] == told
    assert {each.logical_id for each in result.deleted} == {"OnboardingTable"}
    going = {each.logical_id for each in result.resources if each.action == DELETE}
    assert going == {"OnboardingTable"}
    again = operator_of(local_aws)
    outputs = again.deploy().outputs
    assert [each for each in told if each in again.said] == told
    assert outputs["UserPoolId"] != pool_id
    made = local_aws.client("cognito-idp", REGION).describe_user_pool(UserPoolId=pool_id)
    assert (
        made["UserPool"]["LambdaConfig"]["PostConfirmation"]
        .rpartition(":")[2]
        .startswith("second-")
    )
