"""What a change set lets who do from now on, and what it no longer lets them do. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_setup.stack.changes import Change

PERMISSION = "AWS::Lambda::Permission"
# The properties that hold policy documents, or are policies.
DOCUMENTS = {"PolicyDocument", "AssumeRolePolicyDocument", "Policies"}
MANAGED = {"ManagedPolicyArns", "PermissionsBoundary"}


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Permission:
    """One thing that a policy says. resource: logical id of the resource that holds the policy.

    who: a principal, or the roles and users that the policy is for; "" if it is for the resource.
    """

    resource: str
    effect: str  # Allow or Deny; Attached or Bounded for a policy that is referred to
    action: str
    on: str
    who: str
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionChange:
    """A permission that comes or goes."""

    sign: str  # + or -
    permission: Permission


def permission_changes(changes: Iterable[Change]) -> list[PermissionChange]:
    """Return what IAM gains and loses, resource by resource, the gains first."""
    found = []
    for change in changes:
        before = set(_permissions(change, change.before.get("Properties", {})))
        after = set(_permissions(change, change.after.get("Properties", {})))
        found += [PermissionChange(sign="+", permission=each) for each in sorted(after - before)]
        found += [PermissionChange(sign="-", permission=each) for each in sorted(before - after)]
    return found


def is_of_policy(path: str) -> bool:
    """Return whether the path of a difference leads into a policy, which the table shows."""
    return path.partition(".")[0].partition("[")[0] in DOCUMENTS | MANAGED


def _permissions(change: Change, properties: Mapping[str, Any]) -> Iterator[Permission]:
    if change.resource_type == PERMISSION and properties:
        yield _invocation(change.logical_id, properties)
        return
    holders = [*_listed(properties.get("Roles")), *_listed(properties.get("Users"))]
    who = ", ".join([*holders, *_listed(properties.get("Groups"))])
    inline = properties.get("Policies")
    documents = [
        properties.get("PolicyDocument"),
        properties.get("AssumeRolePolicyDocument"),
        *(each.get("PolicyDocument") for each in _listed(inline) if isinstance(each, Mapping)),
    ]
    for document in documents:
        if isinstance(document, Mapping):
            for statement in _listed(document.get("Statement")):
                yield from _statement(change.logical_id, who, statement)
    yield from _referred(change.logical_id, properties)


def _statement(resource: str, who: str, statement: Mapping[str, Any]) -> Iterator[Permission]:
    condition = statement.get("Condition")
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    actions, everything = statement.get("Action"), statement.get("Resource")
    for action in _listed(actions) or [f"not {each}" for each in _listed(statement["NotAction"])]:
        for on in _listed(everything) or [""]:
            yield Permission(
                resource=resource,
                effect=statement.get("Effect", "Allow"),
                action=action,
                on=on,
                who=who if principal is None else _principal(principal),
                condition="" if condition is None else _compact(condition),
            )


def _invocation(resource: str, properties: Mapping[str, Any]) -> Permission:
    limits = {
        name: properties[name] for name in ("SourceArn", "SourceAccount") if name in properties
    }
    return Permission(
        resource=resource,
        effect="Allow",
        action=properties.get("Action", ""),
        on=properties.get("FunctionName", ""),
        who=properties.get("Principal", ""),
        condition=_compact(limits) if limits else "",
    )


def _referred(resource: str, properties: Mapping[str, Any]) -> Iterator[Permission]:
    """Yield the managed policies that are attached to a role, and its boundary."""
    for effect, name in (("Attached", "ManagedPolicyArns"), ("Bounded", "PermissionsBoundary")):
        for arn in _listed(properties.get(name)):
            yield Permission(
                resource=resource, effect=effect, action=arn, on="", who="", condition=""
            )


def _principal(principal: Any) -> str:
    if not isinstance(principal, Mapping):
        return str(principal)
    return ", ".join(str(each) for value in principal.values() for each in _listed(value))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
