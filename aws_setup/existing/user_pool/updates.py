"""Changes a user pool's PostConfirmation trigger or protection, and keeps its other settings.

UpdateUserPool resets every setting that it isn't sent, so each call carries all the settings that
DescribeUserPool reports.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
"""

from __future__ import annotations

import json
import logging
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from aws_setup.exceptions import (
    SecondFactorsUncertain,
    UserPoolBusy,
    UserPoolMissing,
    UserPoolRefused,
)

if TYPE_CHECKING:
    from botocore.model import ServiceModel
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import UserPoolTypeTypeDef

logger = logging.getLogger(__name__)

TRIGGER = "PostConfirmation"
CHANGE = "UpdateUserPool"
# What SetUserPoolMfaConfig does not take together with MfaConfiguration OFF.
FACTORS = ("SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration")
# The second factors without an argument of UpdateUserPool that nobody has measured it to keep.
MAY_BE_RESET = {"EmailMfaConfiguration", "WebAuthnConfiguration"}
MAY_RESET = (
    "User pool %s has second factors that UpdateUserPool may reset. They are restored right after "
    "it. If this run is cut off before that, restore them with: %s"
)
_BUSY = {"ConcurrentModificationException", "UserImportInProgressException"}
_REFUSED = {
    "FeatureUnavailableInTierException",
    "InvalidEmailRoleAccessPolicyException",
    "InvalidParameterException",
    "InvalidSmsRoleAccessPolicyException",
    "InvalidSmsRoleTrustRelationshipException",
    "TierChangeNotAllowedException",
    "UserPoolTaggingException",
}


def update_arguments(pool: Mapping[str, Any], model: ServiceModel) -> dict[str, Any]:
    """Return the arguments of UpdateUserPool that leave the pool as it is. Pure.

    pool: a UserPoolType, as DescribeUserPool returns it. model: Cognito's service model, which says
    what both shapes hold, so that settings which only a newer boto3 knows are carried as well.
    """
    taken = model.shape_for("UpdateUserPoolRequest").members  # type: ignore[attr-defined]
    # An empty string means that nothing is set, and the API does not accept it.
    carried = {name: pool[name] for name in taken if pool.get(name) not in (None, "")}
    if "UserPoolTags" in carried:
        # Only AWS itself sets and removes tags with this prefix.
        carried["UserPoolTags"] = {
            key: value
            for key, value in carried["UserPoolTags"].items()
            if not key.lower().startswith("aws:")
        }
    if "TemporaryPasswordValidityDays" in pool.get("Policies", {}).get("PasswordPolicy", {}):
        # Cognito also reports the setting that this one replaced, but refuses a call with both.
        settings = dict(carried.get("AdminCreateUserConfig", {}))
        settings.pop("UnusedAccountValidityDays", None)
        carried |= {"AdminCreateUserConfig": settings} if settings else {}
        if not settings:
            carried.pop("AdminCreateUserConfig", None)
    return {**carried, "UserPoolId": pool["Id"], "PoolName": pool["Name"]}


def describe_pool(client: CognitoIdentityProviderClient, pool_id: str) -> UserPoolTypeTypeDef:
    """Return the pool as DescribeUserPool describes it. Raises UserPoolMissing."""
    try:
        return client.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in {
            "ResourceNotFoundException",
            "InvalidParameterException",  # the id is malformed
        }:
            raise
        raise UserPoolMissing(
            f"There is no user pool {pool_id} in {client.meta.region_name}. Nothing was changed."
        ) from error


def trigger_of(pool: UserPoolTypeTypeDef) -> str:
    """Return the ARN of the pool's PostConfirmation function; "" if it has none."""
    return pool.get("LambdaConfig", {}).get("PostConfirmation", "")


def function_arn(pool: UserPoolTypeTypeDef, function_name: str) -> str:
    """Return the ARN of a function in the pool's own account and Region."""
    _arn, partition, _service, region, account, _pool = pool["Arn"].split(":", 5)
    return f"arn:{partition}:lambda:{region}:{account}:function:{function_name}"


