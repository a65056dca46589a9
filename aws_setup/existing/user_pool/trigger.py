"""Attaches a function to a user pool as its PostConfirmation trigger, and detaches it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_setup.exceptions import UserPoolMissing
from aws_setup.existing.user_pool.updates import (
    describe_pool,
    function_arn,
    is_of,
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

    def attach(self, arn: str = "") -> bool:
        """Make the pool call the function. Returns whether that was a change.

        arn: of the version or the alias that `detach` returned; "" for the function itself. Raises
        UserPoolMissing or UserPoolBusy.
        """
        pool = describe_pool(self.client, self.pool_id)
        wanted = arn or function_arn(pool, self.function_name)
        if trigger_of(pool) == wanted:
            return False
        put_trigger(self.client, pool, wanted)
        return True

    def is_attached(self) -> bool:
        """Return whether the pool calls the function, or a version or an alias of it.

        False for a pool that does not exist.
        """
        try:
            pool = describe_pool(self.client, self.pool_id)
        except UserPoolMissing:
            return False
        return is_of(trigger_of(pool), function_arn(pool, self.function_name))

    def detach(self) -> str:
        """Put back what the pool called before, if it still calls the function or a version of it.

        Returns the ARN that it called; "" if there was nothing to change. A pool that does not
        exist needs no change. Raises UserPoolBusy.
        """
        try:
            pool = describe_pool(self.client, self.pool_id)
        except UserPoolMissing:
            return ""
        called = trigger_of(pool)
        if not is_of(called, function_arn(pool, self.function_name)):
            return ""
        put_trigger(self.client, pool, self.displaced)
        return called
