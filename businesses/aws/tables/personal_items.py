"""The items of both tables that belong to a person, as they are found and deleted for an erasure.

Only the texts of an item are read, so that no item, however odd, keeps another from being erased.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from businesses.aws.tables.batch_reads import missing_table
from businesses.queries.business_sources import BY_EMAIL, BY_OWNER
from businesses.queries.keys import can_be_key
from businesses.queries.onboarding_plan import BY_STATUS
from businesses.records.addresses import folded
from businesses.records.business import TYPENAME
from businesses.records.identity import COUNT
from businesses.records.onboarding_problems import STATUSES
from businesses.records.search_keys import search_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, str]  # the attributes that are texts, by name


class PersonalItems:
    """Both tables, seen by whom their items belong to.

    Every method raises TableMissing when there is no such table, and lets botocore's other errors
    pass.
    """

    def __init__(self, client: "DynamoDBClient", businesses: str, onboardings: str) -> None:
        self._client = client
        self._businesses, self._onboardings = businesses, onboardings

    def business(self, record_id: str) -> Item | None:
        """Return the business with this id; None if there is none."""
        return self._get(self._businesses, "id", record_id)

    def onboarding(self, sub: str) -> Item | None:
        """Return the onboarding of this person; None if there is none."""
        return self._get(self._onboardings, "sub", sub)

    def owned_by(self, owner: str) -> Iterator[Item]:
        """Yield the businesses with exactly this owner, which an index finds by `createdAt`."""
        if can_be_key(owner):
            condition = {BY_OWNER.partition: owner}
            yield from self._query(self._businesses, BY_OWNER.name, condition)

    def with_address(self, address: str) -> Iterator[Item]:
        """Yield the businesses with this e-mail address, however it is spelled."""
        condition = {BY_EMAIL.partition: TYPENAME, BY_EMAIL.sort: search_key(address)}
        for item in self._query(self._businesses, BY_EMAIL.name, condition):
            if folded(item.get("email", "")) == folded(address):
                yield item

    def onboardings(self) -> Iterator[Item]:
        """Yield every onboarding, which is the only way to find one by its address."""
        for status in STATUSES:
            yield from self._query(self._onboardings, BY_STATUS, {"status": status})

    def delete_business(self, item: Item) -> bool:
        """Delete a business as it was read; False if it has another owner by now, or is gone.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
        """
        condition: dict[str, Any] = {"ConditionExpression": "attribute_exists(id)"}
        if "owner" in item:
            condition = {
                "ConditionExpression": "#owner = :owner",
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {":owner": {"S": item["owner"]}},
            }
        try:
            with missing_table(self._businesses):
                self._client.delete_item(
                    TableName=self._businesses, Key={"id": {"S": item["id"]}}, **condition
                )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def has_count(self, owner: str) -> bool:
        """Return whether there is a count of this owner's businesses, which outlives them."""
        return self._get(self._businesses, "id", f"{COUNT}{owner}") is not None

    def delete_count(self, owner: str) -> None:
        """Delete the count of this owner's businesses, if there is one."""
        with missing_table(self._businesses):
            self._client.delete_item(
                TableName=self._businesses, Key={"id": {"S": f"{COUNT}{owner}"}}
            )

    def delete_onboarding(self, sub: str) -> None:
        """Delete the onboarding of this person."""
        with missing_table(self._onboardings):
            self._client.delete_item(TableName=self._onboardings, Key={"sub": {"S": sub}})

    def _get(self, table: str, key: str, value: str) -> Item | None:
        if not can_be_key(value):
            return None
        with missing_table(table):
            answer = self._client.get_item(
                TableName=table, Key={key: {"S": value}}, ConsistentRead=True
            )
        return _texts(answer["Item"]) if "Item" in answer else None

    def _query(self, table: str, index: str, condition: Mapping[str, str]) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(
            TableName=table,
            IndexName=index,
            KeyConditionExpression=" AND ".join(f"#{name} = :{name}" for name in condition),
            ExpressionAttributeNames={f"#{name}": name for name in condition},
            ExpressionAttributeValues={f":{name}": {"S": text} for name, text in condition.items()},
        )
        with missing_table(table):
            for page in pages:
                yield from map(_texts, page["Items"])


def _texts(item: Mapping[str, Any]) -> Item:
    return {name: value["S"] for name, value in item.items() if "S" in value}
