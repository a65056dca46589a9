"""User pools as anybody may have made them, drawn from the shape of CreateUserPool."""

from typing import Any

from botocore.model import StructureShape
from hypothesis import strategies as st

from tests.aws_setup.existing.drawn.shapes import input_of, values

STANDARD = {
    "address": "1 High Street",
    "birthdate": "1979-01-31",
    "email": "anna@example.com",
    "family_name": "Alder",
    "gender": "female",
    "given_name": "Anna",
    "locale": "de",
    "middle_name": "B",
    "name": "Anna Alder",
    "nickname": "Annie",
    "phone_number": "+4915112345678",
    "picture": "https://example.com/a.png",
    "preferred_username": "annie",
    "profile": "https://example.com/anna",
    "updated_at": "1795800000",
    "website": "https://example.com",
    "zoneinfo": "Europe/Berlin",
}
SET_BY_COGNITO = ("email_verified", "phone_number_verified")
KINDS = {"updated_at": "Number", **dict.fromkeys(SET_BY_COGNITO, "Boolean")}
SHORTEST, LONGEST = ("0", "0", "1", "12"), ("16", "64", "256", "2048")
KEY = "arn:aws:kms:eu-central-1:123456789012:key/6f1b1c1e-0000-4000-8000-000000000000"
GONE = "arn:aws:lambda:eu-central-1:123456789012:function:gone"
SHAPE = input_of("cognito-idp", "CreateUserPool")
ATTRIBUTE = SHAPE.members["Schema"].member  # type: ignore[attr-defined]
# What a stack's own pool got when it was made; nothing changes it.
FIXED = ("AliasAttributes", "Schema", "UsernameAttributes", "UsernameConfiguration")


@st.composite
def attributes(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one attribute of a pool's schema."""
    names = st.sampled_from([*STANDARD, *STANDARD, *SET_BY_COGNITO, "business_name", "team"])
    chosen = {
        "Name": names,
        "DeveloperOnlyAttribute": st.sampled_from([False, False, False, True]),
        "StringAttributeConstraints.MinLength": st.sampled_from(SHORTEST),
        "StringAttributeConstraints.MaxLength": st.sampled_from(LONGEST),
        "NumberAttributeConstraints.MinValue": st.just("0"),
        "NumberAttributeConstraints.MaxValue": st.just("9999999999"),
    }
    drawn: dict[str, Any] = {**draw(values(ATTRIBUTE, chosen)), "Name": draw(names)}
    is_custom = drawn["Name"] in {"business_name", "team"}
    if is_custom:
        drawn["Required"] = False
    else:
        drawn.pop("DeveloperOnlyAttribute", None)
        drawn["AttributeDataType"] = KINDS.get(drawn["Name"], "String")
        if drawn["AttributeDataType"] != "String":
            drawn.pop("StringAttributeConstraints", None)
    return drawn


@st.composite
def pools(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the arguments of CreateUserPool, without what Cognito takes in no combination."""
    functions = st.fixed_dictionaries({}, optional={"PreSignUp": st.just(GONE)})
    sender = st.just({"LambdaVersion": "V1_0", "LambdaArn": GONE})
    senders = st.fixed_dictionaries(
        {"KMSKeyID": st.just(KEY)},
        optional={"CustomEmailSender": sender, "CustomSMSSender": sender},
    )
    chosen = {
        "LambdaConfig": st.one_of(functions, senders, values(SHAPE.members["LambdaConfig"], {})),
        "Schema": st.lists(attributes(), max_size=4, unique_by=lambda each: each["Name"]),
        "SmsConfiguration": values(SHAPE.members["SmsConfiguration"], {}),
        "UserPoolTags": st.dictionaries(st.just("team"), st.just("shops")),
        "AdminCreateUserConfig.AllowAdminCreateUserOnly": st.sampled_from([False] * 4 + [True]),
    }
    assert isinstance(SHAPE, StructureShape)
    drawn: dict[str, Any] = draw(values(SHAPE, chosen))
    if drawn.get("UsernameAttributes"):
        drawn.pop("AliasAttributes", None)
    if not drawn.get("Schema"):
        drawn.pop("Schema", None)
    _make_consistent(drawn)
    return drawn


def _make_consistent(drawn: dict[str, Any]) -> None:
    policies = drawn.get("Policies", {})
    if factors := policies.get("SignInPolicy", {}).get("AllowedFirstAuthFactors"):
        policies["SignInPolicy"]["AllowedFirstAuthFactors"] = list(
            {"PASSWORD": 0, **dict.fromkeys(factors)}
        )
    if "TemporaryPasswordValidityDays" in policies.get("PasswordPolicy", {}):
        drawn.get("AdminCreateUserConfig", {}).pop("UnusedAccountValidityDays", None)
    if not drawn.get("SmsConfiguration"):
        drawn.pop("MfaConfiguration", None)
        verified = drawn.get("AutoVerifiedAttributes", [])
        drawn["AutoVerifiedAttributes"] = [name for name in verified if name != "phone_number"]
    waiting = drawn.get("UserAttributeUpdateSettings", {})
    if names := waiting.get("AttributesRequireVerificationBeforeUpdate"):
        verified = drawn.get("AutoVerifiedAttributes", [])
        waiting["AttributesRequireVerificationBeforeUpdate"] = [n for n in names if n in verified]
    if drawn.get("UserPoolTier") != "PLUS":
        drawn.pop("UserPoolAddOns", None)
    if drawn.get("UserPoolTier") == "LITE":
        policies.get("PasswordPolicy", {}).pop("PasswordHistorySize", None)
