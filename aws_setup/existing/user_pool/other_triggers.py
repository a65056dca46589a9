"""The other functions that a pool calls for a sign-up, which may keep everybody from signing up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aws_setup.existing.user_pool.function_policy import can_be_called

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.type_defs import UserPoolTypeTypeDef
    from mypy_boto3_lambda import LambdaClient

# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
CALLED = {"PreSignUp": "before each sign-up", "CustomMessage": "for each message that it sends"}


def unreachable(client: LambdaClient, pool: UserPoolTypeTypeDef) -> Iterator[str]:
    """Yield a sentence for each of these functions that Cognito cannot call.

    Nothing is said of a function whose policy the caller may not read.
    """
    functions: dict[str, str] = {**pool.get("LambdaConfig", {})}  # type: ignore[dict-item]
    for name, when in CALLED.items():
        arn = functions.get(name)
        if arn and can_be_called(client, arn, pool["Arn"]) is False:
            yield (
                f"User pool {pool['Id']} calls {arn} {when}, and Cognito cannot call that: the "
                "function is gone, or its policy does not let the pool in. Nobody can sign up."
            )
