"""What an update of the stack's own pool takes away that somebody set by hand. Pure.

CloudFormation sends the template's properties, and Cognito sets most of what is not sent to its
default. A change set does not show that: it compares templates, not the pool.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from aws_setup.existing.user_pool.updates import MAY_BE_RESET

# Others have measured that Cognito keeps these where an update leaves them out.
KEPT = {"MfaConfiguration", "Policies", "UserAttributeUpdateSettings", "UserPoolTier"}
TAGS = "UserPoolTags"
# What Cognito reports of a pool for which nothing was set.
DEFAULTS: Mapping[str, Any] = {
    "AdminCreateUserConfig.UnusedAccountValidityDays": 7,
    "DeletionProtection": "INACTIVE",
    "EmailConfiguration.EmailSendingAccount": "COGNITO_DEFAULT",
    "MfaConfiguration": "OFF",
    "Policies.SignInPolicy.AllowedFirstAuthFactors": ["PASSWORD"],
    "UserPoolAddOns.AdvancedSecurityMode": "OFF",
    "VerificationMessageTemplate.DefaultEmailOption": "CONFIRM_WITH_CODE",
}
SENDER = "EmailConfiguration"


def lost_settings(
    settings: Mapping[str, Any],
    factors: Mapping[str, Any],
    properties: Mapping[str, Any],
    *,
    own_tags: Collection[str],
) -> Iterator[str]:
    """Yield a sentence without its subject for each setting that an update takes away or changes.

    settings: the arguments of UpdateUserPool that leave the pool as it is. factors: as
    GetUserPoolMfaConfig returns them. properties: the template's, with the sender as it will be.
    own_tags: the keys of the stack's tags.
    """
    wanted = dict(_leaves(properties))
    for path, value in _leaves(settings):
        member = path.partition(".")[0]
        if _is_default(path, value) or member in {"UserPoolId", "PoolName"}:
            continue
        if path in wanted:
            given = wanted[path]
            if not isinstance(given, Mapping) and _plain(given) != _plain(value):
                yield f"gets {path} {given} again; it is {value} now"
        elif member == TAGS:
            key = path.removeprefix(f"{TAGS}.")
            if key not in own_tags:
                yield f"loses the tag {key}"
        elif member in properties or member not in KEPT:
            yield f"loses {path} {value}"
    for name in factors:
        if name in MAY_BE_RESET and name not in settings:
            yield f"may lose {name}"


def with_sender(properties: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the template's properties with the sender that the parameters make of them."""
    sender = {}
    if source := parameters.get("EmailIdentityArn"):
        sender = {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": source,
            "From": parameters.get("EmailFrom", ""),
        }
    return {**properties, SENDER: sender}


def _is_default(path: str, value: Any) -> bool:
    return value in ("", False, [], {}) or DEFAULTS.get(path) == value


def _plain(value: Any) -> Any:
    """Return a value with its scalars as strings, as a template may write them."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return str(value)


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with the path to it; a list or an intrinsic function is one value."""
    is_function = isinstance(node, Mapping) and any(
        name == "Ref" or name.startswith("Fn::") for name in node
    )
    if not isinstance(node, Mapping) or is_function:
        yield path, node
        return
    for name, value in node.items():
        yield from _leaves(value, f"{path}.{name}".lstrip("."))
