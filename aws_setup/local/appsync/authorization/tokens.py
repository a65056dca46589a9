"""User pool authorization: the JSON Web Token of a GraphQL request.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

import json
import re
from datetime import datetime
from typing import Any

import jwt
from ministack.core.responses import request_scope
from ministack.services import cognito

from aws_setup.local.appsync.authorization.callers import USER_POOLS, Caller
from aws_setup.local.appsync.deployed import Api, UserPool
from aws_setup.local.appsync.errors import RequestRefused

# AppSync's message for a token that is well formed but cannot be trusted is not published.
_UNTRUSTED = "Token is not valid."


def verify(authorization: str, api: Api, *, now: datetime, source_ip: list[str]) -> Caller:
    """Return the caller whom the token in `authorization` names. Raises RequestRefused.

    It can be an ID token or an access token of one of the API's pools.
    """
    token = authorization.removeprefix("Bearer ").strip()
    try:
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        key_id = jwt.get_unverified_header(token).get("kid")
    except jwt.InvalidTokenError as error:
        raise _refusal("Unable to parse JWT token.") from error
    pool = next((pool for pool in api.user_pools if _issuer(pool) == issuer), None)
    if pool is None:
        raise _refusal(_UNTRUSTED)
    claims = _verified_claims(token, _public_key(pool, key_id, api.account_id), _issuer(pool))
    if claims["exp"] <= now.timestamp():
        raise _refusal("Token has expired.")
    _check_client(claims, pool)
    return Caller(
        mode=USER_POOLS,
        auth_type="User Pool Authorization",
        identity=_identity(claims, pool, source_ip),
        groups=frozenset(claims.get("cognito:groups") or ()),
        denied_by_default=pool.denies_by_default,
    )


def _issuer(pool: UserPool) -> str:
    return f"https://cognito-idp.{pool.region}.amazonaws.com/{pool.pool_id}"


def _public_key(pool: UserPool, key_id: Any, account_id: str) -> jwt.PyJWK:
    with request_scope(account_id, pool.region):
        _status, _headers, body = cognito.well_known_jwks(pool.pool_id)
    for key in json.loads(body)["keys"]:
        if key["kid"] == key_id:
            return jwt.PyJWK(key)
    raise _refusal(_UNTRUSTED)


def _verified_claims(token: str, key: jwt.PyJWK, issuer: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=issuer,
            # The expiry is compared with the request's clock, and the audience with the app
            # clients that the API accepts; both checks follow.
            options={
                "require": ["exp", "iss", "sub", "token_use"],
                "verify_aud": False,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.InvalidTokenError as error:
        raise _refusal(_UNTRUSTED) from error
    if claims["token_use"] not in {"id", "access"}:
        raise _refusal(_UNTRUSTED)
    return claims


def _check_client(claims: dict[str, Any], pool: UserPool) -> None:
    client = claims.get("client_id") or claims.get("aud") or ""
    if pool.client_id_pattern and not re.fullmatch(pool.client_id_pattern, client):
        raise _refusal(_UNTRUSTED)


def _identity(claims: dict[str, Any], pool: UserPool, source_ip: list[str]) -> dict[str, Any]:
    return {
        "sub": claims["sub"],
        "issuer": claims["iss"],
        # ID tokens and access tokens name the user differently.
        "username": claims.get("cognito:username") or claims.get("username"),
        "claims": claims,
        "sourceIp": source_ip,
        "defaultAuthStrategy": "DENY" if pool.denies_by_default else "ALLOW",
        "groups": claims.get("cognito:groups"),
    }


def _refusal(message: str) -> RequestRefused:
    return RequestRefused(401, "UnauthorizedException", message)
