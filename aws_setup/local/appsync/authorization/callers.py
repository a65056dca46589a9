"""The verified sender of a GraphQL request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

IAM = "AWS_IAM"
USER_POOLS = "AMAZON_COGNITO_USER_POOLS"
API_KEY = "API_KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """The key pair of the account's administrator, who may do everything."""

    account_id: str
    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller whose signature or token has been verified."""

    mode: str  # the authentication type that let the caller in
    identity: dict[str, Any]  # ctx.identity
    auth_type: str  # what util.authType() answers
    groups: frozenset[str] = frozenset()  # of a user pool's user
    denied_by_default: bool = False  # the user pool's DefaultAction is DENY
    policy_allows: Callable[[str, str], bool] = lambda _type, _field: True  # IAM, by type and field


def source_ip(forwarded_for: str, client: str) -> Sequence[str]:
    """Return ctx.identity.sourceIp: what `X-Forwarded-For` lists, then the connection's own."""
    listed = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    return [*listed, client]
