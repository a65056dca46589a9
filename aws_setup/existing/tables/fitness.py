"""Whether a Business table takes what is written into it, and gives what is read from it. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

# The attributes of each Business, all of them texts, as resolvers/ and the site write them.
SHOWN = ("id", "owner", "name", "email", "groupName", "createdAt", "updatedAt")
WRITTEN = (*SHOWN, "__typename", "nameKey", "emailKey")
DELETED = "_deleted"  # DataStore's mark of an item that is no record any more
BUSINESS_INDEXES = ("byCreatedAt", "byEmail", "byName", "byOwner")  # that lists are read from
# Cognito adds no more to groups, in all pools of an account and Region, and nobody raises that.
# https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
MEMBERS_A_SECOND = 25
KEY_BYTES = {"HASH": 2048, "RANGE": 1024}
_TYPES = {"S": "text", "N": "a number", "B": "binary"}


def unfit(table: Mapping[str, Any], wanted: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a sentence for each reason why Business records cannot be written or listed.

    table: as DescribeTable returns it. wanted: the indexes of the template's own table. An index of
    those that the table lacks is none of the reasons.
    """
    yield from refused_writes(table)
    indexes = {
        each["IndexName"]: each
        for each in table.get("GlobalSecondaryIndexes", ())
        if is_staying(each)
    }
    for each in wanted:
        name = each["IndexName"]
        index = indexes.get(name)
        if index and [dict(key) for key in index["KeySchema"]] != each["KeySchema"]:
            keys = ", ".join(_keys(index))
            yield f"Its index {name} has other keys than the site needs: {keys}."
        elif index:
            yield from unread_attributes(index)


