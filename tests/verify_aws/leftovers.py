"""What a verification has left in the account, by the names that only it gives, and its removal."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TextIO

import boto3
from django.core.management import CommandError, call_command
from django.test import override_settings

from aws_setup.management.interrupted import INTERRUPTED
from aws_setup.stack.states import DELETED
from tests.verify_aws.account import settled
from tests.verify_aws.observing import failure


@dataclass(frozen=True)
class Leftovers:
    """Everything whose name is that of the verification's stack, or begins with it and a hyphen.

    The stack's own resources belong to it; what it keeps when it is deleted is listed by itself.
    """

    session: boto3.Session
    stack_name: str

    def remove(self, out: TextIO) -> list[str]:
        """Remove all of it, and return a line for each thing that is left, with the reason.

        May run again. Waits for operations that still run on the stacks. Raises KeyboardInterrupt.
        """
        reasons = [
            line
            for remove in (*map(self._stack_removal, self._own_stacks()), self._destroyer(out))
            if (line := failure(remove))
        ]
        reasons += [line for _, remove in self._others() if (line := failure(remove))]
        left = [f"stack {name}" for name in self._stacks()]
        left += [thing for thing, _ in self._others()]
        return [f"{thing} is left." for thing in left] + reasons if left else reasons

    def _stack_removal(self, name: str) -> Any:
        def remove() -> None:
            settled(self._cloudformation, name)
            self._cloudformation.delete_stack(StackName=name)
            settled(self._cloudformation, name)

        return remove

    def _destroyer(self, out: TextIO) -> Any:
        name = self.stack_name
        options = ("--yes", name, "--delete-data", "--yes-delete-data", name)

        def destroy() -> None:
            settled(self._cloudformation, name)
            try:
                with override_settings(BACKEND_STACK_NAME=name):
                    call_command("destroy_backend", *options, stdout=out)
            except CommandError as error:
                if error.returncode == INTERRUPTED:
                    raise KeyboardInterrupt from error
                raise

        return destroy

    def _stacks(self) -> list[str]:
        pages = self._cloudformation.get_paginator("list_stacks").paginate()
        found = [each for page in pages for each in page["StackSummaries"]]
        alive = (each["StackName"] for each in found if each["StackStatus"] != DELETED)
        return [name for name in alive if self._is_own(name)]

    def _own_stacks(self) -> list[str]:
        return [name for name in self._stacks() if name != self.stack_name]

    def _others(self) -> Iterator[tuple[str, Any]]:
        """Yield what is left beside the stacks, in words, with what removes it."""
        cognito, dynamodb = self.session.client("cognito-idp"), self.session.client("dynamodb")
        appsync, logs = self.session.client("appsync"), self.session.client("logs")
        pools = cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
        for pool in (each for page in pools for each in page["UserPools"]):
            if self._is_own(pool["Name"]):
                yield f"user pool {pool['Id']}", partial(_delete_pool, cognito, pool["Id"])
        tables = dynamodb.get_paginator("list_tables").paginate()
        for table in (each for page in tables for each in page["TableNames"]):
            if self._is_own(table):
                yield f"table {table}", partial(_delete_table, dynamodb, table)
        apis = appsync.get_paginator("list_graphql_apis").paginate()
        for api in (each for page in apis for each in page["graphqlApis"]):
            if self._is_own(api["name"]):
                delete = partial(appsync.delete_graphql_api, apiId=api["apiId"])
                yield f"API {api['apiId']}", delete
        groups = logs.get_paginator("describe_log_groups")
        pages = groups.paginate(logGroupNamePrefix=self.stack_name)
        for name in (each["logGroupName"] for page in pages for each in page["logGroups"]):
            if self._is_own(name):
                yield f"log group {name}", partial(logs.delete_log_group, logGroupName=name)

    def _is_own(self, name: str) -> bool:
        return name == self.stack_name or name.startswith(f"{self.stack_name}-")

    @cached_property
    def _cloudformation(self) -> Any:
        return self.session.client("cloudformation")


def _delete_pool(cognito: Any, pool_id: str) -> None:
    pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    # Without these, a pool that waits for their verification would refuse the update.
    verified = pool.get("AutoVerifiedAttributes", [])
    cognito.update_user_pool(
        UserPoolId=pool_id, DeletionProtection="INACTIVE", AutoVerifiedAttributes=verified
    )
    cognito.delete_user_pool(UserPoolId=pool_id)


def _delete_table(dynamodb: Any, name: str) -> None:
    if dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=name)
    dynamodb.delete_table(TableName=name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=name)
