"""What CloudFormation does at the same time, and a service refuses to do at the same time.

ministack makes one resource after the other. CloudFormation waits only for what a resource depends
on, so these fail here whenever they could be at work together.
"""

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers

from aws_setup.local.cloudformation.failures import ResourceFailed

SCHEMA = "AWS::AppSync::GraphQLSchema"
OF_THE_SCHEMA = ("AWS::AppSync::FunctionConfiguration", "AWS::AppSync::Resolver")
TABLE = "AWS::DynamoDB::Table"

_deploy_stock = changesets._deploy_stack_async  # noqa: SLF001
# What each resource of a running operation would be refused for, by stack and logical id.
_refusals: dict[str, dict[str, ResourceFailed]] = {}


def register() -> None:
    """Look at every operation before ministack begins it; a second call changes nothing."""
    for module in (changesets, handlers):
        module._deploy_stack_async = _deploy  # noqa: SLF001


def check(stack: str, logical_id: str) -> None:
    """Raise ResourceFailed for a resource that could meet another one of this operation."""
    if refusal := _refusals.get(stack, {}).get(logical_id):
        raise refusal


def _deploy(
    stack: str, stack_id: str, template: Mapping[str, Any], *arguments: Any, **options: Any
) -> Any:
    resources = template.get("Resources") or {}
    before = ((options.get("previous_stack") or {}).get("_template") or {}).get("Resources") or {}
    changed = {name for name, each in resources.items() if each != before.get(name)}
    _refusals[stack] = {
        **_while_the_schema_changes(resources, changed),
        **_tables_with_indexes(resources, changed - before.keys()),
    }
    return _deploy_stock(stack, stack_id, template, *arguments, **options)


def _while_the_schema_changes(
    resources: Mapping[str, Any], changed: set[str]
) -> dict[str, ResourceFailed]:
    """AppSync changes no function and no resolver while it reads the API's schema.

    https://docs.aws.amazon.com/appsync/latest/APIReference/API_CreateFunction.html
    https://github.com/hashicorp/terraform-provider-aws/issues/16211
    """
    said = "Schema is currently being altered, please wait until that is complete."
    return {
        name: ResourceFailed(409, said)
        for schema in changed
        for name in changed
        if resources[schema]["Type"] == SCHEMA
        and resources[name]["Type"] in OF_THE_SCHEMA
        and _may_meet(schema, name, resources)
    }


def _tables_with_indexes(resources: Mapping[str, Any], new: set[str]) -> dict[str, ResourceFailed]:
    """DynamoDB creates one table with indexes at a time.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
    """
    indexed = [
        name
        for name in sorted(new)
        if resources[name]["Type"] == TABLE
        and resources[name]["Properties"].get("GlobalSecondaryIndexes")
    ]
    said = "Only one table with secondary indexes can be in the CREATING state at any given time."
    return {
        name: ResourceFailed(400, said, "DynamoDb")
        for i, name in enumerate(indexed)
        for other in indexed[:i]
        if _may_meet(name, other, resources)
    }


def _may_meet(one: str, other: str, resources: Mapping[str, Any]) -> bool:
    """Return whether neither of two resources waits for the other one."""
    return one not in _waits_for(other, resources) and other not in _waits_for(one, resources)


def _waits_for(name: str, resources: Mapping[str, Any]) -> set[str]:
    """Return all resources that must be done before this one begins."""
    found: set[str] = set()
    open_ends = [name]
    while open_ends:
        needed = engine._extract_deps(resources[open_ends.pop()], set(resources))  # noqa: SLF001
        open_ends += needed - found
        found |= needed
    return found
