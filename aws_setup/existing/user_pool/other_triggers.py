"""The other functions that a pool calls for a sign-up, which may keep everybody from signing up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aws_setup.existing.user_pool.function_policy import can_be_called

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.type_defs import UserPoolTypeTypeDef
    from mypy_boto3_lambda import LambdaClient

# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
CALLED = {"PreSignUp": "before each sign-up", "CustomMessage": "for each message that it sends"}
GONE = "Cognito cannot call that: the function is gone, or its policy does not let the pool in."
# What sends the messages in Cognito's place, by the attribute that they go to. Cognito does not
# wait for these, so that a sign-up succeeds without its code.
# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html
SENDERS = {
    "email": ("CustomEmailSender", "its e-mail"),
    "phone_number": ("CustomSMSSender", "its text messages"),
}


def unreachable(client: LambdaClient, pool: UserPoolTypeTypeDef) -> Iterator[str]:
    """Yield a sentence for each of these functions that Cognito cannot call.

    Nothing is said of a function whose policy the caller may not read.
    """
    functions: dict[str, Any] = {**pool.get("LambdaConfig", {})}
    for name, when in CALLED.items():
        arn = functions.get(name)
        if arn and can_be_called(client, arn, pool["Arn"]) is False:
            yield f"User pool {pool['Id']} calls {arn} {when}. {GONE} Nobody can sign up."
    sent_to = pool.get("AutoVerifiedAttributes", ())
    for attribute, (name, what) in SENDERS.items():
        arn = functions.get(name, {}).get("LambdaArn")
        if arn and attribute in sent_to and can_be_called(client, arn, pool["Arn"]) is False:
            yield (
                f"User pool {pool['Id']} has {arn} send {what}. {GONE} Nobody gets a code by it, "
                "and whoever signs up is onboarded only if an administrator or a PreSignUp "
                "function confirms the account."
            )
