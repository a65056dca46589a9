"""The data that a stack keeps, in a pool and in tables: how much it is, and its deletion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws_setup.exceptions import RemovalFailed, UserPoolMissing
from aws_setup.existing.kept_resources import KeptResource
from aws_setup.existing.user_pool.updates import describe_pool, take_protection_off
from aws_setup.stack.poll_interval import PollInterval

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

AGAIN = "Run `manage.py destroy_backend --delete-data` again: it goes on where this run stopped."

GONE = "gone"


class StoredData:
    """Counts and deletes what is kept, with clients of one account and Region.

    poll_interval: how the waits go; clock and sleep come with it.
    """

    def __init__(
        self,
        cognito: CognitoIdentityProviderClient,
        dynamodb: DynamoDBClient,
        *,
        poll_interval: PollInterval | None = None,
    ) -> None:
        self._cognito, self._dynamodb, self._poll_interval = (
            cognito,
            dynamodb,
            poll_interval or PollInterval(),
        )

    def still_there(self, found: Iterable[KeptResource]) -> tuple[KeptResource, ...]:
        """Return what is not gone; tags may be found for a while after their resource."""
        return tuple(kept for kept in found if self.amount(kept) != GONE)

    def amount(self, kept: KeptResource) -> str:
        """Return how much it holds, in words; "gone" where it is.

        Cognito estimates its users, and DynamoDB counts its items every six hours or so.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
        """
        if kept.logical_id == "UserPool":
            try:
                pool = describe_pool(self._cognito, kept.physical_id)
            except UserPoolMissing:
                return GONE
            return f"about {pool.get('EstimatedNumberOfUsers', 0):,} users"
        status, count = self._table(kept.physical_id)
        return f"about {count:,} records" if status else GONE

    def delete(self, kept: KeptResource) -> None:
        """Take the protection off and delete it with all that it holds; may run twice.

        Raises RemovalFailed.
        """
        try:
            if kept.logical_id == "UserPool":
                self._delete_pool(kept.physical_id)
            else:
                self._delete_table(kept.physical_id)
        except ClientError as error:
            answer = error.response["Error"]
            if answer["Code"] not in {"InvalidParameterException", "ResourceInUseException"}:
                raise
            said = answer["Message"].rstrip(".")
            raise RemovalFailed(
                f"{kept.logical_id} {kept.physical_id} could not be deleted: {said}.",
                hint=f"Mend what the reason names. {AGAIN}",
            ) from error

    def _delete_pool(self, pool_id: str) -> None:
        try:
            pool = describe_pool(self._cognito, pool_id)
        except UserPoolMissing:
            return
        if pool.get("DeletionProtection") == "ACTIVE":
            take_protection_off(self._cognito, pool)
        self._cognito.delete_user_pool(UserPoolId=pool_id)

    def _delete_table(self, name: str) -> None:
        if self._settled(name) == "":
            return
        self._dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        self._settled(name)
        self._dynamodb.delete_table(TableName=name)
        self._settled(name)

    def _settled(self, name: str) -> str:
        """Wait until the table is not being changed; return its status, "" when it is gone."""
        for _ in self._poll_interval.rounds():
            status, _count = self._table(name)
            if status in {"", "ACTIVE"}:
                return status
        raise RemovalFailed(f"Table {name} is still {status}.", hint=AGAIN)

    def _table(self, name: str) -> tuple[str, int]:
        try:
            table = self._dynamodb.describe_table(TableName=name)["Table"]
        except self._dynamodb.exceptions.ResourceNotFoundException:
            return "", 0
        return table["TableStatus"], table.get("ItemCount", 0)
