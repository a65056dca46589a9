"""What records of an existing table tell before a stack uses it, and to backend_status later."""

import json
from functools import partial
from typing import Any

import pytest

from aws_setup.exceptions import AwsSetupError
from aws_setup.existing.resources import ExistingOptions
from aws_setup.existing.tables.fitness import replication_notices
from aws_setup.existing.tables.records import MOST, OwnerForm, RecordSample
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from aws_setup.status.checks import check_stack
from aws_setup.status.existing_table import check_existing_table
from aws_setup.status.runner import Backend, CheckResult, CheckState, run_checks
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.operator import Operator

STACK, TABLE = "onboarding-test", "Business-abc123-main"
SUB = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
BODY = render_template()
VERSIONED = {"_version": {"N": "2"}, "_lastChangedAt": {"N": "1764244800000"}}
GONE = {**VERSIONED, "_deleted": {"BOOL": True}, "_ttl": {"N": "1766836800"}}


def create_table(aws: LocalAws, *projected: str) -> Any:
    """Create a table; with `projected`, it has the index byOwner of these attributes."""
    client = aws.client("dynamodb", REGION)
    keys = ["id", *(["owner", "createdAt"] if projected else [])]
    index = {
        "IndexName": "byOwner",
        "KeySchema": [
            {"AttributeName": "owner", "KeyType": "HASH"},
            {"AttributeName": "createdAt", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": [*projected]},
    }
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in keys],
        **({"GlobalSecondaryIndexes": [index]} if projected else {}),
    )
    return client


@pytest.fixture
def dynamodb(local_aws: LocalAws) -> Any:
    return create_table(local_aws)


def put(dynamodb: Any, *owners: Any, **attributes: Any) -> None:
    """Put a record for each owner; None is for a record without one."""
    for number, owner in enumerate(owners):
        named = {"owner": {"S": owner}} if isinstance(owner, str) else owner or {}
        item = {"id": {"S": f"{len(attributes)}-{number}"}, "__typename": {"S": "Business"}}
        dynamodb.put_item(TableName=TABLE, Item={**item, **named, **attributes})


def operator(aws: LocalAws) -> Operator:
    options = ExistingOptions(business_table=TABLE)
    return Operator(partial(aws.client, region=REGION), BODY, stack=STACK, options=options)


def checked(aws: LocalAws) -> list[CheckResult]:
    backend = Backend(partial(aws.client, region=REGION), STACK)
    checks = {"stack": check_stack, "records": check_existing_table}
    return run_checks(backend, checks)[1:]


def test_older_owners_and_datastore_are_told_before_the_first_change_and_by_backend_status(
    local_aws: LocalAws, dynamodb: Any
) -> None:
    put(dynamodb, f"{SUB}::anna", "anna", "ben", SUB, None, {"owner": {"L": []}})
    put(dynamodb, "carla", **GONE)
    put(dynamodb, f"{SUB}::anna", **VERSIONED)
    asked = operator(local_aws)
    asked.deploy(dry_run=True)
    assert describe_stack(local_aws.client("cloudformation", REGION), STACK) is None
    of = f"of 8 records of table {TABLE} that were looked at"
    for said in (
        f"The owners {of}: 2 sub::username, 1 a sub alone, 2 a username alone, 2 no owner.",
        "refuses the other 5 to their owners until that is written there.",
        "deployed, `manage.py refresh_owners` writes it for each record of which the user pool is",
        f"Amplify's DataStore uses table {TABLE}: 2 {of} have a _version, and 1 the mark",
    ):
        assert said in asked.said

    operator(local_aws).deploy()
    found = checked(local_aws)
    assert {(each.name, each.state) for each in found} == {("records", CheckState.REMARK)}
    assert [each.text.split(" ")[0] for each in found] == ["The", "Amplify's"]
    again = operator(local_aws)
    again.deploy()
    assert "looked at" not in again.said  # backend_status tells it from now on


@pytest.mark.parametrize(
    ("owner", "changes", "is_named"),
    [
        ("anna", {}, True),
        (SUB, {}, True),
        (None, {"id": {"S": SUB}}, True),
        (None, {}, False),
        (SUB, {"__typename": {"S": "Shop"}}, False),
        ("anna", GONE, False),
    ],
)
def test_the_command_that_mends_owners_is_named_where_it_may_help(
    dynamodb: Any, owner: str | None, changes: dict[str, Any], is_named: bool
) -> None:
    put(dynamodb, owner, **changes)
    told = " ".join(RecordSample.read(dynamodb, TABLE).told({}))
    assert ("`manage.py refresh_owners`" in told) is is_named


