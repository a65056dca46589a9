"""Reads selections: ctx.info of a field that is being resolved, and the locations of fields.

https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference-js.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    SourceLocation,
    get_location,
    print_ast,
)


def describe(info: GraphQLResolveInfo[Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return ctx.info of a field. Aliased fields are listed only by their alias."""
    selected = [node.selection_set for node in info.field_nodes if node.selection_set]
    paths = [path for selection in selected for path in _paths(selection, info)]
    return {
        "fieldName": info.field_name,
        "parentTypeName": info.parent_type.name,
        "variables": variables,
        "selectionSetList": list(dict.fromkeys(paths)),
        "selectionSetGraphQL": "\n".join(print_ast(selection) for selection in selected),
    }


def fields(document: DocumentNode) -> Iterator[tuple[FieldNode, str]]:
    """Yield every field of a document with its path, such as `getBusiness/name`."""
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            yield from _fields(definition.selection_set, "")


def location_of(info: GraphQLResolveInfo[Any]) -> SourceLocation:
    """Return the location of the field in the document."""
    place = info.field_nodes[0].loc
    assert place is not None  # noqa: S101 - parse() keeps locations by default
    return get_location(place.source, place.start)


def _paths(selection: SelectionSetNode, info: GraphQLResolveInfo[Any]) -> Iterator[str]:
    for node in selection.selections:
        if isinstance(node, FieldNode):
            name = (node.alias or node.name).value
            yield name
            if node.selection_set:
                yield from (f"{name}/{path}" for path in _paths(node.selection_set, info))
        elif isinstance(node, InlineFragmentNode):
            yield from _paths(node.selection_set, info)
        else:
            assert isinstance(node, FragmentSpreadNode)  # noqa: S101 - there are only three kinds
            yield from _paths(info.fragments[node.name.value].selection_set, info)


def _fields(selection: SelectionSetNode, prefix: str) -> Iterator[tuple[FieldNode, str]]:
    for node in selection.selections:
        if isinstance(node, FieldNode):
            path = f"{prefix}{node.name.value}"
            yield node, path
            if node.selection_set:
                yield from _fields(node.selection_set, f"{path}/")
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, prefix)
