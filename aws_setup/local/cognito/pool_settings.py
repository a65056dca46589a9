"""Settings of a new user pool that Cognito refuses and ministack takes.

Others have measured the words, but those about the lengths of a string.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
https://github.com/badmintoncryer/cdk-preflight
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import cognito as pools

_STANDARD = {each["Name"]: each for each in pools._STANDARD_SCHEMA_ATTRIBUTES}  # noqa: SLF001
_LIMITS = (
    ("StringAttributeConstraints", "MinLength", "MaxLength"),
    ("NumberAttributeConstraints", "MinValue", "MaxValue"),
)


def refused_settings(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield why Cognito refuses the settings of a new pool. data: of CreateUserPool."""
    yield from _of_settings(data)
    yield from _of_schema(data.get("Schema") or ())


def _of_settings(data: Mapping[str, Any]) -> Iterator[str]:
    if data.get("AliasAttributes") and data.get("UsernameAttributes"):
        yield "Only one of the aliasAttributes or usernameAttributes can be set in a user pool."
    has_sms = bool(data.get("SmsConfiguration"))
    if "phone_number" in (data.get("AutoVerifiedAttributes") or ()) and not has_sms:
        yield "SMS configuration is required when phone_number is selected for auto verification"
    if data.get("MfaConfiguration", "OFF") != "OFF" and not has_sms:
        yield (
            "SMS configuration and Auto verification for phone_number are required when MFA is "
            "required/optional"
        )
    policy = (data.get("Policies") or {}).get("SignInPolicy") or {}
    if "PASSWORD" not in (policy.get("AllowedFirstAuthFactors") or ["PASSWORD"]):
        yield "Password should be configured as one of the allowed first auth factors."


def _of_schema(schema: Any) -> Iterator[str]:
    seen = set[str]()
    for each in schema:
        name = each["Name"]
        standard = _STANDARD.get(name)
        if standard and (
            each.get("DeveloperOnlyAttribute")
            or each.get("AttributeDataType", standard["AttributeDataType"])
            != standard["AttributeDataType"]
        ):
            yield (
                "You can not change AttributeDataType or set developerOnlyAttribute for standard "
                f"schema attribute {name}"
            )
        if name in seen:
            yield (
                f"Duplicate custom attribute names custom:{name} are not allowed in a user pool "
                "schema."
            )
        seen.add(name)
        yield from _of_limits(name if standard else f"custom:{name}", each)


def _of_limits(name: str, attribute: Mapping[str, Any]) -> Iterator[str]:
    for member, least, most in _LIMITS:
        limits = attribute.get(member) or {}
        if least in limits and most in limits and int(limits[least]) > int(limits[most]):
            yield f"Attribute {name} cannot have a max value smaller than it's min value"
