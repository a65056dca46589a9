"""Whether a function's resource-based policy lets Cognito call it for a user pool.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from aws_setup.existing.deleted_by_hand import is_missing

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

PRINCIPAL = "cognito-idp.amazonaws.com"  # in every partition that has user pools
DENIED = {"AccessDenied", "AccessDeniedException"}


def can_be_called(client: LambdaClient, function_arn: str, pool_arn: str) -> bool | None:
    """Return whether a pool can call a function; None if the caller may not look at its policy.

    It cannot if there is no such function any more. Each confirmation in a pool that calls such a
    function shows an error to whoever confirms.
    https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
    """
    try:
        policy = client.get_policy(FunctionName=function_arn)["Policy"]
    except ClientError as error:
        if error.response["Error"]["Code"] in DENIED:
            return None
        if not is_missing(error):
            raise
        return False
    return lets_cognito_in(json.loads(policy), pool_arn)


def lets_cognito_in(policy: Mapping[str, Any], pool_arn: str) -> bool:
    """Whether a function's policy lets Cognito invoke it for this pool. Pure.

    An unknown condition counts as not met.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    effects = {
        statement["Effect"]
        for statement in _listed(policy["Statement"])
        if _is_for_cognito(statement.get("Principal", {}))
        and any(
            _matches("lambda:InvokeFunction", each) for each in _listed(statement.get("Action", []))
        )
        and _is_met(statement.get("Condition", {}), pool_arn)
    }
    return effects == {"Allow"}


def _is_for_cognito(principal: str | Mapping[str, Any]) -> bool:
    """Whether the principal is Cognito or everybody, which is "*" or {"AWS": "*"}."""
    named = {"AWS": principal} if isinstance(principal, str) else principal
    return "*" in _listed(named.get("AWS", [])) or PRINCIPAL in _listed(named.get("Service", []))


def _is_met(conditions: Mapping[str, Mapping[str, Any]], pool_arn: str) -> bool:
    """Whether a call by Cognito for this pool meets every condition."""
    known = {"aws:sourcearn": pool_arn, "aws:sourceaccount": pool_arn.split(":")[4]}
    return all(
        operator in {"ArnEquals", "ArnLike", "StringEquals", "StringLike"}
        and any(_matches(known.get(key.lower(), ""), each) for each in _listed(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _matches(value: str, pattern: str) -> bool:
    return fnmatchcase(value.lower(), pattern.lower())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
