"""Puts our handlers of Cognito's calls in place of ministack's."""

from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito as pools

from aws_setup.local.cognito import app_clients, list_filters, users
from aws_setup.local.cognito.attributes import AttributeChanges, failure_of_new, given_in
from aws_setup.local.cognito.codes import Codes

PROTECTED = (
    "The user pool cannot be deleted because deletion protection is activated. Deletion "
    "protection must be inactivated first."
)
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPool.html
WITH_DOMAIN = (
    "User pool cannot be deleted. It has a domain configured that should be deleted first."
)

_delete_stock = pools._delete_user_pool  # noqa: SLF001
_sign_up_stock = pools._sign_up  # noqa: SLF001
_create_user_stock = pools._admin_create_user  # noqa: SLF001


def register(codes: Codes) -> None:
    """Answer in ministack's place; the codes of a later call count."""
    AttributeChanges(codes).register()
    app_clients.register()
    list_filters.register()
    pools._delete_user_pool = _delete_pool  # noqa: SLF001
    pools._resolve_user = users.resolve  # noqa: SLF001
    pools._sign_up = _sign_up  # noqa: SLF001
    pools._admin_create_user = _create_user  # noqa: SLF001


def is_protected(pool_id: str | None) -> bool:
    """Return whether the pool can't be deleted.

    https://github.com/localstack/localstack/issues/11947
    """
    return (pools._user_pools.get(pool_id) or {}).get("DeletionProtection") == "ACTIVE"  # noqa: SLF001


def _delete_pool(data: dict[str, Any]) -> Any:
    pool_id = data.get("UserPoolId")
    if is_protected(pool_id):
        return error_response_json("InvalidParameterException", PROTECTED, 400)
    pool = pools._user_pools.get(pool_id) or {}  # noqa: SLF001
    if pool.get("Domain") or pool.get("CustomDomain"):
        return error_response_json("InvalidParameterException", WITH_DOMAIN, 400)
    return _delete_stock(data)


def _sign_up(data: dict[str, Any]) -> Any:
    client_id = data.get("ClientId")
    for pool in pools._user_pools.values():  # noqa: SLF001
        if client_id in pool["_clients"] and _is_username_taken(pool, data.get("Username")):
            return error_response_json("UsernameExistsException", "User already exists", 400)
    return _sign_up_stock(data)


def _create_user(data: dict[str, Any]) -> Any:
    pool = pools._user_pools.get(data.get("UserPoolId"))  # noqa: SLF001
    if pool and data.get("MessageAction") != "RESEND":
        if failure := failure_of_new(pool, given_in(data)):
            return error_response_json("InvalidParameterException", failure, 400)
        if _is_username_taken(pool, data.get("Username")):
            message = "User account already exists"
            return error_response_json("UsernameExistsException", message, 400)
    return _create_user_stock(data)


def _is_username_taken(pool: dict[str, Any], username: str | None) -> bool:
    """Return whether somebody has this username in another case, in a pool that ignores case.

    In a pool without usernames of one's own, ministack looks for the address itself.
    """
    if not username or pool.get("UsernameAttributes") or not users.ignores_case(pool):
        return False
    return any(users.same(pool, name, username) for name in pool["_users"])
