"""A user pool's PostConfirmation trigger and protection, changed without losing its other settings.

UpdateUserPool sets to its default whatever it isn't sent, so each call carries all that
DescribeUserPool reports.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from aws_setup.exceptions import UserPoolBusy, UserPoolMissing

if TYPE_CHECKING:
    from botocore.model import ServiceModel
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import UserPoolTypeTypeDef

TRIGGER = "PostConfirmation"
_BUSY = {"ConcurrentModificationException", "UserImportInProgressException"}


def update_arguments(pool: Mapping[str, Any], model: ServiceModel) -> dict[str, Any]:
    """Return the arguments of UpdateUserPool that leave the pool as it is. Pure.

    pool: UserPoolType, as DescribeUserPool answers. model: Cognito's, which says what both shapes
    have; so a setting that a newer boto3 knows is carried too.
    """
    taken = model.shape_for("UpdateUserPoolRequest").members  # type: ignore[attr-defined]
    # An empty text is no setting: the API takes none.
    carried = {name: pool[name] for name in taken if pool.get(name) not in (None, "")}
    if "UserPoolTags" in carried:
        # Only AWS itself may set tags with this prefix, and nobody else takes them off.
        carried["UserPoolTags"] = {
            key: value
            for key, value in carried["UserPoolTags"].items()
            if not key.lower().startswith("aws:")
        }
    if "TemporaryPasswordValidityDays" in pool.get("Policies", {}).get("PasswordPolicy", {}):
        # Cognito reports its predecessor as well, and refuses to be sent both.
        settings = dict(carried.get("AdminCreateUserConfig", {}))
        settings.pop("UnusedAccountValidityDays", None)
        carried |= {"AdminCreateUserConfig": settings} if settings else {}
        if not settings:
            carried.pop("AdminCreateUserConfig", None)
    return {**carried, "UserPoolId": pool["Id"], "PoolName": pool["Name"]}


def describe_pool(client: CognitoIdentityProviderClient, pool_id: str) -> UserPoolTypeTypeDef:
    """Return the pool as DescribeUserPool has it. Raises UserPoolMissing."""
    try:
        return client.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in {
            "ResourceNotFoundException",
            "InvalidParameterException",  # an id of another form
        }:
            raise
        raise UserPoolMissing(
            f"There is no user pool {pool_id} in {client.meta.region_name}. Nothing was changed."
        ) from error


def trigger_of(pool: UserPoolTypeTypeDef) -> str:
    """Return the ARN of the pool's PostConfirmation function; "" where it has none."""
    return pool.get("LambdaConfig", {}).get("PostConfirmation", "")


def function_arn(pool: UserPoolTypeTypeDef, function_name: str) -> str:
    """Return the ARN of a function in the pool's own account and Region."""
    _arn, partition, _service, region, account, _pool = pool["Arn"].split(":", 5)
    return f"arn:{partition}:lambda:{region}:{account}:function:{function_name}"


def put_trigger(client: CognitoIdentityProviderClient, pool: UserPoolTypeTypeDef, arn: str) -> None:
    """Make the function the pool's PostConfirmation trigger; "" takes it off. May run twice."""
    config = {key: value for key, value in pool.get("LambdaConfig", {}).items() if key != TRIGGER}
    _update(client, pool, LambdaConfig=config | ({TRIGGER: arn} if arn else {}))


def take_protection_off(client: CognitoIdentityProviderClient, pool: UserPoolTypeTypeDef) -> None:
    """Let the pool be deleted."""
    _update(client, pool, DeletionProtection="INACTIVE")


def _update(
    client: CognitoIdentityProviderClient, pool: UserPoolTypeTypeDef, **changes: Any
) -> None:
    arguments = update_arguments(pool, client.meta.service_model) | changes
    try:
        client.update_user_pool(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _BUSY:
            raise
        raise UserPoolBusy(
            f"User pool {pool['Id']} is being changed by somebody else. Its settings are "
            "untouched by this run."
        ) from error
