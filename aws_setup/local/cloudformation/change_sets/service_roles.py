"""The role that CloudFormation acts with, which ministack ignores.

A role that does not exist or does not trust CloudFormation is refused, in the words that others met
on AWS. The stack keeps the role for its later operations.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from ministack.services import cloudformation, iam
from ministack.services.cloudformation import changesets, handlers, helpers

from aws_setup.local.cloudformation.change_sets import output_changes
from aws_setup.local.iam.principals import Principal

SERVICE = "cloudformation.amazonaws.com"
NAMESPACE = "{http://cloudformation.amazonaws.com/doc/2010-05-15/}"
GIVEN_BY = ("CreateChangeSet", "DeleteStack")

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[Mapping[str, Any]], Answer]

_stock: dict[str, Handler] = {
    "CreateChangeSet": output_changes.create_change_set,
    **{
        name: handlers._ACTION_HANDLERS[name]  # noqa: SLF001
        for name in ("DeleteStack", "DescribeStacks", "ExecuteChangeSet")
    },
}


def register() -> None:
    """Put our handlers in place of ministack's; a second call changes nothing."""
    ours = {name: _checked(name) for name in GIVEN_BY}
    ours |= {"ExecuteChangeSet": _execute, "DescribeStacks": _describe}
    handlers._ACTION_HANDLERS.update(ours)  # noqa: SLF001


def _checked(name: str) -> Handler:
    def handle(params: Mapping[str, Any]) -> Answer:
        role_arn = _parameter(params, "RoleARN")
        if role_arn and not _is_assumable(role_arn):
            return _refusal(f"Role {role_arn} is invalid or cannot be assumed")
        if role_arn and (denial := _denial_of_passing(role_arn)):
            denied: Answer = helpers._error("AccessDenied", denial, 403)  # noqa: SLF001
            return denied
        stack = cloudformation._stacks.get(_parameter(params, "StackName"))  # noqa: SLF001
        if role_arn and name == "DeleteStack" and stack:
            stack["_role_arn"] = role_arn
        answer = _stock[name](params)
        if role_arn and name == "CreateChangeSet" and answer[0] == 200:  # noqa: PLR2004
            _change_set(params)["_role_arn"] = role_arn
        return answer

    return handle


def _execute(params: Mapping[str, Any]) -> Answer:
    change_set = _change_set(params)
    stack = cloudformation._stacks.get(change_set.get("StackName", ""))  # noqa: SLF001
    if stack and (role_arn := change_set.get("_role_arn")):
        stack["_role_arn"] = role_arn  # before the execution begins
    return _stock["ExecuteChangeSet"](params)


def _denial_of_passing(role_arn: str) -> str | None:
    keys = {"iam:PassedToService": SERVICE}
    return Principal.of_request().denial("iam:PassRole", role_arn, keys)


def _describe(params: Mapping[str, Any]) -> Answer:
    status, headers, body = _stock["DescribeStacks"](params)
    if status != 200 or not any("_role_arn" in each for each in cloudformation._stacks.values()):  # noqa: PLR2004, SLF001
        return status, headers, body
    ET.register_namespace("", NAMESPACE.strip("{}"))
    root = ET.fromstring(body)  # noqa: S314 - ministack's own
    for member in root.iterfind(f".//{NAMESPACE}Stacks/{NAMESPACE}member"):
        stack = cloudformation._stacks.get(member.findtext(f"{NAMESPACE}StackName", ""), {})  # noqa: SLF001
        if role_arn := stack.get("_role_arn"):
            ET.SubElement(member, f"{NAMESPACE}RoleARN").text = role_arn
    return status, headers, ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _is_assumable(role_arn: str) -> bool:
    role = iam._roles.get(role_arn.rpartition("/")[2])  # noqa: SLF001
    trusted = unquote(str(role.get("AssumeRolePolicyDocument", ""))) if role else ""
    return bool(re.search(rf'"{re.escape(SERVICE)}"', trusted)) and role["Arn"] == role_arn


def _change_set(params: Mapping[str, Any]) -> dict[str, Any]:
    names = (_parameter(params, name) for name in ("ChangeSetName", "StackName"))
    found: dict[str, Any] | None = changesets._find_change_set(*names)[1]  # noqa: SLF001
    return found or {}


def _parameter(params: Mapping[str, Any], name: str) -> str:
    return str(helpers._p(params, name) or "")  # noqa: SLF001


def _refusal(message: str) -> Answer:
    answer: Answer = helpers._error("ValidationError", message)  # noqa: SLF001
    return answer
