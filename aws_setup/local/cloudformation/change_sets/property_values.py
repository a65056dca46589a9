"""The values of properties in DescribeChangeSet, with IncludePropertyValues, which ministack lacks.

The shapes follow botocore's model and change sets that others recorded on AWS: the contexts are
JSON, in which every scalar is a string; what only the execution can tell is KNOWN_AFTER_APPLY; and
the change of a new resource says that it replaces one.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, handlers, stacks

KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
# What a context holds of a resource beside its properties.
ATTRIBUTES = ("Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy")
NAMESPACE = "{http://cloudformation.amazonaws.com/doc/2010-05-15/}"

Answer = tuple[int, dict[str, str], bytes]
_describe_stock = changesets._describe_change_set  # noqa: SLF001


def register() -> None:
    """Put our handler in place of ministack's; a second call changes nothing."""
    handlers._ACTION_HANDLERS["DescribeChangeSet"] = _describe  # noqa: SLF001


def _describe(params: Mapping[str, Any]) -> Answer:
    status, headers, body = _describe_stock(params)
    wanted = changesets._p(params, "IncludePropertyValues", "false").lower() == "true"  # noqa: SLF001
    if status != 200 or not wanted:  # noqa: PLR2004
        return status, headers, body
    names = (changesets._p(params, name) for name in ("ChangeSetName", "StackName"))  # noqa: SLF001
    _, change_set = changesets._find_change_set(*names)  # noqa: SLF001
    root = ET.fromstring(body)  # noqa: S314 - ministack's own
    ET.register_namespace("", NAMESPACE.strip("{}"))
    contexts = Contexts(change_set)
    for element in root.iter(f"{NAMESPACE}ResourceChange"):
        _complete(element, contexts)
    return status, headers, ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _complete(element: ET.Element, contexts: "Contexts") -> None:
    """Add to one ResourceChange what IncludePropertyValues asks for."""
    logical_id, action = _text(element, "LogicalResourceId"), _text(element, "Action")
    before = contexts.before(logical_id) if action != "Add" else None
    after = contexts.after(logical_id) if action != "Remove" else None
    if action == "Add":
        _add(element, "Replacement", "True")
    for name, context in (("BeforeContext", before), ("AfterContext", after)):
        if context is not None:
            _add(element, name, json.dumps(context, separators=(",", ":")))
    for target in element.iter(f"{NAMESPACE}Target"):
        if _text(target, "Attribute") == "Properties":
            _add_values(target, before or {}, after or {})


def _add_values(target: ET.Element, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    name = _text(target, "Name")
    _add(target, "Path", f"/Properties/{name}")
    values = [context.get("Properties", {}).get(name) for context in (before, after)]
    for member, value in zip(("BeforeValue", "AfterValue"), values, strict=True):
        if value is not None:
            _add(target, member, value if isinstance(value, str) else json.dumps(value))
    kind = "Add" if values[0] is None else "Remove" if values[1] is None else "Modify"
    _add(target, "AttributeChangeType", kind)


class Contexts:
    """The resources of one change set, before and after it."""

    def __init__(self, change_set: Mapping[str, Any]) -> None:
        self._change_set = change_set
        self._stack = cloudformation._stacks.get(change_set["StackName"]) or {}  # noqa: SLF001
        self._old = self._stack.get("_resources", {})

    def before(self, logical_id: str) -> dict[str, Any] | None:
        """Return a resource as it is; None for one that is not in the stack yet."""
        if logical_id not in self._old:
            return None
        template = self._stack.get("_template", {}).get("Resources", {}).get(logical_id, {})
        return _context(self._old[logical_id].get("Properties", {}), template)

    def after(self, logical_id: str) -> dict[str, Any]:
        """Return a resource as it will be, as far as that is known."""
        template, params = self._change_set["_template"], self._change_set["_resolved_params"]
        resource = template["Resources"][logical_id]
        with stacks._stack_region_context(self._stack, self._stack.get("StackId")):  # noqa: SLF001
            properties = engine._resolve_refs(  # noqa: SLF001
                copy.deepcopy(resource.get("Properties", {})),
                dict(self._referred()),
                params,
                engine._evaluate_conditions(template, params),  # noqa: SLF001
                template.get("Mappings", {}),
                self._change_set["StackName"],
                self._change_set["StackId"],
            )
        kept = {name: each for name, each in properties.items() if each is not engine._NO_VALUE}  # noqa: SLF001
        return _context(kept, resource)

    def _referred(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each resource of the new template with what references to it will give."""
        changes = {
            each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"]
            for each in self._change_set["Changes"]
        }
        for logical_id in self._change_set["_template"]["Resources"]:
            old, change = self._old.get(logical_id, {}), changes.get(logical_id)
            physical_id = old.get("PhysicalResourceId", KNOWN_AFTER_APPLY)
            if change and change.get("Replacement", "True") != "False":
                physical_id = KNOWN_AFTER_APPLY
            # An attribute of a resource that changes in any way is only known afterwards.
            attributes = Unknown() if change else old.get("Attributes", {})
            yield logical_id, {"PhysicalResourceId": physical_id, "Attributes": attributes}


class Unknown(dict[str, str]):
    """Attributes whose values only the execution can tell."""

    def __contains__(self, _name: object) -> bool:
        return True

    def __getitem__(self, _name: str) -> str:
        return KNOWN_AFTER_APPLY

    def get(self, _name: str, _default: Any = None) -> str:
        """Return what stands for a value that is not known."""
        return KNOWN_AFTER_APPLY


def _context(properties: Any, resource: Mapping[str, Any]) -> dict[str, Any]:
    others = {name: resource[name] for name in ATTRIBUTES if name in resource}
    return {"Properties": _as_strings(properties), **_as_strings(others)}


def _as_strings(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_strings(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_strings(each) for each in value]
    text = json.dumps(value) if isinstance(value, bool | int | float) else str(value)
    return KNOWN_AFTER_APPLY if KNOWN_AFTER_APPLY in text else text


def _text(element: ET.Element, name: str) -> str:
    return element.findtext(f"{NAMESPACE}{name}", "")


def _add(element: ET.Element, name: str, text: str) -> None:
    ET.SubElement(element, f"{NAMESPACE}{name}").text = text
