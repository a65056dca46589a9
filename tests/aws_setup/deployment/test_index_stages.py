"""A table gets and loses its indexes one after the other, as CloudFormation does it."""

import re
from collections.abc import Iterable
from typing import Any

import pytest

from aws_setup.exceptions import AccessRefused, TableUnusable
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from aws_setup.template.cfn_yaml import dump_template, parse_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator

STACK = "onboarding-test"


def with_indexes(extra: Iterable[str] = (), without: Iterable[str] = ()) -> str:
    """Return the template with further indexes of the Business table, or with fewer."""
    template = parse_template(render_template(), "the template")
    properties = template["Resources"]["BusinessTable"]["Properties"]
    indexes = properties["GlobalSecondaryIndexes"]
    indexes = [each for each in indexes if each["IndexName"] not in set(without)]
    for name in extra:
        indexes.append(
            {
                "IndexName": f"by-{name}",
                "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        )
        properties["AttributeDefinitions"].append({"AttributeName": name, "AttributeType": "S"})
    properties["GlobalSecondaryIndexes"] = indexes
    keyed = [properties["KeySchema"], *(each["KeySchema"] for each in indexes)]
    used = {key["AttributeName"] for schema in keyed for key in schema}
    properties["AttributeDefinitions"] = [
        each for each in properties["AttributeDefinitions"] if each["AttributeName"] in used
    ]
    return dump_template(template)


def delete(name: str) -> dict[str, Any]:
    return {"Delete": {"IndexName": name}}


def create(name: str, projection: str, *keys: str) -> dict[str, Any]:
    schema = [
        {"AttributeName": key, "KeyType": kind}
        for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]
    return {
        "Create": {
            "IndexName": name,
            "KeySchema": schema,
            "Projection": {"ProjectionType": projection},
        }
    }


def operator_of(aws: LocalAws, body: str) -> Operator:
    return Operator(OperatorClients(aws), body, stack=STACK)


def table_of(aws: LocalAws) -> dict[str, Any]:
    stack = describe_stack(aws.client("cloudformation", REGION), STACK)
    assert stack is not None
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    dynamodb = aws.client("dynamodb", REGION)
    table: dict[str, Any] = dynamodb.describe_table(TableName=outputs["BusinessTableName"])["Table"]
    return table


def indexes_of(aws: LocalAws) -> set[str]:
    return {each["IndexName"] for each in table_of(aws)["GlobalSecondaryIndexes"]}


def test_a_release_that_adds_two_indexes_and_drops_one_deploys(local_aws: LocalAws) -> None:
    operator_of(local_aws, with_indexes(["city"], without=["byEmail", "byName"])).deploy()
    before = indexes_of(local_aws)
    planning = operator_of(local_aws, render_template())
    planning.deploy(dry_run=True)
    assert "gets or loses one index in each update: byEmail, byName follow" in planning.said
    assert indexes_of(local_aws) == before
    operator_of(local_aws, render_template()).deploy()
    assert indexes_of(local_aws) == before - {"by-city"} | {"byEmail", "byName"}
    again = operator_of(local_aws, render_template())
    again.deploy()
    assert "No changes." in again.said


def test_a_release_that_drops_two_indexes_deploys(local_aws: LocalAws) -> None:
    operator_of(local_aws, with_indexes(["city", "street"])).deploy()
    before = indexes_of(local_aws)
    operator_of(local_aws, render_template()).deploy()
    assert indexes_of(local_aws) == before - {"by-city", "by-street"}


def test_a_table_that_is_adopted_gets_what_it_lacks_one_after_the_other(
    local_aws: LocalAws,
) -> None:
    operator_of(local_aws, render_template()).deploy()
    table, before = table_of(local_aws)["TableName"], indexes_of(local_aws)
    operator_of(local_aws, render_template()).destroy()
    dynamodb = local_aws.client("dynamodb", REGION)
    for name in ("byEmail", "byName", "byOwner"):
        dynamodb.update_table(
            TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}]
        )
    adopting = operator_of(local_aws, render_template())
    adopting.deploy()
    assert (table_of(local_aws)["TableName"], indexes_of(local_aws)) == (table, before)
    told = re.findall(r"in each update: (.+) follows? this one", adopting.said)
    assert told == ["byName, byOwner", "byOwner"]


def test_indexes_that_were_made_by_hand_under_the_stacks_names_are_refused_before_the_import(
    local_aws: LocalAws,
) -> None:
    operator_of(local_aws, render_template()).deploy()
    table, before = table_of(local_aws)["TableName"], indexes_of(local_aws)
    operator_of(local_aws, render_template()).destroy()
    dynamodb = local_aws.client("dynamodb", REGION)
    template = parse_template(render_template(), "the template")
    defined = template["Resources"]["BusinessTable"]["Properties"]["AttributeDefinitions"]

    def change(*updates: dict[str, Any], **types: str) -> None:
        known = {each["AttributeName"]: each["AttributeType"] for each in defined}
        for update in updates:
            dynamodb.update_table(
                TableName=table,
                AttributeDefinitions=[
                    {"AttributeName": name, "AttributeType": kind}
                    for name, kind in (known | types).items()
                ],
                GlobalSecondaryIndexUpdates=[update],
            )

    change(*(delete(name) for name in ("byName", "byEmail", "byOwner")))
    change(create("byName", "KEYS_ONLY", "__typename", "nameKey"))
    change(create("byEmail", "ALL", "__typename", "createdAt"))
    change(create("theirs", "ALL", "owner"), owner="N")
    adopting = operator_of(local_aws, render_template())
    with pytest.raises(TableUnusable, match="Nothing was changed") as caught:
        adopting.deploy()
    for told in (
        f"The index byName of table {table} holds other attributes than the stack's.",
        f"The index byEmail of table {table} has other keys than the stack's.",
        f"The index theirs of table {table} has keys of another type than the stack's: owner.",
    ):
        assert told in str(caught.value)
    assert describe_stack(local_aws.client("cloudformation", REGION), STACK) is None

    change(*(delete(name) for name in ("byName", "byEmail", "theirs")))
    assert f"update-table --table-name {table}" in caught.value.hint
    assert "one after the other" in caught.value.hint  # DynamoDB refuses the second one until then
    operator_of(local_aws, render_template()).deploy()
    assert indexes_of(local_aws) == before


def test_where_a_later_stage_fails_the_next_run_goes_on(local_aws: LocalAws) -> None:
    operator_of(local_aws, with_indexes(without=["byEmail", "byName"])).deploy()
    before = indexes_of(local_aws)
    local_aws.faults.fail("ExecuteChangeSet", "AccessDenied", status=403, after=1)
    with pytest.raises(AccessRefused):
        operator_of(local_aws, render_template()).deploy()
    assert indexes_of(local_aws) == before | {"byEmail"}
    operator_of(local_aws, render_template()).deploy()
    assert indexes_of(local_aws) == before | {"byEmail", "byName"}
