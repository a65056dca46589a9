"""Renders graphql-core's errors in AppSync's words."""

import re
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    NonNullTypeNode,
    VariableDefinitionNode,
    get_named_type,
    print_ast,
)

from aws_setup.local.appsync.errors import (
    FieldFailed,
    dotted,
    render,
    render_invalid,
    render_value,
)

_NULL = re.compile(r"Cannot return null for non-nullable field (?P<parent>\w+)\.(?P<field>\w+)\.")


def rendered(error: GraphQLError, schema: GraphQLSchema) -> dict[str, Any]:
    """Return an error of an execution in AppSync's shape."""
    path = error.path or []
    original = error.original_error
    if isinstance(original, FieldFailed):
        assert error.locations  # noqa: S101 - every field has a location
        return render(original, path, error.locations[0])
    shown = dotted(path)
    if missing := _null_in(error, schema):
        kind, parent = missing
        message = f"Cannot return null for non-nullable type: '{kind}' within parent '{parent}'"
        return render_value(path, f"{message} ({shown})")
    return render_value(path, f"Can't serialize value ({shown}) : {error.message}")


def _null_in(error: GraphQLError, schema: GraphQLSchema) -> tuple[str, str] | None:
    """Return the type whose value is missing, and the type in which it is missing."""
    if not (match := _NULL.fullmatch(error.message)):
        return None
    parent = schema.type_map[match["parent"]]
    assert isinstance(parent, GraphQLObjectType)  # noqa: S101 - only objects have values
    return get_named_type(parent.fields[match["field"]].type).name, parent.name


def wrong_variable(error: GraphQLError, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the error for a variable whose value does not fit its type."""
    assert error.nodes  # noqa: S101 - graphql-core names the definition of the variable
    definition = error.nodes[0]
    assert isinstance(definition, VariableDefinitionNode)  # noqa: S101
    name, kind = definition.variable.name.value, print_ast(definition.type)
    if isinstance(definition.type, NonNullTypeNode) and variables.get(name) is None:
        message = f"Variable '{name}' has coerced Null value for NonNull type '{kind}'"
    else:
        message = f"Variable '{name}' has an invalid value."
    return render_invalid(error, message)