INCLUDED = ("name", "email", "groupName", "updatedAt")


@pytest.mark.parametrize(
    ("projected", "attributes", "is_told"),
    [
        (INCLUDED, VERSIONED, True),
        ((*INCLUDED, "_deleted"), VERSIONED, False),
        (INCLUDED, {}, False),  # nobody deletes with a mark there
    ],
)
def test_an_index_that_hides_what_datastore_deleted_is_told_of(
    local_aws: LocalAws, projected: tuple[str, ...], attributes: dict[str, Any], is_told: bool
) -> None:
    put(create_table(local_aws, *projected), f"{SUB}::anna", **attributes)
    said = f"The index byOwner of table {TABLE} leaves out _deleted: lists that are read from it"
    asked = operator(local_aws)
    asked.deploy()
    assert (said in asked.said) is is_told
    assert (said in " ".join(each.text for each in checked(local_aws))) is is_told


def test_records_as_the_api_writes_them_are_nothing_to_tell(
    local_aws: LocalAws, dynamodb: Any
) -> None:
    put(dynamodb, f"{SUB}::anna")
    counted = {"id": {"S": f"count#{SUB}::anna"}, "further": {"N": "1"}}
    dynamodb.put_item(TableName=TABLE, Item=counted)
    asked = operator(local_aws)
    asked.deploy()
    assert "looked at" not in asked.said
    [found] = checked(local_aws)
    assert (found.state, found.text) == (
        CheckState.OK,
        f"The API can use the records of {TABLE}; 1 was looked at.",
    )


def test_a_few_records_are_read_in_one_call_without_names_and_addresses(
    local_aws: LocalAws, dynamodb: Any
) -> None:
    put(dynamodb, *["anna"] * (MOST + 5), name={"S": "Anna's"}, __typename={"S": "Shop"})
    local_aws.faults.clear()
    sample = RecordSample.read(dynamodb, TABLE)
    assert local_aws.faults.calls("Scan") == 1
    assert (sample.size, sample.others) == (MOST, MOST)
    assert sample.owners == {OwnerForm.USERNAME: MOST}
    assert "have another __typename than Business" in " ".join(sample.told({}))


def test_what_an_operator_may_not_read_is_said_and_stops_nothing(
    local_aws: LocalAws, dynamodb: Any
) -> None:
    for operation in ("Scan", "GetResourcePolicy", "DescribeTimeToLive"):
        local_aws.faults.fail(operation, "AccessDeniedException")
    asked = operator(local_aws)
    asked.deploy()
    assert f"Whether table {TABLE} has a policy of its own could not be read" in asked.said
    assert "uses it, could not be read: AWS does not allow Scan." in asked.said
    assert f"Whether table {TABLE} deletes records by itself could not be read" in asked.said


def test_a_look_at_the_records_that_fails_leaves_no_stack_in_review(
    local_aws: LocalAws, dynamodb: Any
) -> None:
    local_aws.faults.fail("Scan", "InternalServerError", status=500, times=50)
    with pytest.raises(AwsSetupError):
        operator(local_aws).deploy()
    assert describe_stack(local_aws.client("cloudformation", REGION), STACK) is None


def test_a_policy_of_the_table_is_told_of_if_it_denies_something(
    local_aws: LocalAws, dynamodb: Any
) -> None:
    arn = dynamodb.describe_table(TableName=TABLE)["Table"]["TableArn"]
    account = {"AWS": "arn:aws:iam::123456789012:root"}
    for effect, is_told in (("Allow", False), ("Deny", True)):
        statement = {"Effect": effect, "Principal": account, "Action": "dynamodb:PutItem"}
        policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": arn}]}
        dynamodb.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy))
        asked = operator(local_aws)
        asked.deploy(dry_run=True)
        assert (f"The resource policy of table {TABLE} denies something" in asked.said) is is_told
        shown = f"`aws dynamodb get-resource-policy --resource-arn {arn}`"
        assert (shown in asked.said) is is_told


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({}, ""),
        ({"TableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"}}, ""),
        ({"MultiRegionConsistency": "STRONG"}, "createBusiness and deleteBusiness of the API fail"),
        ({"GlobalTableVersion": "2017.11.29"}, "theirs is a global table. Conditions are checked"),
        (
            {"Replicas": [{"RegionName": each} for each in ("eu-west-1", REGION)]},
            f"with replicas in eu-west-1. Conditions are checked in {REGION} alone",
        ),
    ],
)
def test_a_global_table_is_told_of(described: dict[str, Any], said: str) -> None:
    told = " ".join(replication_notices({"TableName": "theirs", **described}, REGION))
    assert said in told
    assert bool(told) is bool(said)
