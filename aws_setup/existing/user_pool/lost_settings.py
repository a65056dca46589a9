"""What an update of the stack's own pool takes away that somebody set by hand. Pure.

CloudFormation sends the template's properties, and Cognito sets most of what is not sent to its
default. A change set does not show that: it compares templates, not the pool.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """What the stack itself sets on its pool.

    properties: the template's, with the sender as it will be. before: the properties that the stack
    gave the pool last, as a change set tells them. What the pool still has of these, nobody set by
    hand, and the plan shows how it changes. tag_keys: of the stack's tags.
    """

    properties: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    tag_keys: Collection[str] = ()


def lost_settings(
    settings: Mapping[str, Any], factors: Mapping[str, Any], stack: StackSettings
) -> Iterator[str]:
    """Yield a sentence without its subject for each setting that an update takes away or changes.

    settings: the arguments of UpdateUserPool that leave the pool as it is. factors: as
    GetUserPoolMfaConfig returns them.
    """
    wanted = dict(_leaves(stack.properties))
    for path, value in _set_by_hand(settings, stack.before):
        member = path.partition(".")[0]
        if path in wanted:
            given = wanted[path]
            if not isinstance(given, Mapping) and _plain(given) != _plain(value):
                yield f"gets {path} {given} in place of {value}"
        elif member == TAGS:
            key = path.removeprefix(f"{TAGS}.")
            if key not in stack.tag_keys:
                yield f"loses the tag {key}"
        elif member in stack.properties or member not in KEPT:
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


def _set_by_hand(
    settings: Mapping[str, Any], before: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Yield each setting that neither the stack nor Cognito has chosen, with its path."""
    of_the_stack = {path: _plain(value) for path, value in _leaves(before)}
    for path, value in _leaves(settings):
        is_name = path in {"UserPoolId", "PoolName"}
        if not (is_name or _is_default(path, value) or of_the_stack.get(path) == _plain(value)):
            yield path, value


def _is_default(path: str, value: Any) -> bool:
    return value in ("", False, [], {}) or DEFAULTS.get(path) == value


def _plain(value: Any) -> Any:
    """Return a value with its scalars as strings, as change sets and some templates write them."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return str(value).lower() if isinstance(value, bool) else str(value)


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
