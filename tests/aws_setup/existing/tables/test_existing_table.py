"""A stack around a Business table that was there before, such as one that Amplify made."""

import io
from typing import Any

import pytest
from django.core.management import CommandError

from aws_setup.exceptions import TableUnusable
from aws_setup.existing.resources import ExistingOptions
from aws_setup.existing.tables.existing_table import ExistingTable
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION, FakeTime
from tests.aws_setup.hired_operator import OperatorClients, run
from tests.aws_setup.operator import Operator

STACK = "onboarding-test"  # of tests.settings
TABLE = "Business-abc123-main"
BODY = render_template()
TEMPLATE = parse_template(BODY, "the template")
PROPERTIES = TEMPLATE["Resources"]["BusinessTable"]["Properties"]
ALL = ["byCreatedAt", "byEmail", "byName", "byOwner"]


def deploy(*arguments: str) -> str:
    out = io.StringIO()
    run("deploy_backend", *arguments, tables=[TABLE], stdout=out, stdin=io.StringIO())
    return out.getvalue()


@pytest.fixture
def dynamodb(aws_environment: LocalAws) -> Any:
    return aws_environment.client("dynamodb", REGION)


def make_table(dynamodb: Any, key: str = "id", **more: Any) -> None:
    given = {
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        **more,
    }
    schema = [{"AttributeName": key, "KeyType": "HASH"}]
    dynamodb.create_table(TableName=TABLE, KeySchema=schema, **given)


def indexes(dynamodb: Any) -> dict[str, Any]:
    table = dynamodb.describe_table(TableName=TABLE)["Table"]
    return {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}


def test_the_stack_uses_the_table_and_says_what_its_lack_of_indexes_means(
    aws_environment: LocalAws, dynamodb: Any
) -> None:
    make_table(dynamodb)
    said = deploy("--yes", "--business-table", TABLE)
    assert "lacks the index byName: the search by name needs it." in said
    command = f"`manage.py deploy_backend --business-table {TABLE} --add-indexes`"
    assert said.count(f"{command} adds it.") == len(ALL)
    assert said.count("leaves out records without emailKey, such as those that Amplify wrote") == 1
    assert indexes(dynamodb) == {}
    stack: Any = describe_stack(aws_environment.client("cloudformation", REGION), STACK)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    assert outputs["BusinessTableName"] == TABLE
    assert dynamodb.list_tables()["TableNames"] == [TABLE, outputs["OnboardingTableName"]]

    said = deploy("--yes", "--add-indexes")
    assert sorted(indexes(dynamodb)) == ALL
    assert "No changes." not in said
    assert [f"{name}: active" in said for name in ALL] == [True] * 4
    wanted = {index["IndexName"]: index for index in PROPERTIES["GlobalSecondaryIndexes"]}
    for name, index in indexes(dynamodb).items():
        assert index["KeySchema"] == wanted[name]["KeySchema"]
        assert index["Projection"] == wanted[name]["Projection"]
    client = OperatorClients(aws_environment)
    again = Operator(
        client, BODY, stack=STACK, options=ExistingOptions(add_indexes=True), used_tables=(TABLE,)
    )
    assert again.deploy().outcome == "unchanged"
    again.destroy(delete_data=True)
    assert dynamodb.list_tables()["TableNames"] == [TABLE]  # it was never the stack's


def test_a_dry_run_names_the_indexes_and_adds_none(dynamodb: Any) -> None:
    make_table(dynamodb)
    said = deploy("--dry-run", "--business-table", TABLE, "--add-indexes")
    assert f"Table {TABLE} gets the index byOwner" in said
    assert "leaves out records without nameKey, such as those that Amplify wrote" in said
    assert indexes(dynamodb) == {}


def test_the_command_that_adds_indexes_names_what_a_stack_that_is_not_there_is_to_use(
    aws_environment: LocalAws, dynamodb: Any
) -> None:
    make_table(dynamodb)
    cognito = aws_environment.client("cognito-idp", REGION)
    pool_id = cognito.create_user_pool(PoolName="old")["UserPool"]["Id"]
    arguments = ["--user-pool-id", pool_id, "--business-table", TABLE]
    said = deploy("--dry-run", *arguments)
    command = ["manage.py", "deploy_backend", *arguments, "--add-indexes"]
    assert f"`{' '.join(command)}` adds it." in said
    deploy("--yes", *arguments)
    assert "`manage.py deploy_backend --add-indexes` adds it." in deploy("--dry-run")


@pytest.mark.parametrize(
    ("key", "said"),
    [("", rf"There is no table {TABLE} in {REGION}"), ("owner", r"has the key \(owner\)")],
)
def test_a_table_that_cannot_be_used_is_refused_before_anything_is_made(
    aws_environment: LocalAws, dynamodb: Any, key: str, said: str
) -> None:
    if key:
        make_table(dynamodb, key)
    with pytest.raises(CommandError, match=rf"{said}.* Nothing was changed"):
        deploy("--yes", "--business-table", TABLE)
    assert describe_stack(aws_environment.client("cloudformation", REGION), STACK) is None


def an_index(name: str, key: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def test_an_index_whose_answer_was_lost_is_not_missed_when_boto3_asks_again(
    aws_environment: LocalAws, dynamodb: Any
) -> None:
    make_table(dynamodb)
    aws_environment.faults.lose_connection("UpdateTable", is_late=True)
    table = ExistingTable(dynamodb, TABLE, PROPERTIES, poll_interval=FakeTime().poll_interval())
    list(table.add_indexes())
    assert sorted(indexes(dynamodb)) == ALL
    assert aws_environment.faults.calls("UpdateTable") == len(ALL) + 1


def test_an_index_of_that_name_with_other_keys_is_refused(dynamodb: Any) -> None:
    make_table(
        dynamodb,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner")
        ],
        GlobalSecondaryIndexes=[an_index("byOwner", "owner")],
    )
    with pytest.raises(TableUnusable, match="byOwner has other keys than the site needs: owner"):
        ExistingTable(dynamodb, TABLE, PROPERTIES, poll_interval=FakeTime().poll_interval())


def test_an_index_of_somebody_elses_stays_and_provisioned_throughput_is_given_to_new_ones(
    dynamodb: Any,
) -> None:
    throughput = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2}
    make_table(
        dynamodb,
        BillingMode="PROVISIONED",
        ProvisionedThroughput=throughput,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "city")
        ],
        GlobalSecondaryIndexes=[an_index("byCity", "city") | {"ProvisionedThroughput": throughput}],
    )
    table = ExistingTable(dynamodb, TABLE, PROPERTIES, poll_interval=FakeTime().poll_interval())
    assert table.missing == ALL
    list(table.add_indexes())
    assert sorted(indexes(dynamodb)) == sorted([*ALL, "byCity"])
    given = indexes(dynamodb)["byName"]["ProvisionedThroughput"]
    assert given["ReadCapacityUnits"] == 3
