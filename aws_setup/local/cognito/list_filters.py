"""The filters of ListUsers: one searchable attribute, equal to a value or beginning with it.

ministack lists everybody when it cannot read a filter; Cognito refuses it.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
https://github.com/getmoto/moto/issues/4389
"""

import re
from typing import Any

from ministack.services import cognito as pools

from aws_setup.local.http import Request, Response

SEARCHABLE = {
    "username",
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "cognito:user_status",
    "status",
    "sub",
}
_FILTER = re.compile(r'\s*("?)([\w:]+)\1\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*')
_ESCAPED = re.compile(r"\\(.)")
_CASE_COUNTS = {"username", "status"}


def register() -> None:
    """Filter in ministack's place; a second call changes nothing."""
    pools._apply_user_filter = _filtered  # noqa: SLF001


def refusal(request: Request) -> Response | None:
    """Return Cognito's refusal of a filter, or None."""
    given = request.json().get("Filter")
    if request.operation != "ListUsers" or not given:
        return None
    found = _FILTER.fullmatch(str(given))
    if found is None:
        return Response.of_error("InvalidParameterException", "Error while parsing filter.")
    if found[2] not in SEARCHABLE:
        message = f"Invalid search attribute: {found[2]}"
        return Response.of_error("InvalidParameterException", message)
    return None


def _filtered(users: list[dict[str, Any]], expression: str) -> list[dict[str, Any]]:
    """Return the users that match a filter; `refusal` comes first."""
    found = _FILTER.fullmatch(expression)
    if found is None:
        raise ValueError(expression)
    attribute, operator, wanted = found[2], found[3], _ESCAPED.sub(r"\1", found[4])
    return [one for one in users if _matches(attribute, _value(one, attribute), operator, wanted)]


def _matches(attribute: str, held: str, operator: str, wanted: str) -> bool:
    if attribute not in _CASE_COUNTS:
        held, wanted = held.casefold(), wanted.casefold()
    return held == wanted if operator == "=" else held.startswith(wanted)


def _value(user: dict[str, Any], attribute: str) -> str:
    if attribute == "username":
        return str(user["Username"])
    if attribute == "cognito:user_status":
        return str(user["UserStatus"])
    if attribute == "status":
        return "Enabled" if user.get("Enabled", True) else "Disabled"
    held = {item["Name"]: str(item["Value"]) for item in user["Attributes"]}
    return held.get(attribute, "")
