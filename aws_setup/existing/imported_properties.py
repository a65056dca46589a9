"""A pool and a table as they are, in the words of the template's resources. Pure.

CloudFormation takes the properties of what it imports from the template, unseen: it would never
make what the template has and the resource has not. So an import describes what is there, as far
as the template sets it, and the update that follows brings the rest.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-resolve-drift.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_setup.existing.indexes import key_names

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.type_defs import UserPoolTypeTypeDef
    from mypy_boto3_dynamodb.type_defs import (
        ContinuousBackupsDescriptionTypeDef,
        TableDescriptionTypeDef,
        TimeToLiveDescriptionTypeDef,
    )

PROVISIONED = "PROVISIONED"
ON = {"ENABLING", "ENABLED", "UPDATING"}


def pool_properties(properties: Mapping[str, Any], pool: UserPoolTypeTypeDef) -> dict[str, Any]:
    """Return a template's properties of a user pool with the values that the pool has.

    pool: as DescribeUserPool has it.
    """
    found = _as_far_as(properties, {**pool, "UserPoolName": pool["Name"]})
    names = {each.get("Name", "").removeprefix("custom:") for each in pool["SchemaAttributes"]}
    # Neither Cognito nor CloudFormation changes an attribute that is there.
    found["Schema"] = [each for each in properties["Schema"] if each["Name"] in names]
    found["UserPoolTags"] = properties["UserPoolTags"]  # it was found by them
    return {name: value for name, value in found.items() if value != {}}


def table_properties(
    properties: Mapping[str, Any],
    table: TableDescriptionTypeDef,
    backups: ContinuousBackupsDescriptionTypeDef,
    time_to_live: TimeToLiveDescriptionTypeDef,
) -> dict[str, Any]:
    """Return a template's properties of a table with the values that the table has.

    table, backups, time_to_live: as DescribeTable, DescribeContinuousBackups and
    DescribeTimeToLive have them. An index of which the template knows nothing stays out of it.
    """
    billing = table.get("BillingModeSummary", {}).get("BillingMode", PROVISIONED)
    indexes = _indexes(properties, table, billing)
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    found: dict[str, Any] = {
        "BillingMode": billing,
        "Tags": properties["Tags"],  # it was found by them
        "DeletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED"
        },
        "KeySchema": table["KeySchema"],
        "AttributeDefinitions": _attributes(properties, table, indexes),
    }
    encryption = table.get("SSEDescription", {})
    if encryption.get("Status") in ON:
        key = {"KMSMasterKeyId": encryption["KMSMasterKeyArn"]}
        found["SSESpecification"] = {"SSEEnabled": True, "SSEType": "KMS", **key}
    if time_to_live.get("TimeToLiveStatus") in ON:
        name = time_to_live["AttributeName"]
        found["TimeToLiveSpecification"] = {"AttributeName": name, "Enabled": True}
    if indexes:
        found["GlobalSecondaryIndexes"] = indexes
    set_by_template = {name: found[name] for name in properties if name in found}
    return {**set_by_template, **_throughput(table, billing)}


def _as_far_as(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is found of the members that are wanted, at every depth."""
    return {
        name: _as_far_as(value, found[name])
        if isinstance(value, Mapping) and isinstance(found[name], Mapping)
        else found[name]
        for name, value in wanted.items()
        if name in found
    }


def _indexes(
    properties: Mapping[str, Any], table: TableDescriptionTypeDef, billing: str
) -> list[dict[str, Any]]:
    has = {each["IndexName"]: each for each in table.get("GlobalSecondaryIndexes", [])}
    names = [each["IndexName"] for each in properties["GlobalSecondaryIndexes"]]
    return [
        {
            "IndexName": name,
            "KeySchema": has[name]["KeySchema"],
            "Projection": has[name]["Projection"],
            **_throughput(has[name], billing),
        }
        for name in names
        if name in has
    ]


def _attributes(
    properties: Mapping[str, Any], table: TableDescriptionTypeDef, indexes: list[dict[str, Any]]
) -> list[Any]:
    """Return the definitions that are used, in the template's order: another one is a change."""
    order = [each["AttributeName"] for each in properties["AttributeDefinitions"]]
    used = key_names([table, *indexes])
    has = [each for each in table["AttributeDefinitions"] if each["AttributeName"] in used]
    return sorted(
        has, key=lambda each: [*order, each["AttributeName"]].index(each["AttributeName"])
    )


def _throughput(keyed: Mapping[str, Any], billing: str) -> dict[str, Any]:
    """Return what a table or an index that isn't paid by use cannot be described without."""
    if billing != PROVISIONED:
        return {}
    given = keyed["ProvisionedThroughput"]
    units = {name: given[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits")}
    return {"ProvisionedThroughput": units}
