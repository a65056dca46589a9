"""The role of AppSync's own, which an account gets once and keeps.

ministack writes its name otherwise, refuses a second one in other words than IAM does, and decides
about making it as if it had no ARN.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
"""

from typing import Any

from ministack.core import iam_actions
from ministack.services import iam

SERVICE = "appsync.amazonaws.com"
NAME = "AWSServiceRoleForAppSync"
_NAME_OF_MINISTACK = "AWSServiceRoleForAppsync"
_create_stock = iam._IAM_HANDLERS["CreateServiceLinkedRole"]  # noqa: SLF001
_resource_stock = iam_actions.extract_resource_arn


def register() -> None:
    """Put our handler in place of ministack's; a second call changes nothing."""
    iam._IAM_HANDLERS["CreateServiceLinkedRole"] = _create  # noqa: SLF001
    iam_actions.extract_resource_arn = _resource


def exists() -> bool:
    """Return whether the account of this request has AppSync's role."""
    return NAME in iam._roles  # noqa: SLF001


def create() -> str:
    """Give the account the role, if it lacks it. Returns its ARN."""
    if not exists():
        _create({"AWSServiceName": [SERVICE]})
    return str(iam._roles[NAME]["Arn"])  # noqa: SLF001


def _create(parameters: dict[str, Any]) -> Any:
    if parameters.get("AWSServiceName") not in ([SERVICE], SERVICE):
        return _create_stock(parameters)
    if exists():
        message = (
            f"Service role name {NAME} has been taken in this account, please try a different "
            "suffix."
        )
        return iam._error(400, "InvalidInput", message)  # noqa: SLF001
    _create_stock(parameters)
    role = iam._roles.pop(_NAME_OF_MINISTACK)  # noqa: SLF001
    role |= {"RoleName": NAME, "Arn": role["Arn"].replace(_NAME_OF_MINISTACK, NAME)}
    iam._roles[NAME] = role  # noqa: SLF001
    xml = f"<CreateServiceLinkedRoleResult><Role>{iam._role_xml(NAME)}</Role>"  # noqa: SLF001
    body = f"{xml}</CreateServiceLinkedRoleResult>"
    return iam._xml(200, "CreateServiceLinkedRoleResponse", body, ns="iam")  # noqa: SLF001


def _resource(service: str, *request: Any) -> str:
    """Return the ARN that a caller of IAM has to be allowed."""
    _method, _path, _headers, body, _query, _region, account_id = request
    if service == "iam" and b"Action=CreateServiceLinkedRole" in body:
        return f"arn:aws:iam::{account_id}:role/aws-service-role/{SERVICE}/{NAME}"
    return str(_resource_stock(service, *request))
