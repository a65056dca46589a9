"""Whether a user pool can onboard whoever signs up. Pure; `pool` is as DescribeUserPool returns it.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

BUSINESS_NAME = "custom:business_name"
LONGEST_NAME = 256  # what the template's own pool takes


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


def unfit(pool: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each reason why sign-ups, or the onboardings after them, fail."""
    pool_id = pool["Id"]
    if pool.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly"):
        yield (
            f"User pool {pool_id} lets only administrators create users. Nobody can sign up, and "
            "Cognito calls no function for users who were created so: they are not onboarded."
        )
    if _may_lack_email(pool):
        yield (
            f"User pool {pool_id} lets people sign up without an e-mail address, and nobody "
            "without one is onboarded: they become stuck onboardings."
        )


def notices(pool: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for what the pool demands, and for how else it takes a business's name."""
    demanded = [name for name in required_attributes(pool) if name != "email"]
    if demanded:
        yield (
            f"User pool {pool['Id']} requires {', '.join(demanded)} of whoever signs up; the "
            "stack's app client may write that."
        )
    named = [each for each in pool.get("SchemaAttributes", ()) if each["Name"] == BUSINESS_NAME]
    for each in named:
        yield from _of_business_name(f"{BUSINESS_NAME} of user pool {pool['Id']}", each)


def _may_lack_email(pool: Mapping[str, Any]) -> bool:
    signs_in_by = pool.get("UsernameAttributes", ())
    return "email" not in required_attributes(pool) and list(signs_in_by) != ["email"]


def _of_business_name(which: str, attribute: Mapping[str, Any]) -> Iterator[str]:
    kind = attribute.get("AttributeDataType", "String")
    limits = attribute.get("StringAttributeConstraints", {})
    shortest, longest = int(limits.get("MinLength", 0)), int(limits.get("MaxLength", LONGEST_NAME))
    if kind != "String":
        yield (
            f"{which} is of the type {kind}: a sign-up that gives any other name is refused. "
            "Without it, a business is named after its owner."
        )
    elif shortest > 1 or longest < LONGEST_NAME:
        yield f"{which} takes names of {shortest} to {longest} characters: others are refused."
    if not attribute.get("Mutable", True):
        yield f"{which} is immutable: nobody changes it after the sign-up."
