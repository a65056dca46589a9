"""Which outputs of the stack come and go, which no change set tells. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_setup.template.cfn_yaml import parse_template

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


def output_changes(stack: StackTypeDef | None, body: str) -> Mapping[str, str]:
    """Return "+" or "-" by the name of each output that the stack gains or loses.

    One with a condition may come or not, so it counts only if it goes. A new stack gains all.
    stack: as DescribeStacks returns it; None if it does not exist.
    """
    if stack is None:
        return {}
    has = [each["OutputKey"] for each in stack.get("Outputs", ())]
    wants = parse_template(body, "the template").get("Outputs", {})
    gained = [name for name, each in wants.items() if "Condition" not in each and name not in has]
    lost = [name for name in has if name not in wants]
    return {**dict.fromkeys(gained, "+"), **dict.fromkeys(lost, "-")}
