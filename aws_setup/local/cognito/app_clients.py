"""The attributes that an app client may read and write, which Cognito checks and ministack doesn't.

Every client must be able to write each required attribute, and none may write what Cognito alone
sets. Others have measured both, and that an immutable attribute is accepted.
https://github.com/aws/aws-cdk/issues/2608
https://github.com/hashicorp/terraform-provider-aws/issues/4476
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito as pools

from aws_setup.local.cognito.attributes import NEVER_WRITTEN

Answer = Any  # ministack's: a status, headers and a body
Handler = Callable[[dict[str, Any]], Answer]

_create_stock: Handler = pools._create_user_pool_client  # noqa: SLF001
_update_stock: Handler = pools._update_user_pool_client  # noqa: SLF001


def register() -> None:
    """Answer in ministack's place, also when CloudFormation asks."""
    pools._create_user_pool_client = partial(_checked, _create_stock, "creating")  # noqa: SLF001
    pools._update_user_pool_client = partial(_checked, _update_stock, "updating")  # noqa: SLF001


def _checked(stock: Handler, act: str, data: dict[str, Any]) -> Answer:
    pool = pools._user_pools.get(data.get("UserPoolId"))  # noqa: SLF001
    kind = _unusable(pool["SchemaAttributes"], data) if pool else ""
    if not kind:
        return stock(data)
    message = f"Invalid {kind} attributes specified while {act} a client"
    return error_response_json("InvalidParameterException", message, 400)


def _unusable(schema: list[Mapping[str, Any]], data: Mapping[str, Any]) -> str:
    """Return which of the two lists of attributes Cognito refuses: read, write, or neither."""
    names = {each["Name"] for each in schema}
    required = {each["Name"] for each in schema if each.get("Required")} - {"sub"}
    readable, writable = (
        set(data.get(name) or ()) for name in ("ReadAttributes", "WriteAttributes")
    )
    if not readable <= names:
        return "read"
    if writable and not (required <= writable <= names - NEVER_WRITTEN):
        return "write"
    return ""