def unfit_for_onboardings(table: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each reason why onboardings cannot be written or listed.

    table: as DescribeTable returns it. properties: those of the template's own table.
    """
    name = table["TableName"]
    if [dict(key) for key in table["KeySchema"]] != properties["KeySchema"]:
        yield f"Table {name} has the key ({', '.join(_keys(table))}); onboardings have the key sub."
    given = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    for each in properties["AttributeDefinitions"]:
        kind = given.get(each["AttributeName"], "S")
        if kind != each["AttributeType"]:
            yield f"The key {each['AttributeName']} of table {name} is {_TYPES.get(kind, kind)}."
    indexes = {each["IndexName"]: each for each in table.get("GlobalSecondaryIndexes", ())}
    for each in properties["GlobalSecondaryIndexes"]:
        index = indexes.get(each["IndexName"])
        if index is None:
            yield f"Table {name} lacks the index {each['IndexName']}."
        elif [dict(key) for key in index["KeySchema"]] != each["KeySchema"]:
            yield f"The index {each['IndexName']} of table {name} has other keys."
        elif index["Projection"]["ProjectionType"] != "ALL":
            yield f"The index {each['IndexName']} of table {name} leaves out attributes."


def stream_notices(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence if others are given what is written into the table."""
    if table.get("StreamSpecification", {}).get("StreamEnabled"):
        yield (
            f"Table {table['TableName']} has a stream: whatever reads it is given every business "
            "that signs up."
        )


def expiry_notices(name: str, time_to_live: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence if the table deletes its records by itself.

    time_to_live: as DescribeTimeToLive describes it; DynamoDB deletes nothing by a text.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
    """
    if time_to_live.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}:
        attribute = time_to_live["AttributeName"]
        how = (
            "businesses have text there, which DynamoDB takes for no time"
            if attribute in WRITTEN
            else "businesses that sign up are written without it"
        )
        yield (
            f"Table {name} deletes each record once the time in its {attribute} has passed; {how}."
        )


def long_name_notices(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each index that takes no long name: Cognito's take 2,048 characters.

    What else is written is shorter than any key of an index may be.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    """
    for index in table.get("GlobalSecondaryIndexes", ()):
        for key in index.get("KeySchema", ()):
            if key["AttributeName"] == "name":
                yield (
                    f"The index {index['IndexName']} of table {table['TableName']} has the key "
                    f"name, so DynamoDB refuses a business whose name has more than "
                    f"{KEY_BYTES[key['KeyType']]:,} bytes: its owner becomes a stuck onboarding."
                )


def capacity_notices(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence about capacity that more sign-ups can use up than Cognito lets through.

    A business takes one write unit of the table and of each index that it is in.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/provisioned-capacity-mode.html
    """
    units = list[int]()
    for keyed in (table, *table.get("GlobalSecondaryIndexes", ())):
        provisioned = keyed.get("ProvisionedThroughput", {}).get("WriteCapacityUnits", 0)
        most = keyed.get("OnDemandThroughput", {}).get("MaxWriteRequestUnits", 0)
        units += (each for each in (provisioned, most) if each > 0)  # 0 and -1 stand for no limit
    if units and min(units) < MEMBERS_A_SECOND:
        yield (
            f"Table {table['TableName']}, or an index of it, takes {min(units)} write units a "
            "second, and each sign-up one of them. Of people who confirm faster for minutes, some "
            "become stuck onboardings, unless auto scaling raises that in time; an index that "
            "--add-indexes adds has none."
        )


def replication_notices(table: Mapping[str, Any], region: str) -> Iterator[str]:
    """Yield a sentence about a global table, of which `region` has one replica.

    A table with strong consistency takes no transactions; others check conditions in one Region.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-global-table-design.html
    """
    name = table["TableName"]
    if table.get("MultiRegionConsistency") == "STRONG":
        yield (
            f"Table {name} is a global table with strong consistency, which takes no transactions: "
            "people are onboarded, but createBusiness and deleteBusiness of the API fail."
        )
        return
    named = {each["RegionName"] for each in table.get("Replicas", ())} - {region}
    if named or table.get("GlobalTableVersion"):
        where = f" with replicas in {', '.join(sorted(named))}" if named else ""
        yield (
            f"Table {name} is a global table{where}. Conditions are checked in {region} alone: if "
            "a record is written in two Regions at the same moment, the later write wins, and what "
            "the other one checked or counted does not hold."
        )


def denials(policy: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence about the resource policy of a table if that denies anything.

    table: as DescribeTable returns it.
    What it allows takes nothing from the stack's roles, whose own policies suffice.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-auth-iam-id-based-policies-DDB.html
    """
    stated = policy.get("Statement", ())
    statements = [stated] if isinstance(stated, Mapping) else stated
    if any(each.get("Effect") == "Deny" for each in statements):
        yield (
            f"The resource policy of table {table['TableName']} denies something. If that covers "
            "the stack's roles, nobody is onboarded: look at it with `aws dynamodb "
            f"get-resource-policy --resource-arn {table['TableArn']}`."
        )


def is_staying(index: Mapping[str, Any]) -> bool:
    """Return whether an index is not being deleted; one that is will be missing."""
    return bool(index.get("IndexStatus") != "DELETING")


def key_arn(table: Mapping[str, Any]) -> str:
    """Return the ARN of the KMS key that a table is encrypted with; "" for DynamoDB's own."""
    return str(table.get("SSEDescription", {}).get("KMSMasterKeyArn", ""))


def refused_writes(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each key of another type than what is written: DynamoDB refuses that.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
    """
    types = {
        each["AttributeName"]: each["AttributeType"]
        for each in table.get("AttributeDefinitions", ())
    }
    name = table["TableName"]
    indexes = (*table.get("GlobalSecondaryIndexes", ()), *table.get("LocalSecondaryIndexes", ()))
    keyed = [(f"Table {name}", table)]
    keyed += ((f"The index {each['IndexName']} of table {name}", each) for each in indexes)
    told = set[str]()
    for where, each in keyed:
        for attribute in _keys(each):
            kind = types.get(attribute, "S")
            if attribute in WRITTEN and kind != "S" and attribute not in told:
                told.add(attribute)
                yield (
                    f"{where} has the key {attribute}, which is {_TYPES.get(kind, kind)} there. "
                    "Each business is written with text in it, so DynamoDB would refuse them all."
                )


def unread_attributes(index: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence if an index lacks attributes that are read from it: lists stay empty then.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html
    """
    if missing := _left_out(index, SHOWN):
        yield (
            f"Its index {index['IndexName']} leaves out {', '.join(missing)}, which lists show and "
            "the API returns."
        )


def unseen_deletions(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each index in which what DataStore deleted looks like any record.

    table: as DescribeTable returns it; one that DataStore uses.
    """
    for index in table.get("GlobalSecondaryIndexes", ()):
        name = index["IndexName"]
        if name in BUSINESS_INDEXES and _left_out(index, [DELETED]):
            yield (
                f"The index {name} of table {table['TableName']} leaves out {DELETED}: lists that "
                "are read from it, on the site and through the API, have records that DataStore "
                "deleted. If nothing else reads the index, delete it; then `manage.py "
                "deploy_backend --add-indexes` makes one with all attributes."
            )


def _left_out(index: Mapping[str, Any], wanted: Iterable[str]) -> Sequence[str]:
    """Return those of the wanted attributes that an index does not project."""
    projection = index.get("Projection", {})
    if projection.get("ProjectionType", "ALL") == "ALL":
        return []
    projected = {"id", *_keys(index), *projection.get("NonKeyAttributes", ())}
    return [attribute for attribute in wanted if attribute not in projected]


def _keys(keyed: Mapping[str, Any]) -> Sequence[str]:
    return [each["AttributeName"] for each in keyed["KeySchema"]]
