"""What an update takes away of the stack's own pool, as the pool is now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from aws_setup.exceptions import UserPoolMissing
from aws_setup.existing.user_pool.lost_settings import lost_settings
from aws_setup.existing.user_pool.updates import (
    describe_pool,
    function_arn,
    trigger_of,
    update_arguments,
)

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

LOST_SENDER = "loses EmailConfiguration.SourceArn"


def losses(
    client: CognitoIdentityProviderClient,
    pool_id: str,
    properties: Mapping[str, Any],
    *,
    own_tags: Collection[str],
    function_name: str,
) -> list[str]:
    """Return a sentence for each setting that goes, and for a function that is no longer called.

    properties, own_tags: as for `lost_settings`. function_name: the stack's; "" before it exists.
    """
    try:
        pool = describe_pool(client, pool_id)
    except UserPoolMissing:
        return []  # which is among the notes
    lost = lost_settings(
        update_arguments(pool, client.meta.service_model),
        client.get_user_pool_mfa_config(UserPoolId=pool_id),
        properties,
        own_tags=own_tags,
    )
    called = trigger_of(pool)
    is_ours = called == function_arn(pool, function_name)
    other = f"no longer calls {called} after each confirmation"
    told = [*([other] if called and function_name and not is_ours else []), *lost]
    if any(each.startswith(LOST_SENDER) for each in told):
        told.append(_carried_over(pool.get("EmailConfiguration", {})))
    return [f"User pool {pool_id} {each}." for each in told]


def _carried_over(sender: Mapping[str, Any]) -> str:
    """Say which settings have the template keep a sender in Amazon SES that was set by hand."""
    source, address = sender["SourceArn"], sender.get("From", "")
    said = f"keeps this sender in Amazon SES if the settings are EMAIL_IDENTITY_ARN={source}"
    return f"{said} and EMAIL_FROM={address or 'the address that is to send'}"
