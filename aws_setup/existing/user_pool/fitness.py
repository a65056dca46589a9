"""Whether a user pool can onboard whoever signs up. Pure; `pool` is as DescribeUserPool returns it.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

BUSINESS_NAME = "custom:business_name"
LONGEST_NAME = 256  # what the template's own pool takes
SHORTEST_EMAIL = len("a@b.de")
LONGEST_EMAIL = 254  # https://www.rfc-editor.org/errata/eid1690
# Cognito alone sets these, so no app client can have them among those that it writes.
SET_BY_COGNITO = ("email_verified", "phone_number_verified")
# https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
MOST_CUSTOM_ATTRIBUTES = 50


def required_attributes(pool: Mapping[str, Any]) -> Sequence[str]:
    """Return the attributes without which nobody signs up, but for `sub`, which Cognito sets.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
    """
    schema = pool.get("SchemaAttributes", ())
    return [each["Name"] for each in schema if each.get("Required") and each["Name"] != "sub"]


def written_at_sign_up(pool: Mapping[str, Any]) -> Sequence[str]:
    """Return the attributes that an app client must be able to write for people to sign up.

    Among them are those that people sign in by: it is not documented whether a client that may
    not write the telephone number signs up somebody by it.
    """
    return list(dict.fromkeys([*required_attributes(pool), *pool.get("UsernameAttributes", ())]))


def unusable(pool: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each reason why no stack can be made around the pool."""
    pool_id = pool["Id"]
    unwritable = [name for name in required_attributes(pool) if name in SET_BY_COGNITO]
    if unwritable:
        yield (
            f"User pool {pool_id} requires {', '.join(unwritable)} of whoever signs up. Cognito "
            "lets no app client write that, and refuses a client that can't write what is required."
        )
    names = [each["Name"] for each in pool.get("SchemaAttributes", ())]
    custom = [name for name in names if name.startswith(("custom:", "dev:"))]
    if BUSINESS_NAME not in names and len(custom) >= MOST_CUSTOM_ATTRIBUTES:
        yield (
            f"User pool {pool_id} has {len(custom)} custom attributes, which is as many as Cognito "
            f"allows, so that it cannot get {BUSINESS_NAME}."
        )


def unfit(pool: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each reason why sign-ups, or the onboardings after them, fail."""
    yield from keeps_all_out(pool)
    yield from keeps_some_out(pool)


def keeps_all_out(pool: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each reason why nobody who is to come is onboarded."""
    pool_id = pool["Id"]
    if pool.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly"):
        yield (
            f"User pool {pool_id} lets only administrators create users. Nobody can sign up, and "
            "Cognito calls no function for users who were created so: they are not onboarded."
        )


def keeps_some_out(pool: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each kind of people who are not onboarded, or not by themselves."""
    pool_id = pool["Id"]
    if _may_lack_email(pool):
        yield (
            f"User pool {pool_id} lets people sign up without an e-mail address, and nobody "
            "without one is onboarded: they become stuck onboardings."
        )
    yield from _without_code(pool)


def notices(pool: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for what the pool demands, and for how else it takes a business's name."""
    demanded = [name for name in required_attributes(pool) if name != "email"]
    if demanded:
        yield (
            f"User pool {pool['Id']} requires {', '.join(demanded)} of whoever signs up; the "
            "stack's app client may write that."
        )
    named = [each for each in pool.get("SchemaAttributes", ()) if each["Name"] == BUSINESS_NAME]
    yield from _of_email(pool)
    for each in named:
        yield from _of_business_name(f"{BUSINESS_NAME} of user pool {pool['Id']}", each)


def demands(pool: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each right that a change of the pool takes beside UpdateUserPool.

    Such a change sends all settings again. CloudFormation needs these rights for them, as the
    type's schema says, and so does whoever calls Cognito.
    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
    """
    takes = f"To have user pool {pool['Id']} call the function takes"
    if role := pool.get("SmsConfiguration", {}).get("SnsCallerArn"):
        yield f"{takes} iam:PassRole for {role}, the role with which it sends text messages."
    if key := pool.get("LambdaConfig", {}).get("KMSKeyID"):
        yield f"{takes} kms:CreateGrant for {key}, the key with which it hands codes to a function."


def _may_lack_email(pool: Mapping[str, Any]) -> bool:
    return not _has_always(pool, "email")


def _without_code(pool: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence about those whom Cognito sends no code, so that they cannot confirm.

    https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
    """
    pool_id, sent_to = pool["Id"], pool.get("AutoVerifiedAttributes", ())
    unless = "unless an administrator or a PreSignUp function confirms the account."
    if not sent_to:
        yield (
            f"User pool {pool_id} sends no confirmation codes, since it has no "
            f"AutoVerifiedAttributes. Nobody who signs up is onboarded {unless}"
        )
    elif "email" not in sent_to and not _has_always(pool, "phone_number"):
        yield (
            f"User pool {pool_id} sends confirmation codes to telephone numbers alone, and lets "
            f"people sign up without one. Such a person is not onboarded {unless}"
        )


def _of_email(pool: Mapping[str, Any]) -> Iterator[str]:
    for each in pool.get("SchemaAttributes", ()):
        shortest, longest = _lengths(each, LONGEST_EMAIL)
        if each["Name"] == "email" and (shortest > SHORTEST_EMAIL or longest < LONGEST_EMAIL):
            yield (
                f"email of user pool {pool['Id']} takes addresses of {shortest} to {longest} "
                "characters: nobody whose address is shorter or longer can sign up."
            )


def _lengths(attribute: Mapping[str, Any], longest: int) -> tuple[int, int]:
    limits = attribute.get("StringAttributeConstraints", {})
    return int(limits.get("MinLength", 0)), int(limits.get("MaxLength", longest))


def _has_always(pool: Mapping[str, Any], name: str) -> bool:
    """Return whether everybody who signs up has this attribute."""
    return name in required_attributes(pool) or list(pool.get("UsernameAttributes", ())) == [name]


def _of_business_name(which: str, attribute: Mapping[str, Any]) -> Iterator[str]:
    kind = attribute.get("AttributeDataType", "String")
    shortest, longest = _lengths(attribute, LONGEST_NAME)
    if kind != "String":
        yield (
            f"{which} is of the type {kind}: a sign-up that gives any other name is refused. "
            "Without it, a business is named after its owner."
        )
    elif shortest > 1 or longest < LONGEST_NAME:
        yield f"{which} takes names of {shortest} to {longest} characters: others are refused."
    if not attribute.get("Mutable", True):
        yield f"{which} is immutable: nobody changes it after the sign-up."
