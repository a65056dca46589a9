"""Who may call a GraphQL API, and which of its fields.

https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
"""

from datetime import datetime
from typing import Any

from graphql import DirectiveNode, FieldDefinitionNode, GraphQLObjectType, value_from_ast_untyped
from ministack.core.responses import request_scope

from aws_setup.local.appsync.authorization import signatures, tokens
from aws_setup.local.appsync.authorization.callers import (
    API_KEY,
    IAM,
    USER_POOLS,
    Administrator,
    Caller,
    source_ip,
)
from aws_setup.local.appsync.deployed import Api
from aws_setup.local.appsync.errors import RequestRefused
from aws_setup.local.iam.signing import SignedRequest

_MODES = {
    "aws_iam": IAM,
    "aws_cognito_user_pools": USER_POOLS,
    "aws_auth": USER_POOLS,
    "aws_api_key": API_KEY,
    "aws_oidc": "OPENID_CONNECT",
    "aws_lambda": "AWS_LAMBDA",
}
_VERIFIED = {IAM, USER_POOLS}


def authenticate(
    request: SignedRequest,
    api: Api,
    *,
    client: str,
    administrator: Administrator,
    now: datetime,
) -> Caller:
    """Return the caller, once one of the API's modes accepts their credentials.

    client: the IP address of the connection. Raises RequestRefused.
    """
    authorization = request.headers.get("authorization", "")
    addresses = list(source_ip(request.headers.get("x-forwarded-for", ""), client))
    if not authorization:
        raise _no_credentials(api)
    if authorization.startswith(signatures.ALGORITHM):
        _require(IAM, api)
        with request_scope(api.account_id, api.region):
            return signatures.verify(
                request, api, administrator=administrator, now=now, source_ip=addresses
            )
    _require(USER_POOLS, api)
    return tokens.verify(authorization, api, now=now, source_ip=addresses)


def may_access(caller: Caller, api: Api, parent: GraphQLObjectType, field_name: str) -> bool:
    """Return whether the directives of a field let the caller have it.

    A field's own directives count, else its type's, else the API's default mode. The policies of
    an IAM caller, which AppSync evaluates only for top-level fields, are not considered here.
    """
    field = parent.fields[field_name].ast_node
    directives = _authorizing(field) or _authorizing(parent.ast_node)
    if not directives:
        return caller.mode == api.default_mode and not caller.denied_by_default
    own = [directive for directive in directives if _MODES[directive.name.value] == caller.mode]
    return any(_groups_match(directive, caller) for directive in own)


def _authorizing(node: FieldDefinitionNode | Any) -> list[DirectiveNode]:
    directives = node.directives if node is not None else None
    return [directive for directive in directives or () if directive.name.value in _MODES]


def _groups_match(directive: DirectiveNode, caller: Caller) -> bool:
    for argument in directive.arguments or ():
        wanted = value_from_ast_untyped(argument.value)
        return not caller.groups.isdisjoint([wanted] if isinstance(wanted, str) else wanted)
    return True


def _require(mode: str, api: Api) -> None:
    if mode not in api.modes:
        raise _refusal("You are not authorized to make this call.")


def _no_credentials(api: Api) -> RequestRefused:
    if foreign := api.modes - _VERIFIED:
        names = ", ".join(sorted(foreign))
        return _refusal(f"Authorization by {names} is not supported by the embedded AWS.")
    return _refusal("Valid authorization header not provided.")


def _refusal(message: str) -> RequestRefused:
    return RequestRefused(401, "UnauthorizedException", message)
