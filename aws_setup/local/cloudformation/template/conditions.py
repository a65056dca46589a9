"""Joins lists in conditions, as CloudFormation does and ministack does not.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-join.html
"""

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, stacks

_evaluate_stock = engine._evaluate_conditions  # noqa: SLF001


def register() -> None:
    """Join lists wherever ministack evaluates conditions; a second call changes nothing."""
    for module in (changesets, engine, handlers, stacks):
        module._evaluate_conditions = _evaluate  # noqa: SLF001


def _evaluate(template: Mapping[str, Any], parameters: Mapping[str, Any]) -> Any:
    conditions = _joined(template.get("Conditions", {}), parameters)
    return _evaluate_stock({**template, "Conditions": conditions}, parameters)


def _joined(part: Any, parameters: Mapping[str, Any]) -> Any:
    if isinstance(part, list):
        return [_joined(each, parameters) for each in part]
    if not isinstance(part, dict):
        return part
    if "Fn::Join" in part:
        delimiter, values = part["Fn::Join"]
        return delimiter.join(_texts(values, parameters))
    return {name: _joined(each, parameters) for name, each in part.items()}


def _texts(values: Any, parameters: Mapping[str, Any]) -> list[str]:
    """Return the members of a list that is written out, or of a parameter that is a list."""
    if isinstance(values, list):
        return [
            parameters[each["Ref"]]["Value"] if isinstance(each, dict) else each for each in values
        ]
    return [each.strip() for each in parameters[values["Ref"]]["Value"].split(",")]
