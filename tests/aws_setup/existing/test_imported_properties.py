"""Tables that are not as the template has them, in the template's words."""

from typing import Any

from aws_setup.existing.imported_properties import pool_properties, table_properties
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import render_template

RESOURCES = parse_template(render_template(), "the template")["Resources"]
BUSINESS = RESOURCES["BusinessTable"]["Properties"]
ONBOARDING = RESOURCES["OnboardingTable"]["Properties"]
POOL = RESOURCES["UserPool"]["Properties"]
KEY = [{"AttributeName": "id", "KeyType": "HASH"}]
BY_OWNER = {
    "IndexName": "byOwner",
    "KeySchema": [
        {"AttributeName": "owner", "KeyType": "HASH"},
        {"AttributeName": "createdAt", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "ALL"},
}
UNITS = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 1}


def attributes(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def described(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    table: Any = {
        "KeySchema": KEY,
        "AttributeDefinitions": attributes("createdAt", "id", "mine", "owner"),
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        **more,
    }
    return table_properties(properties, table, {"ContinuousBackupsStatus": "ENABLED"}, {})


def test_an_index_that_the_table_has_not_and_one_of_somebody_elses_are_left_out() -> None:
    mine = {**BY_OWNER, "IndexName": "byMine", "KeySchema": attributes("mine")}
    found = described(BUSINESS, GlobalSecondaryIndexes=[mine, {**BY_OWNER, "ItemCount": 9}])
    assert found["GlobalSecondaryIndexes"] == [BY_OWNER]
    # In the template's order, which another one would be a change of.
    assert found["AttributeDefinitions"] == attributes("id", "owner", "createdAt")

    bare = described(BUSINESS)
    assert "GlobalSecondaryIndexes" not in bare
    assert bare["AttributeDefinitions"] == attributes("id")


def test_a_table_without_any_setting_is_told_to_have_none() -> None:
    assert described(ONBOARDING) == {
        "BillingMode": "PAY_PER_REQUEST",
        "Tags": ONBOARDING["Tags"],
        "DeletionProtectionEnabled": False,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False},
        "KeySchema": KEY,
        "AttributeDefinitions": attributes("id"),
    }


def test_a_table_that_is_not_paid_by_use_has_its_throughput() -> None:
    given = {**UNITS, "NumberOfDecreasesToday": 0}
    found = described(
        BUSINESS,
        BillingModeSummary={},
        ProvisionedThroughput=given,
        GlobalSecondaryIndexes=[{**BY_OWNER, "ProvisionedThroughput": given}],
    )
    assert (found["BillingMode"], found["ProvisionedThroughput"]) == ("PROVISIONED", UNITS)
    assert found["GlobalSecondaryIndexes"] == [{**BY_OWNER, "ProvisionedThroughput": UNITS}]


def test_an_attribute_that_the_pool_lacks_is_left_to_the_update() -> None:
    pool: Any = {"Name": "pool", "SchemaAttributes": [{"Name": "email"}], "LambdaConfig": {}}
    found = pool_properties(POOL, pool)
    assert [each["Name"] for each in found["Schema"]] == ["email"]
    assert found["UserPoolName"] == "pool"
    assert "LambdaConfig" not in found
