"""Change sets of an update that changes nothing but outputs, which ministack calls empty.

CloudFormation makes a change set without changes of resources, which can be executed: others met
that where their tool took such a change set for an empty one and deleted it.
https://github.com/jenkinsci/pipeline-aws-plugin/issues/210
Whether a parameter that only outputs refer to is enough is not documented: here it is not.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, handlers

Answer = tuple[int, dict[str, str], bytes]
_create_stock: Callable[[Mapping[str, Any]], Answer] = handlers._ACTION_HANDLERS["CreateChangeSet"]  # noqa: SLF001


def create_change_set(params: Mapping[str, Any]) -> Answer:
    """Answer CreateChangeSet."""
    answer = _create_stock(params)
    names = (changesets._p(params, name) for name in ("ChangeSetName", "StackName"))  # noqa: SLF001
    change_set = changesets._find_change_set(*names)[1]  # noqa: SLF001
    if answer[0] == 200 and change_set and _changes_outputs_alone(change_set):  # noqa: PLR2004
        change_set |= {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE"}
        change_set["StatusReason"] = ""
    return answer


def _changes_outputs_alone(change_set: Mapping[str, Any]) -> bool:
    if change_set["ChangeSetType"] != "UPDATE" or change_set["Changes"]:
        return False
    stack = cloudformation._stacks[change_set["StackName"]]  # noqa: SLF001
    before = _outputs(stack.get("_template", {}), stack.get("_resolved_params", {}))
    return before != _outputs(change_set["_template"], change_set["_resolved_params"])


def _outputs(template: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs that the stack has, as the template writes them with these parameters."""
    holds = engine._evaluate_conditions(template, parameters)  # noqa: SLF001
    outputs: Mapping[str, Any] = template.get("Outputs", {})
    return {
        name: {key: _chosen(part, holds) for key, part in each.items() if key != "Condition"}
        for name, each in outputs.items()
        if holds.get(each.get("Condition"), True)
    }


def _chosen(node: Any, holds: Mapping[str, bool]) -> Any:
    """Return a value with the branch in place of each `Fn::If`."""
    match node:
        case {"Fn::If": [str() as condition, then, otherwise]}:
            return _chosen(then if holds[condition] else otherwise, holds)
        case dict():
            return {key: _chosen(each, holds) for key, each in node.items()}
        case list():
            return [_chosen(each, holds) for each in node]
    return node
