"""The constraints on strings that Cognito checks and ministack does not.

They are those of the service's model: lengths in UTF-16 units, and patterns.
"""

import re
import unicodedata
from functools import cache
from typing import Any

import botocore.session

from aws_setup.local.http import Request, Response

OPERATIONS = {"ListUsers", "ListUsersInGroup", "AdminListGroupsForUser"}
# Python's regular expressions have no classes of Unicode categories.
NAME_PATTERN, NAME_CATEGORIES = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", "LMSNP"


def refusal(request: Request) -> Response | None:
    """Return Cognito's refusal of a string that is too short, too long or of another form."""
    if request.operation not in OPERATIONS:
        return None
    for member, limits in _limits(request.operation).items():
        value = request.json().get(member)
        if isinstance(value, str) and (failure := _failure(value, limits)):
            name = member[:1].lower() + member[1:]
            message = f"1 validation error detected: Value at '{name}' failed to satisfy constraint"
            return Response.of_error(
                "InvalidParameterException", f"{message}: Member must {failure}"
            )
    return None


def _failure(value: str, limits: dict[str, Any]) -> str:
    """Say what the value must do; "" if it does."""
    length = len(value.encode("utf-16-le", "surrogatepass")) // 2
    pattern = limits.get("pattern", "")
    if length > limits.get("max", length):
        return f"have length less than or equal to {limits['max']}"
    if length < limits.get("min", 0):
        return f"have length greater than or equal to {limits['min']}"
    if pattern and not _matches(value, pattern):
        return f"satisfy regular expression pattern: {pattern}"
    return ""


def _matches(value: str, pattern: str) -> bool:
    if pattern == NAME_PATTERN:
        return all(unicodedata.category(each)[0] in NAME_CATEGORIES for each in value)
    return re.fullmatch(pattern, value, re.ASCII) is not None


@cache
def _limits(operation: str) -> dict[str, dict[str, Any]]:
    model = botocore.session.get_session().get_service_model("cognito-idp")
    shape = model.operation_model(operation).input_shape
    members = shape.members if shape else {}
    return {name: each.metadata for name, each in members.items() if each.type_name == "string"}
