"""Attaches a function to a user pool as its PostConfirmation trigger, and detaches it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_setup.exceptions import UserPoolMissing
from aws_setup.existing.user_pool.updates import (
    describe_pool,
    function_arn,
    put_trigger,
    trigger_of,
)

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTrigger:
    """The stack's function and the pool that is to call it."""

    client: CognitoIdentityProviderClient
    pool_id: str
    function_name: str
    displaced: str = ""  # the ARN of the function that the pool called before

    def attach(self) -> bool:
        """Make the pool call the function. Returns whether that was a change.

        Raises UserPoolMissing or UserPoolBusy.
        """
        pool = describe_pool(self.client, self.pool_id)
        arn = function_arn(pool, self.function_name)
        if trigger_of(pool) == arn:
            return False
        put_trigger(self.client, pool, arn)
        return True

    def is_attached(self) -> bool:
        """Return whether the pool calls the function; False for a pool that does not exist."""
        try:
            pool = describe_pool(self.client, self.pool_id)
        except UserPoolMissing:
            return False
        return trigger_of(pool) == function_arn(pool, self.function_name)

    def detach(self) -> bool:
        """Put back what the pool called before, if it still calls the function.

        Returns whether that was a change. A pool that does not exist needs none. Raises
        UserPoolBusy.
        """
        try:
            pool = describe_pool(self.client, self.pool_id)
        except UserPoolMissing:
            return False
        if trigger_of(pool) != function_arn(pool, self.function_name):
            return False
        put_trigger(self.client, pool, self.displaced)
        return True
