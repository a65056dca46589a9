"""The template around an Onboarding table that existed before, such as one restored from a backup.

The template itself has no such parameter, since a call takes only so many bytes and few stacks need
it. Pure.
"""

from __future__ import annotations

from typing import Any

from aws_setup.template.cfn_yaml import dump_template, parse_template

PARAMETER = "ExistingOnboardingTableName"
TABLE = "OnboardingTable"
_ARN = (
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/" + f"${{{PARAMETER}}}"
)


def around_onboarding_table(body: str) -> str:
    """Return the rendered template without its own table, and with the parameter in its place."""
    template = parse_template(body, "the template")
    del template["Resources"][TABLE]
    for resource in template["Resources"].values():
        if resource.get("DependsOn") == TABLE:
            del resource["DependsOn"]
    around: dict[str, Any] = _replaced(template)
    around["Parameters"][PARAMETER] = {"Type": "String"}
    return dump_template(around)


def _replaced(value: Any) -> Any:
    """Return a part of the template with the parameter wherever it refers to the table."""
    if value == {"Ref": TABLE}:
        return {"Ref": PARAMETER}
    if value == {"Fn::GetAtt": [TABLE, "Arn"]}:
        return {"Fn::Sub": _ARN}
    if isinstance(value, dict):
        return {
            name: _substituted(each) if name == "Fn::Sub" else _replaced(each)
            for name, each in value.items()
        }
    return [_replaced(each) for each in value] if isinstance(value, list) else value


def _substituted(value: Any) -> Any:
    """Return the argument of Fn::Sub: a text, or a list of a text and its variables."""
    if isinstance(value, list):
        return [_substituted(value[0]), *map(_replaced, value[1:])]
    return value.replace(f"${{{TABLE}.Arn}}", _ARN).replace(f"${{{TABLE}}}", f"${{{PARAMETER}}}")
