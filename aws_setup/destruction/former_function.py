"""The function that an existing pool called before the stack: it gets it back, if that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_setup.existing.user_pool.function_policy import can_be_called

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

AGAIN = "User pool {pool} calls {function} again, as before the stack."
NOTHING = "User pool {pool} calls no function after a confirmation any more."
LOST = (
    "User pool {pool} called {function} before the stack. Cognito cannot call that any more: the "
    "function is gone, or its policy does not let the pool in. So the pool is left without a "
    "trigger, because otherwise whoever confirms would see an error."
)
NOT_SEEN = (
    "Whether it still exists is unknown: these credentials may not call lambda:GetPolicy for it."
)


def former_function(client: LambdaClient, pool_arn: str, function_arn: str) -> tuple[str, str]:
    """Return the ARN of the function to put back, "" for none, and a sentence that says so.

    function_arn: of the function that the stack displaced; "" for none.
    """
    pool = pool_arn.rpartition("/")[2]
    if not function_arn:
        return "", NOTHING.format(pool=pool)
    can_be = can_be_called(client, function_arn, pool_arn)
    if can_be is False:
        return "", LOST.format(pool=pool, function=function_arn)
    again = AGAIN.format(pool=pool, function=function_arn)
    return function_arn, again if can_be else f"{again} {NOT_SEEN}"
