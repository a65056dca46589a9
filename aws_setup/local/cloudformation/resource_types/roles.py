"""What keeps a role from being deleted with its stack, and ministack's CloudFormation ignores.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
"""

from collections.abc import Mapping
from typing import Any

from ministack.services import iam
from ministack.services.cloudformation import provisioners

from aws_setup.local.cloudformation.failures import ResourceFailed

ROLE = "AWS::IAM::Role"
IN_PROFILE = "Cannot delete entity, must remove roles from instance profile first."

_handlers: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS  # noqa: SLF001
_delete_stock = _handlers[ROLE]["delete"]


def register() -> None:
    """Put our handler in place of ministack's; a second call changes nothing."""
    _handlers[ROLE] |= {"delete": _delete}


def _delete(physical_id: str, properties: Mapping[str, Any]) -> None:
    profiles = iam._instance_profiles.values()  # noqa: SLF001
    if any(physical_id in each["Roles"] for each in profiles):
        raise ResourceFailed(409, IN_PROFILE, "Iam")
    _delete_stock(physical_id, properties)
