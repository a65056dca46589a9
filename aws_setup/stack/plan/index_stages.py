"""Updates that change more than one index of a table, in stages. Pure.

DynamoDB creates or deletes one index in an update, and so does CloudFormation.
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/881
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_setup.stack.changes import Change
from aws_setup.template.cfn_yaml import dump_template, parse_template

TABLE = "AWS::DynamoDB::Table"
INDEXES = "GlobalSecondaryIndexes"


@dataclass(frozen=True, slots=True)
class FirstStage:
    """The template with one change of each table's indexes, and a sentence for what follows."""

    body: str
    follows: tuple[str, ...]


def first_stage(body: str, changes: Iterable[Change]) -> FirstStage | None:
    """Return the first stage of an update; None if all of it can be done at once.

    body: the rendered template. changes: of the change set that all of it makes.
    """
    tables = {each.logical_id: each for each in changes if _changes_two(each)}
    if not tables:
        return None
    template = parse_template(body, "the template")
    follows = []
    for logical_id, change in tables.items():
        properties = template["Resources"][logical_id]["Properties"]
        later = _keep_one_change(properties, change.before["Properties"])
        follows.append(
            f"{logical_id} {change.physical_id} gets or loses one index in each update: "
            f"{', '.join(later)} {'follow' if len(later) > 1 else 'follows'} this one."
        )
    return FirstStage(dump_template(template), tuple(follows))


def _changes_two(change: Change) -> bool:
    """Return whether a table stays and more than one of its indexes comes or goes."""
    if change.resource_type != TABLE or change.action != "Modify" or change.replacement == "True":
        return False
    has, wants = (_indexes(each).keys() for each in (change.before, change.after))
    return bool(change.before) and len(has ^ wants) > 1


def _indexes(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table's indexes by name."""
    given = context.get("Properties", {}).get(INDEXES) or []
    return {each["IndexName"]: each for each in given}


def _keep_one_change(properties: dict[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Leave one change of the indexes in a table's properties. Returns the names of the others."""
    has = {each["IndexName"]: each for each in before.get(INDEXES) or []}
    wanted = {each["IndexName"]: each for each in properties.get(INDEXES) or []}
    extra = [name for name in has if name not in wanted]
    missing = [name for name in wanted if name not in has]
    changed = [*extra, *missing]
    first, later = changed[0], changed[1:]
    kept = {name: each for name, each in wanted.items() if name in has or name == first}
    kept |= {name: has[name] for name in extra if name != first}
    properties[INDEXES] = list(kept.values())
    # DynamoDB refuses the definition of an attribute that is no key.
    schemas = [properties["KeySchema"], *(each["KeySchema"] for each in kept.values())]
    keys = {key["AttributeName"] for schema in schemas for key in schema}
    both = [*before.get("AttributeDefinitions", []), *properties["AttributeDefinitions"]]
    definitions = {each["AttributeName"]: each for each in both}
    properties["AttributeDefinitions"] = [definitions[key] for key in sorted(keys)]
    return later
