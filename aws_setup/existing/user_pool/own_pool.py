"""The stack's own pool, whose trigger somebody may have removed by hand.

CloudFormation compares templates, not resources, so it would find nothing to change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_setup.exceptions import UserPoolMissing
from aws_setup.existing.deleted_by_hand import NO_USERS, RECREATE_STACK
from aws_setup.existing.user_pool.trigger import PoolTrigger
from aws_setup.existing.user_pool.updates import describe_pool, function_arn, trigger_of

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


class OwnPool:
    """The pool's trigger, as it was when this object was made.

    replace: whether to replace another function that the pool calls now.
    A pool that was deleted stays missing: CloudFormation does not notice that, either.
    """

    def __init__(
        self,
        client: CognitoIdentityProviderClient,
        pool_id: str,
        *,
        function_name: str,
        replace: bool,
    ) -> None:
        self._trigger = PoolTrigger(client=client, pool_id=pool_id, function_name=function_name)
        self._pool_id, self._replace = pool_id, replace
        try:
            pool = describe_pool(client, pool_id)
        except UserPoolMissing:
            self._is_gone, self._calls, self._is_on = True, "", True
            return
        self._is_gone = False
        self._calls = trigger_of(pool)
        self._is_on = self._calls == function_arn(pool, function_name)

    def notes(self) -> list[str]:
        """Return a sentence for each problem that this run does not fix."""
        if self._is_gone:
            return [f"User pool {self._pool_id} is gone. {RECREATE_STACK} {NO_USERS}"]
        if self._is_on or not self._calls or self._replace:
            return []
        note = (
            f"User pool {self._pool_id} calls {self._calls} after each confirmation, not the "
            "stack's function. Add --replace-trigger to put that back."
        )
        return [note]

    def steps(self) -> list[str]:
        """Return a sentence for what `attach` would do; none if it would do nothing."""
        if self._is_on or (self._calls and not self._replace):
            return []
        instead = f", in place of {self._calls}" if self._calls else ""
        step = (
            f"User pool {self._pool_id} calls the stack's function again after each "
            f"confirmation{instead}; its other settings stay."
        )
        return [step]

    def attach(self) -> None:
        """Put the trigger back, if `steps` says so. Raises UserPoolBusy."""
        if self.steps():
            self._trigger.attach()
