"""IAM's limits of a policy's length, which ministack publishes and does not hold.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
https://github.com/ministryofjustice/analytical-platform/issues/6873
https://github.com/aws-amplify/amplify-backend/issues/2615
"""

import json
from typing import Any

from ministack.services import iam

LONGEST_MANAGED = 6_144  # characters of a managed policy, white space aside
LONGEST_OF_ROLE = 10_240  # of all policies that a role holds itself

Parameters = dict[str, Any]
_STOCK = {
    name: iam._IAM_HANDLERS[name]  # noqa: SLF001
    for name in ("CreatePolicy", "CreatePolicyVersion", "PutRolePolicy")
}


def register() -> None:
    """Check a policy's length before ministack takes it; a second call changes nothing."""
    for name in ("CreatePolicy", "CreatePolicyVersion"):
        iam._IAM_HANDLERS[name] = _managed(name)  # noqa: SLF001
    iam._IAM_HANDLERS["PutRolePolicy"] = _put_role_policy  # noqa: SLF001


def _managed(name: str) -> Any:
    def handle(parameters: Parameters) -> Any:
        if _length(_text(parameters, "PolicyDocument")) > LONGEST_MANAGED:
            return _exceeded(f"Cannot exceed quota for PolicySize: {LONGEST_MANAGED}")
        return _STOCK[name](parameters)

    return handle


def _put_role_policy(parameters: Parameters) -> Any:
    name = _text(parameters, "RoleName")
    held = dict(iam._roles.get(name, {}).get("InlinePolicies", {}))  # noqa: SLF001
    held[_text(parameters, "PolicyName")] = _text(parameters, "PolicyDocument")
    if sum(map(_length, held.values())) > LONGEST_OF_ROLE:
        return _exceeded(f"Maximum policy size of {LONGEST_OF_ROLE} bytes exceeded for role {name}")
    return _STOCK["PutRolePolicy"](parameters)


def _text(parameters: Parameters, name: str) -> str:
    return str(iam._p(parameters, name))  # noqa: SLF001


def _length(document: Any) -> int:
    """Count the characters but white space; IAM refuses by other words what is no JSON."""
    try:
        policy = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return 0
    return len(json.dumps(policy, separators=(",", ":"), ensure_ascii=False))


def _exceeded(message: str) -> Any:
    return iam._error(409, "LimitExceeded", message, ns="iam")  # noqa: SLF001
