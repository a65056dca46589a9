"""What an update takes away of the stack's own pool, as the pool is now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aws_setup.exceptions import UserPoolMissing
from aws_setup.existing.user_pool.function_policy import can_be_called
from aws_setup.existing.user_pool.lost_settings import StackSettings, lost_settings
from aws_setup.existing.user_pool.updates import (
    describe_pool,
    function_arn,
    trigger_of,
    update_arguments,
)

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import UserPoolTypeTypeDef
    from mypy_boto3_lambda import LambdaClient

LOST_SENDER = "loses EmailConfiguration.SourceArn"


def losses(
    client: Callable[[str], Any],
    pool_id: str,
    stack: StackSettings,
    *,
    function_name: str,
) -> list[str]:
    """Return a sentence for each setting that goes, and for a function that is no longer called.

    client: returns a client of the named service, in the account and the Region.
    function_name: the stack's; "" before it exists.
    """
    cognito: CognitoIdentityProviderClient = client("cognito-idp")
    try:
        pool = describe_pool(cognito, pool_id)
    except UserPoolMissing:
        return []  # which is among the notes
    lost = lost_settings(
        update_arguments(pool, cognito.meta.service_model),
        cognito.get_user_pool_mfa_config(UserPoolId=pool_id),
        stack,
    )
    told = [*_lost_trigger(client("lambda"), pool, function_name), *lost]
    if any(each.startswith(LOST_SENDER) for each in told):
        told.append(_carried_over(pool.get("EmailConfiguration", {})))
    return [f"User pool {pool_id} {each}." for each in told]


def _lost_trigger(
    functions: LambdaClient, pool: UserPoolTypeTypeDef, function_name: str
) -> Iterator[str]:
    """Yield what to say of another function that the pool calls after a confirmation.

    A pool that is adopted may still call the function of its former stack, if that was deleted by
    other means than destroy_backend: the function is gone, and nothing is lost with it.
    """
    called = trigger_of(pool)
    if not called or called == function_arn(pool, function_name):
        return
    if function_name or can_be_called(functions, called, pool["Arn"]) is not False:
        yield f"no longer calls {called} after each confirmation"


def _carried_over(sender: Mapping[str, Any]) -> str:
    """Say which settings have the template keep a sender in Amazon SES that was set by hand."""
    source, address = sender["SourceArn"], sender.get("From", "")
    said = f"keeps this sender in Amazon SES if the settings are EMAIL_IDENTITY_ARN={source}"
    return f"{said} and EMAIL_FROM={address or 'the address that is to send'}"