def is_of(called: str, function: str) -> bool:
    """Return whether an ARN is that of a function, or of one of its versions or aliases.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
    """
    return called == function or called.startswith(f"{function}:")


def put_trigger(client: CognitoIdentityProviderClient, pool: UserPoolTypeTypeDef, arn: str) -> None:
    """Make the function the pool's PostConfirmation trigger; "" removes it. May run twice."""
    config = {key: value for key, value in pool.get("LambdaConfig", {}).items() if key != TRIGGER}
    _update(client, pool, LambdaConfig=config | ({TRIGGER: arn} if arn else {}))


def remove_protection(client: CognitoIdentityProviderClient, pool: UserPoolTypeTypeDef) -> None:
    """Remove the pool's protection against deletion."""
    _update(client, pool, DeletionProtection="INACTIVE")


def _update(
    client: CognitoIdentityProviderClient, pool: UserPoolTypeTypeDef, **changes: Any
) -> None:
    """Change the pool, and look whether it still has its second factors.

    UpdateUserPool has no argument for most of those. That it keeps the software token was measured
    (https://github.com/go-to-k/cdkd) and is not documented, so what differs is set again. If
    the run is killed in between, the next run cannot know them: a warning says beforehand how to
    restore them.
    """
    pool_id = pool["Id"]
    arguments = update_arguments(pool, client.meta.service_model) | changes
    factors = _second_factors(client, pool_id)
    if factors.keys() & MAY_BE_RESET:
        logger.warning(MAY_RESET, pool_id, _restore_command(client, pool_id, factors))
    try:
        _send(client, arguments)
        if _second_factors(client, pool_id) != factors:
            client.set_user_pool_mfa_config(UserPoolId=pool_id, **factors)
    except (BotoCoreError, ClientError) as error:
        if _changed_nothing(error):
            raise
        said = " ".join(str(error).split()).rstrip(".")
        raise SecondFactorsUncertain(
            f"User pool {pool_id} was changed, or may have been, and then AWS refused a call or "
            f"could not be reached: {said}. Whether the pool still has its second factors is not "
            "known.",
            hint=f"Restore them with `{_restore_command(client, pool_id, factors)}`, then run it "
            "again.",
        ) from error


def _changed_nothing(error: BotoCoreError | ClientError) -> bool:
    """Whether Cognito refused to update the pool, or the call was never sent."""
    is_refused = isinstance(error, ClientError) and error.operation_name == CHANGE
    return is_refused or isinstance(error, ParamValidationError)


def _send(client: CognitoIdentityProviderClient, arguments: Mapping[str, Any]) -> None:
    pool_id = arguments["UserPoolId"]
    try:
        client.update_user_pool(**arguments)
    except ClientError as error:
        answer = error.response["Error"]
        if answer["Code"] in _BUSY:
            raise UserPoolBusy(
                f"User pool {pool_id} is being changed by somebody else. Its settings are "
                "untouched by this run."
            ) from error
        if answer["Code"] in _REFUSED:
            raise UserPoolRefused(
                f"Cognito does not accept the settings that user pool {pool_id} has: "
                f"{answer['Message'].rstrip('.')}. The pool is untouched."
            ) from error
        raise


def _second_factors(client: CognitoIdentityProviderClient, pool_id: str) -> dict[str, Any]:
    """Return the arguments of SetUserPoolMfaConfig that set what the pool has now.

    DescribeUserPool lacks most of them.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserPoolMfaConfig.html
    """
    answer: dict[str, Any] = {**client.get_user_pool_mfa_config(UserPoolId=pool_id)}
    del answer["ResponseMetadata"]
    is_off = answer.get("MfaConfiguration") == "OFF"
    return {name: value for name, value in answer.items() if not (is_off and name in FACTORS)}


def _restore_command(
    client: CognitoIdentityProviderClient, pool_id: str, factors: Mapping[str, Any]
) -> str:
    """Return the shell command that sets these second factors."""
    arguments = shlex.quote(json.dumps({"UserPoolId": pool_id, **factors}))
    region = client.meta.region_name
    return (
        f"aws cognito-idp set-user-pool-mfa-config --region {region} --cli-input-json {arguments}"
    )
