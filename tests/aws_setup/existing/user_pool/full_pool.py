"""A user pool with everything set: a value for every member that botocore's model has."""

import re
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape

REGION = "eu-central-1"
OTHER_ARN = f"arn:aws:lambda:{REGION}:123456789012:function:other"
MODEL = botocore.session.get_session().get_service_model("cognito-idp")
# What Cognito takes only where another member is not set, or set otherwise.
EITHER_OR = {
    "AdminCreateUserConfig.UnusedAccountValidityDays",  # Policies' TemporaryPasswordValidityDays
    "SmsConfiguration.EumsSms",  # SnsCallerArn
    "SmsMfaConfiguration.SmsConfiguration.EumsSms",
}
LEFT_OUT = EITHER_OR | {
    "LambdaConfig.PostConfirmation",  # what a test is to set
    "UserPoolId",
}
# Other than the defaults, and such as go together; else the last choice of an enumeration.
CHOSEN = {
    "DeletionProtection": "ACTIVE",
    "MfaConfiguration": "OPTIONAL",
    "Policies.SignInPolicy.AllowedFirstAuthFactors": ["PASSWORD"],
    "AccountRecoverySetting.RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}],
    "AutoVerifiedAttributes": ["email"],
    "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate": ["email"],
}
TEXTS = (
    REGION,
    OTHER_ARN,
    "{##Confirm here##}",
    "Your code: {####}",
    "reply@example.com",
    "Level1",
)


def everything(shape: Shape, path: str = "") -> Any:
    """Return a value of the shape that lacks no member but those that are left out above."""
    if path in CHOSEN:
        return CHOSEN[path]
    if isinstance(shape, StructureShape):
        paths = {name: f"{path}.{name}".lstrip(".") for name in shape.members}
        return {
            name: everything(member, paths[name])
            for name, member in shape.members.items()
            if paths[name] not in LEFT_OUT
        }
    if isinstance(shape, ListShape):
        return [everything(shape.member, path)]
    if isinstance(shape, MapShape):
        return {everything(shape.key): everything(shape.value, path)}
    if shape.type_name in {"integer", "long"}:
        return shape.metadata.get("min", 0) + 3
    return True if shape.type_name == "boolean" else _text(shape)


def _text(shape: Shape) -> str:
    if choices := shape.metadata.get("enum"):
        return str(choices[-1])
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 100)
    # Any letter, mark, symbol, number or punctuation, which `re` has no name for.
    pattern = shape.metadata.get("pattern", ".*").replace(r"\p{L}\p{M}\p{S}\p{N}\p{P}", r"\w\W")
    fitting = (text for text in TEXTS if least <= len(text) <= most)
    return next(text for text in fitting if re.fullmatch(pattern, text))


EVERYTHING: dict[str, Any] = everything(MODEL.shape_for("UpdateUserPoolRequest"))
# What UpdateUserPool has no argument for.
FACTORS: dict[str, Any] = everything(MODEL.shape_for("SetUserPoolMfaConfigRequest"))
