"""User pools: what an update resets, and how lists are filtered and paged."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.verify_aws.account import Account
from tests.verify_aws.observations.registry import observation, refusal

SETTINGS: dict[str, Any] = {
    "AutoVerifiedAttributes": ["email"],
    "DeletionProtection": "ACTIVE",
    "UserPoolTags": {"own": "1"},
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 12,
            "RequireUppercase": False,
            "RequireLowercase": False,
            "RequireNumbers": False,
            "RequireSymbols": False,
            "TemporaryPasswordValidityDays": 3,
        }
    },
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
    "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"},
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True},
}
VERIFIED_FIRST: Any = {"AttributesRequireVerificationBeforeUpdate": ["email"]}


@contextmanager
def _pool(account: Account, **more: Any) -> Iterator[str]:
    """Yield the id of a new pool with these settings and more; it is deleted at the end."""
    cognito = account.client("cognito-idp")
    created = cognito.create_user_pool(PoolName=f"{account.stack_name}-pool", **SETTINGS, **more)
    pool_id = created["UserPool"]["Id"]
    try:
        yield pool_id
    finally:
        cognito.update_user_pool(
            UserPoolId=pool_id, DeletionProtection="INACTIVE", AutoVerifiedAttributes=["email"]
        )
        cognito.delete_user_pool(UserPoolId=pool_id)


@observation
def what_an_update_of_a_pool_resets(account: Account) -> Any:
    """What is still set after UpdateUserPool with only the pool's id."""
    cognito = account.client("cognito-idp")
    with _pool(account) as pool_id:
        cognito.set_user_pool_mfa_config(
            UserPoolId=pool_id,
            SoftwareTokenMfaConfiguration={"Enabled": True},
            MfaConfiguration="OPTIONAL",
        )
        cognito.update_user_pool(UserPoolId=pool_id)
        return _settings(cognito, pool_id)


@observation
def what_an_update_of_a_pool_keeps(account: Account) -> Any:
    """What is still set after UpdateUserPool with the attributes that Cognito verifies."""
    cognito = account.client("cognito-idp")
    function = account.client("lambda").get_function(
        FunctionName=account.outputs["TriggerFunctionName"]
    )["Configuration"]["FunctionArn"]
    more: dict[str, Any] = {
        "UserAttributeUpdateSettings": VERIFIED_FIRST,
        "EmailConfiguration": {
            "EmailSendingAccount": "COGNITO_DEFAULT",
            "ReplyToEmailAddress": "reply@example.com",
        },
        "SmsAuthenticationMessage": "Your code is {####}",
        "LambdaConfig": {"PreSignUp": function},
        "UserPoolTier": "LITE",
    }
    with _pool(account, **more) as pool_id:
        before = _settings(cognito, pool_id, *more)
        cognito.update_user_pool(UserPoolId=pool_id, AutoVerifiedAttributes=["email"])
        after = _settings(cognito, pool_id, *more)
        names = sorted(before.keys() | after.keys())
        return {
            "kept": [each for each in names if after.get(each) == before.get(each)],
            "reset": {
                each: after.get(each) for each in names if after.get(each) != before.get(each)
            },
        }


def _settings(cognito: Any, pool_id: str, *more: str) -> dict[str, Any]:
    """Return the settings that are not empty, and those with these names."""
    pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    factors = cognito.get_user_pool_mfa_config(UserPoolId=pool_id)
    pool["Policies"] = {"PasswordPolicy": pool["Policies"]["PasswordPolicy"]}
    found = {**pool, **factors}
    names = (*SETTINGS, "MfaConfiguration", "SoftwareTokenMfaConfiguration", *more)
    return {name: found[name] for name in names if found.get(name)}


@observation
def a_client_without_a_required_attribute(account: Account) -> Any:
    """A client that may write a few attributes has to write those that the pool requires."""
    cognito = account.client("cognito-idp")
    email = {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}
    name = f"{account.stack_name}-clients"
    pool_id = cognito.create_user_pool(PoolName=name, Schema=[email])["UserPool"]["Id"]
    try:
        return {
            " ".join(writable): refusal(
                cognito.create_user_pool_client,
                UserPoolId=pool_id,
                ClientName="verification",
                WriteAttributes=writable,
            )
            for writable in (["name"], ["email"], ["email", "email_verified"])
        }
    finally:
        cognito.delete_user_pool(UserPoolId=pool_id)


@observation
def what_an_update_of_a_pool_refuses(account: Account) -> Any:
    """Settings that DescribeUserPool reports but UpdateUserPool does not accept, and others."""
    update = account.client("cognito-idp").update_user_pool
    days = {"AdminCreateUserConfig": {"UnusedAccountValidityDays": 3}}
    policy = {"Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 3}}}
    tags = {"UserPoolTags": {"aws:cloudformation:stack-name": "1"}}
    with _pool(account) as pool_id:
        return {
            "both validities": refusal(update, UserPoolId=pool_id, **days, **policy),
            "a tag of AWS's": refusal(update, UserPoolId=pool_id, **tags),
            "verified first, and no codes": refusal(
                update,
                UserPoolId=pool_id,
                UserAttributeUpdateSettings=VERIFIED_FIRST,
            ),
            "no MFA, and a factor": refusal(
                account.client("cognito-idp").set_user_pool_mfa_config,
                UserPoolId=pool_id,
                SoftwareTokenMfaConfiguration={"Enabled": True},
                MfaConfiguration="OFF",
            ),
        }


@observation
def the_groups_of_a_user_come_in_pages(account: Account) -> Any:
    """AdminListGroupsForUser respects a Limit."""
    cognito = account.client("cognito-idp")
    pool, name = account.pool_id, account.eve.sub
    cognito.create_group(UserPoolId=pool, GroupName="second")
    try:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName="second")
        asked = {"UserPoolId": pool, "Username": name, "Limit": 1}
        first = cognito.admin_list_groups_for_user(**asked)
        more = {"NextToken": first["NextToken"]} if "NextToken" in first else {}
        second = cognito.admin_list_groups_for_user(**asked, **more)
        groups = [*first["Groups"], *second["Groups"]]
        return {
            "sizes": [len(first["Groups"]), len(second["Groups"])],
            "names": sorted(group["GroupName"] for group in groups),
        }
    finally:
        cognito.delete_group(UserPoolId=pool, GroupName="second")


@observation
def odd_values_in_a_filter(account: Account) -> Any:
    """ListUsers accepts escaped quotes and backslashes, and finds nobody by them."""
    list_users = account.client("cognito-idp").list_users
    values = {"a quote": r"a\"b", "a backslash": r"a\\b", "both": r"\\\"", "a star": "*"}
    return {
        name: refusal(list_users, UserPoolId=account.pool_id, Filter=f'username = "{value}"')
        for name, value in values.items()
    }
