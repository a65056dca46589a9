"""An existing user pool, and the changes to it before and after the stack's deployment.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddCustomAttributes.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aws_setup.exceptions import TriggerTaken, UserPoolUnusable
from aws_setup.existing.owning_stack import OF_POOL, owner
from aws_setup.existing.user_pool.fitness import (
    demands,
    notices,
    unfit,
    unusable,
    written_at_sign_up,
)
from aws_setup.existing.user_pool.other_triggers import unreachable
from aws_setup.existing.user_pool.trigger import PoolTrigger
from aws_setup.existing.user_pool.updates import describe_pool, function_arn, is_of, trigger_of

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import UserPoolTypeTypeDef
    from mypy_boto3_lambda import LambdaClient

ATTRIBUTE = "business_name"
ALL_CLIENTS = (
    "Whoever signs up in user pool {pool} becomes a business, through whichever application. If "
    "others share the pool, name the app clients that count in ALLOWED_CLIENT_IDS."
)
# Cognito estimates the number.
EARLIER_USERS = (
    "User pool {pool} has about {users:,} users already. They are not onboarded, and the sweep "
    "leaves them out. `manage.py find_stuck_onboardings --confirmed-after 2000-01-01` records them "
    "all, members of staff too, so that `manage.py retry_onboardings --source sweep` makes "
    "businesses of them."
)


class ExistingPool:
    """The pool, as it was when this object was made.

    function_name: the stack's function; "" before it exists.
    displaced: the ARN of the function that the stack displaced in an earlier run.
    written: the attributes that an app client writes when somebody signs up.
    Raises UserPoolMissing, or UserPoolUnusable for a stack that is to be created.
    """

    def __init__(
        self,
        client: CognitoIdentityProviderClient,
        functions: LambdaClient,
        pool_id: str,
        *,
        function_name: str,
        displaced: str,
    ) -> None:
        self._client, self._pool_id, self._displaced = client, pool_id, displaced
        self._functions = functions
        pool = describe_pool(client, pool_id)
        self._calls = trigger_of(pool)
        own = function_arn(pool, function_name) if function_name else ""
        self._is_attached = bool(own) and self._calls == own
        self._calls_a_version = bool(own) and not self._is_attached and is_of(self._calls, own)
        self._lacks_attribute = _lacks_attribute(pool)
        self._is_new, self._pool = not function_name, pool
        self.written: Sequence[str] = written_at_sign_up(pool)
        if self._is_new and (reasons := list(unusable(pool))):
            raise UserPoolUnusable(f"{' '.join(reasons)} Nothing was changed.")

    def notes(self) -> list[str]:
        """Return what does not work with this pool, or is to be known about it."""
        tags = self._pool.get("UserPoolTags", {})
        notes = [
            *unfit(self._pool),
            *unreachable(self._functions, self._pool),
            *notices(self._pool),
            *(() if self._is_attached else demands(self._pool)),
            *owner(OF_POOL, self._pool_id, tags),
        ]
        users = self._pool.get("EstimatedNumberOfUsers", 0)
        if self._is_new and users:
            notes.append(EARLIER_USERS.format(pool=self._pool_id, users=users))
        return notes

    def displaces(self, *, replace: bool) -> str:
        """Return the ARN of the function that destroy_backend is to put back; "" for none.

        replace: whether to displace another function. If not, raises TriggerTaken.
        """
        if not self._calls or self._is_attached or self._calls == self._displaced:
            return self._displaced
        if replace:
            # The stack's own function goes with the stack, and could not be called afterwards.
            return self._displaced if self._calls_a_version else self._calls
        if self._calls_a_version:
            raise TriggerTaken(
                f"User pool {self._pool_id} calls {self._calls} after each confirmation, a version "
                "or an alias of the stack's function, which no deployment updates. Nothing was "
                "changed.",
                hint="Add --replace-trigger to call the function itself.",
            )
        raise TriggerTaken(
            f"User pool {self._pool_id} calls {self._calls} after each confirmation, and a pool "
            "can call only one function. Nothing was changed.",
            hint="Add --replace-trigger to call the stack's function instead; destroy_backend puts "
            "the other one back.",
        )

    def steps(self) -> list[str]:
        """Return a sentence for each thing that `prepare` and `attach` would do."""
        steps = []
        if self._lacks_attribute:
            steps.append(
                f"User pool {self._pool_id} gets the attribute custom:{ATTRIBUTE}, for good: "
                "Cognito never removes an attribute."
            )
        if not self._is_attached:
            instead = f", in place of {self._calls}" if self._calls else ""
            steps.append(
                f"User pool {self._pool_id} calls the stack's function after each "
                f"confirmation{instead}; its other settings stay."
            )
        return steps

    def prepare(self, template: Mapping[str, Any]) -> bool:
        """Add the attribute that the stack's app client writes, as the template defines it.

        Returns whether that was a change. May run twice.
        """
        if not self._lacks_attribute:
            return False
        schema = template["Resources"]["UserPool"]["Properties"]["Schema"]
        [attribute] = (each for each in schema if each["Name"] == ATTRIBUTE)
        added: Any = dict(attribute)
        try:
            self._client.add_custom_attributes(UserPoolId=self._pool_id, CustomAttributes=[added])
        except self._client.exceptions.InvalidParameterException:
            # boto3 repeats a call whose answer was lost, and Cognito adds no attribute twice.
            if _lacks_attribute(describe_pool(self._client, self._pool_id)):
                raise
        return True

    def attach(self, function_name: str) -> None:
        """Make the pool call the stack's function."""
        PoolTrigger(
            client=self._client, pool_id=self._pool_id, function_name=function_name
        ).attach()


def _lacks_attribute(pool: UserPoolTypeTypeDef) -> bool:
    attributes = {each.get("Name") for each in pool.get("SchemaAttributes", [])}
    return f"custom:{ATTRIBUTE}" not in attributes
