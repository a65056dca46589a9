"""The data in a kept pool and in kept tables: how much it is, and how to delete it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws_setup.exceptions import RemovalFailed, UserPoolMissing
from aws_setup.existing.kept_resources import KeptResource
from aws_setup.existing.user_pool.updates import describe_pool, remove_protection
from aws_setup.stack.poll_interval import PollInterval

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

AGAIN = "Run `manage.py destroy_backend --delete-data` again; it goes on where this run stopped."
GONE = "gone"


class StoredData:
    """Counts and deletes kept data. The clients belong to one account and Region.

    poll_interval: how often, and for how long, DynamoDB is asked whether it is done.
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
        """Return those that still exist: the search by tags finds deleted resources for a while."""
        return tuple(kept for kept in found if self.amount(kept) != GONE)

    def amount(self, kept: KeptResource) -> str:
        """Return how much the resource holds, in words; "gone" if it does not exist, or soon.

        Cognito estimates the number of users, and DynamoDB counts items about every six hours.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
        """
        if kept.logical_id == "UserPool":
            try:
                pool = describe_pool(self._cognito, kept.physical_id)
            except UserPoolMissing:
                return GONE
            return f"about {pool.get('EstimatedNumberOfUsers', 0):,} users"
        status, count = self._table(kept.physical_id)
        return GONE if status in {"", "DELETING"} else f"about {count:,} records"

    def refuse_with_domain(self, every: Iterable[KeptResource]) -> None:
        """Raise RemovalFailed if Cognito would not delete one of these pools. Changes nothing.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPool.html
        """
        for kept in every:
            if kept.logical_id != "UserPool":
                continue
            pool = describe_pool(self._cognito, kept.physical_id)
            names = list(filter(None, (pool.get("Domain"), pool.get("CustomDomain"))))
            if names:
                commands = ", ".join(
                    f"`aws cognito-idp delete-user-pool-domain --user-pool-id {kept.physical_id} "
                    f"--domain {name}`"
                    for name in names
                )
                raise RemovalFailed(
                    f"User pool {kept.physical_id} has the domain {' and '.join(names)}, and "
                    "Cognito deletes no pool with a domain. Nothing was changed.",
                    hint=f"Delete that, with the sign-in pages at it: {commands}. Then run it "
                    "again, or leave --delete-data out.",
                )

    def delete(self, kept: KeptResource) -> None:
        """Remove the deletion protection and delete the resource with its data.

        May run twice. Raises RemovalFailed.
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
                hint=f"Fix what the reason names. {AGAIN}",
            ) from error

    def _delete_pool(self, pool_id: str) -> None:
        try:
            pool = describe_pool(self._cognito, pool_id)
        except UserPoolMissing:
            return
        if pool.get("DeletionProtection") == "ACTIVE":
            remove_protection(self._cognito, pool)
        self._cognito.delete_user_pool(UserPoolId=pool_id)

    def _delete_table(self, name: str) -> None:
        if self._wait_until_stable(name) == "":
            return
        self._dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        self._wait_until_stable(name)
        self._dynamodb.delete_table(TableName=name)
        self._wait_until_stable(name)

    def _wait_until_stable(self, name: str) -> str:
        """Wait until the table is not being changed. Returns its status; "" once it is gone."""
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
