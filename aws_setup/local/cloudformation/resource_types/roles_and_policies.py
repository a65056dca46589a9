"""Roles and managed policies of a stack: their names, and what keeps them from going.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ministack.core.responses import get_region
from ministack.services import iam
from ministack.services.cloudformation import provisioners

from aws_setup.local.cloudformation.failures import ResourceFailed

POLICY, ROLE = "AWS::IAM::ManagedPolicy", "AWS::IAM::Role"
IN_PROFILE = "Cannot delete entity, must remove roles from instance profile first."

Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, Any]]  # physical id, attributes
Create = Callable[[str, Properties, str], Provisioned]

_handlers: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS  # noqa: SLF001
_create_stock: dict[str, Create] = {each: _handlers[each]["create"] for each in (POLICY, ROLE)}
_update_stock_role: Callable[..., Provisioned] = _handlers[ROLE]["update"]
_delete_stock_role: Callable[[str, Properties], None] = _handlers[ROLE]["delete"]
_delete_stock_policy: Callable[[str, Properties], None] = _handlers[POLICY]["delete"]


def register() -> None:
    """Put our handlers in place of ministack's; a second call changes nothing."""
    for kind, create in _create_stock.items():
        _handlers[kind] |= {"create": partial(_create, create)}
    _handlers[ROLE] |= {"update": _update_role, "delete": _delete_role}
    _handlers[POLICY] |= {"delete": _delete_policy}


def _create(create: Create, logical_id: str, properties: Properties, stack: str) -> Provisioned:
    """Create a role or a policy whose generated name differs from Region to Region.

    Their names are global, and ministack derives them from the stack's name alone: two stacks of
    the same name in two Regions would overwrite each other's roles and policies.
    """
    seed = provisioners._NAME_SEED  # noqa: SLF001
    token = seed.set(f"{seed.get()}:{get_region()}")
    try:
        return create(logical_id, properties, stack)
    finally:
        seed.reset(token)


def _update_role(
    physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
) -> Provisioned:
    """Keep the name, and so the role; ministack would derive another and make a role of it.

    A change of the name or the path, which replaces a role, does not come here.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
    """
    named = {**new, "RoleName": physical_id}
    return _update_stock_role(physical_id, old, named, stack, logical_id)


def _delete_policy(physical_id: str, properties: Properties) -> None:
    """Refuse, as IAM does, to delete a policy that is attached outside the stack."""
    own = {name for kind in ("Roles", "Users", "Groups") for name in properties.get(kind) or ()}
    kept = [*iam._roles.items(), *iam._users.items(), *iam._groups.items()]  # noqa: SLF001
    attached = {name for name, each in kept if physical_id in each.get("AttachedPolicies", ())}
    if attached - own:
        raise ResourceFailed(409, "Cannot delete a policy attached to entities.", "Iam")
    _delete_stock_policy(physical_id, properties)


def _delete_role(name: str, properties: Properties) -> None:
    profiles = iam._instance_profiles.values()  # noqa: SLF001
    if any(name in each["Roles"] for each in profiles):
        raise ResourceFailed(409, IN_PROFILE, "Iam")
    _delete_stock_role(name, properties)
