"""The current properties of a pool and of a table, as the template would write them. Pure.

CloudFormation believes the template about what it imports: it would never add what the template
has and the resource lacks. So the template of an import holds the current value of each property
that the template sets, and the update that follows brings the rest.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-resolve-drift.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_setup.existing.tables.existing_table import key_names

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
    """Return the template's properties of a user pool, with the values of an existing pool.

    pool: as DescribeUserPool returns it.
    """
    found = _matching_members(properties, {**pool, "UserPoolName": pool["Name"]})
    names = {each.get("Name", "").removeprefix("custom:") for each in pool["SchemaAttributes"]}
    # Neither Cognito nor CloudFormation changes an attribute that exists.
    found["Schema"] = [each for each in properties["Schema"] if each["Name"] in names]
    found["UserPoolTags"] = properties["UserPoolTags"]  # The pool was found by them.
    return {name: value for name, value in found.items() if value != {}}


def table_properties(
    properties: Mapping[str, Any],
    table: TableDescriptionTypeDef,
    backups: ContinuousBackupsDescriptionTypeDef,
    time_to_live: TimeToLiveDescriptionTypeDef,
) -> dict[str, Any]:
    """Return the template's properties of a table, with the values of an existing table.

    table, backups, time_to_live: as DescribeTable, DescribeContinuousBackups and
    DescribeTimeToLive return them. Indexes that the template does not have are left out.
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
        **_encryption(table),
        **_time_to_live(time_to_live),
    }
    if indexes:
        found["GlobalSecondaryIndexes"] = indexes
    set_by_template = {name: found[name] for name in properties if name in found}
    return {**set_by_template, **_throughput(table, billing)}


def _matching_members(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of `found` that `wanted` has as well, at every depth."""
    return {
        name: _matching_members(value, found[name])
        if isinstance(value, Mapping) and isinstance(found[name], Mapping)
        else found[name]
        for name, value in wanted.items()
        if name in found
    }


def _encryption(table: TableDescriptionTypeDef) -> dict[str, Any]:
    """Return the encryption with a customer-managed key; {} for AWS's own keys."""
    encryption = table.get("SSEDescription", {})
    if encryption.get("Status") not in ON:
        return {}
    key = {"KMSMasterKeyId": encryption["KMSMasterKeyArn"]}
    return {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", **key}}


def _time_to_live(described: TimeToLiveDescriptionTypeDef) -> dict[str, Any]:
    if described.get("TimeToLiveStatus") not in ON:
        return {}
    name = described["AttributeName"]
    return {"TimeToLiveSpecification": {"AttributeName": name, "Enabled": True}}


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
    """Return the definitions in use, in the template's order: another order is a change."""
    order = [each["AttributeName"] for each in properties["AttributeDefinitions"]]
    used = key_names([table, *indexes])
    has = [each for each in table["AttributeDefinitions"] if each["AttributeName"] in used]
    return sorted(
        has, key=lambda each: [*order, each["AttributeName"]].index(each["AttributeName"])
    )


def _throughput(keyed: Mapping[str, Any], billing: str) -> dict[str, Any]:
    """Return the throughput, which a table or an index with provisioned capacity must have."""
    if billing != PROVISIONED:
        return {}
    given = keyed["ProvisionedThroughput"]
    units = {name: given[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits")}
    return {"ProvisionedThroughput": units}
