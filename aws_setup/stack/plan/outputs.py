"""Which outputs of the stack come and go, which no change set tells. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_setup.stack.states import IN_REVIEW
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.decided_conditions import decided

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


def output_changes(
    stack: StackTypeDef | None, body: str, parameters: Mapping[str, str]
) -> Mapping[str, str]:
    """Return "+" or "-" by the name of each output that the stack gains or loses.

    {} for a stack that is to be created, which gains them all.
    stack: as DescribeStacks returns it; None if it does not exist. parameters: of the template,
    which decide about outputs with a condition.
    """
    if stack is None or stack["StackStatus"] == IN_REVIEW:
        return {}
    has = [each["OutputKey"] for each in stack.get("Outputs", ())]
    wants = decided(parse_template(body, "the template"), parameters).get("Outputs", {})
    gained = [name for name in wants if name not in has]
    lost = [name for name in has if name not in wants]
    return {**dict.fromkeys(gained, "+"), **dict.fromkeys(lost, "-")}
