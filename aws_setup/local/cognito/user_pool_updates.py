"""What Cognito does to a pool on UpdateUserPool and ministack does not.

Most settings that the call leaves out go back to their default, some of what DescribeUserPool
reports is refused, and some settings are not known to ministack. Others have measured that Cognito
keeps the password policy, MfaConfiguration and the software token, and resets
AutoVerifiedAttributes. Terraform relies on it to keep UserAttributeUpdateSettings.
https://github.com/go-to-k/cdkd
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
"""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import cloudformation
from ministack.services import cognito as pools

from aws_setup.local.cognito import pool_settings
from aws_setup.local.http import Request, Response

CREATE = "CreateUserPool"
OPERATIONS = {CREATE, "UpdateUserPool"}
SET_MFA = "SetUserPoolMfaConfig"
FACTORS = ("SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration")
# Settings that ministack does not know.
UNKNOWN = ("KeyConfiguration", "IssuerConfiguration", "AcrConfiguration", "DcrConfiguration")

# Whether Cognito keeps the tags when a call leaves them out is not documented; here it does not.
# Only the tier is documented to stay.
DEFAULTS: dict[str, Any] = {
    "AutoVerifiedAttributes": [],
    "SmsVerificationMessage": "",
    "EmailVerificationMessage": "",
    "EmailVerificationSubject": "",
    "SmsAuthenticationMessage": "",
    "EmailConfiguration": {},
    "SmsConfiguration": {},
    "UserPoolTags": {},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
    "AccountRecoverySetting": {},
    "DeletionProtection": "INACTIVE",
    "LambdaConfig": {},
}
WITHOUT_DEFAULT = (
    "DeviceConfiguration",
    "UserPoolAddOns",
    "VerificationMessageTemplate",
    *UNKNOWN,
    # Set by SetUserPoolMfaConfig; that UpdateUserPool resets them too is the worst case.
    "EmailMfaConfiguration",
    "WebAuthnConfiguration",
)


def refusal(request: Request) -> Response | None:
    """Return Cognito's refusal of settings that it reports but does not accept, or None."""
    if request.operation == SET_MFA:
        return _factors_without_mfa(request.json())
    if request.operation not in OPERATIONS:
        return None
    data = request.json()
    created = pool_settings.refused_settings(data) if request.operation == CREATE else ()
    failure = next(iter((*created, *_refused_settings(data))), "")
    return Response.of_error("InvalidParameterException", failure) if failure else None


def _refused_settings(data: Mapping[str, Any]) -> Iterator[str]:
    days = data.get("AdminCreateUserConfig", {}).get("UnusedAccountValidityDays")
    policy = data.get("Policies", {}).get("PasswordPolicy", {})
    if days and "TemporaryPasswordValidityDays" in policy:
        yield (
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of "
            "UnusedAccountValidityDays"
        )
    if _is_unverifiable(data):
        yield (
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in "
            "AutoVerifiedAttributes"
        )
    if any(key.lower().startswith("aws:") for key in data.get("UserPoolTags", {})):
        yield "aws: prefixed tag key names are not allowed for external use."


def _is_unverifiable(data: Mapping[str, Any]) -> bool:
    """Return whether a pool would wait for codes that it does not send.

    An update that sends no AutoVerifiedAttributes resets them and keeps what waits for them.
    https://github.com/ekristen/aws-nuke/issues/477
    """
    name = "UserAttributeUpdateSettings"
    held: dict[str, Any] = {}
    for (_account, _region, pool_id), pool in pools._user_pools.all_items():  # noqa: SLF001
        if pool_id == data.get("UserPoolId"):
            held = pool.get(name) or {}
    settings = data.get(name, held)
    waiting = set(settings.get("AttributesRequireVerificationBeforeUpdate") or ())
    return not waiting <= set(data.get("AutoVerifiedAttributes") or ())


def _factors_without_mfa(data: dict[str, Any]) -> Response | None:
    if data.get("MfaConfiguration") != "OFF" or not any(name in data for name in FACTORS):
        return None
    message = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
    return Response.of_error("InvalidParameterException", message)


def complete(request: Request, response: Response, account_id: str) -> None:
    """Keep what a successful call sent, and set what an update left out to its default."""
    data = request.json()
    is_update = request.operation == "UpdateUserPool"
    named = data["UserPoolId"] if is_update else json.loads(response.body)["UserPool"]["Id"]
    for (account, _region, pool_id), pool in pools._user_pools.all_items():  # noqa: SLF001
        if (account, pool_id) == (account_id, named):
            pool.update({name: data[name] for name in UNKNOWN if name in data})
            if is_update:
                reset_unsent(pool, data)
                pool["UserPoolTags"] = {**pool.get("UserPoolTags", {}), **_tags_of_stack(pool_id)}


def _tags_of_stack(pool_id: str) -> dict[str, str]:
    """Return the tags that CloudFormation gives to a pool of its own, which no caller changes."""
    for stack in cloudformation._stacks.values():  # noqa: SLF001
        for logical_id, resource in stack.get("_resources", {}).items():
            if resource.get("PhysicalResourceId") == pool_id:
                tags = {"stack-name": stack["StackName"], "stack-id": stack["StackId"]}
                tags |= {"logical-id": logical_id}
                return {f"aws:cloudformation:{name}": value for name, value in tags.items()}
    return {}


def reset_unsent(pool: dict[str, Any], data: Mapping[str, Any]) -> None:
    """Set what an update left out to its default. data: the settings that it sent, by name."""
    for name, default in DEFAULTS.items():
        if name not in data:
            pool[name] = copy.deepcopy(default)
    for name in WITHOUT_DEFAULT:
        if name not in data:
            pool.pop(name, None)
