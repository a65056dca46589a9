"""Decides a template's conditions beforehand, from the values of its parameters. Pure.

A call of CloudFormation takes only so many bytes. What a condition leaves out of a stack is left
out of the template as well, and what it lets in stands there without the condition: the stack is
the same. The next deployment starts from the whole template again, so other values give other
parts. Parameters stay, used or not.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from collections.abc import Callable, Mapping
from typing import Any

NO_VALUE = {"Ref": "AWS::NoValue"}
LIST = "CommaDelimitedList"


def decided(template: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return a loaded template as it is with these values of its parameters.

    given: a parameter that is left out has its default. A condition that asks for something else,
    such as the Region, stays, and so does what depends on it.
    """
    conditions: Mapping[str, Any] = template.get("Conditions") or {}
    values = _values(template.get("Parameters") or {}, given)
    holds = {
        name: answer
        for name, condition in conditions.items()
        if (answer := _answer(condition, conditions, values)) is not None
    }
    result = dict(template)
    if holds.keys() == conditions.keys():
        result.pop("Conditions", None)
    for section in {"Resources", "Outputs"} & result.keys():
        result[section] = _there(result[section], holds)
    return result


def _values(parameters: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return a text or, for a list of texts, a list by the name of its parameter."""
    values: dict[str, Any] = {}
    for name, parameter in parameters.items():
        value = given.get(name, parameter.get("Default"))
        if value is not None:
            is_list = parameter.get("Type") == LIST
            values[name] = [each.strip() for each in value.split(",")] if is_list else value
    return values


def _answer(
    condition: Any, conditions: Mapping[str, Any], values: Mapping[str, Any]
) -> bool | None:
    """Return whether the condition holds; None if the parameters do not tell."""

    def holds(node: Mapping[str, Any]) -> bool:
        [(function, argument)] = node.items()
        if function == "Condition":
            return holds(conditions[argument])
        return _FUNCTIONS[function](argument, holds, values)

    try:
        return holds(condition)
    except LookupError:
        return None


def _equals(pair: Any, _holds: object, values: Mapping[str, Any]) -> bool:
    one, other = (_value(each, values) for each in pair)
    return bool(one == other)


_FUNCTIONS: Mapping[str, Callable[[Any, Callable[[Any], bool], Mapping[str, Any]], bool]] = {
    "Fn::Equals": _equals,
    "Fn::Not": lambda given, holds, _values: not holds(given[0]),
    "Fn::And": lambda given, holds, _values: all(holds(each) for each in given),
    "Fn::Or": lambda given, holds, _values: any(holds(each) for each in given),
}


def _value(node: Any, values: Mapping[str, Any]) -> Any:
    """Return the value of an argument. Raises KeyError for what is no parameter."""
    match node:
        case {"Fn::Join": [delimiter, parts]}:
            return delimiter.join(_value(parts, values))
        case {"Ref": name}:
            return values[name]
        case dict():
            raise KeyError(*node)
        case list():
            return [_value(each, values) for each in node]
    return str(node)


def _there(section: Mapping[str, Any], holds: Mapping[str, bool]) -> dict[str, Any]:
    """Return the resources or outputs that are not left out, without their conditions."""
    names = {name for name, each in section.items() if holds.get(each.get("Condition"), True)}
    return {
        name: _without_condition(_chosen(each, holds), holds, names)
        for name, each in section.items()
        if name in names
    }


def _without_condition(
    part: dict[str, Any], holds: Mapping[str, bool], names: set[str]
) -> dict[str, Any]:
    """Remove a condition that holds, and what the resource waits for and is not there."""
    if part.get("Condition") in holds:
        del part["Condition"]
    depends_on = part.get("DependsOn", [])
    named = {depends_on} if isinstance(depends_on, str) else set(depends_on)
    if named - names:
        del part["DependsOn"]
        if named & names:
            part["DependsOn"] = sorted(named & names)
    return part


def _chosen(node: Any, holds: Mapping[str, bool]) -> Any:
    """Return a part of the template with that branch of each decided Fn::If that applies."""
    match node:
        case {"Fn::If": [name, one, other]} if name in holds:
            return _chosen(one if holds[name] else other, holds)
        case {"Fn::If": [name, *branches]}:
            return {"Fn::If": [name, *(_chosen(each, holds) for each in branches)]}
        case dict():
            members = {name: _chosen(each, holds) for name, each in node.items()}
            return {name: each for name, each in members.items() if each != NO_VALUE}
        case list():
            return [each for each in (_chosen(each, holds) for each in node) if each != NO_VALUE]
    return node
