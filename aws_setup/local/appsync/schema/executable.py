"""Builds a deployed schema for graphql-core, and validates requests against it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    build_schema,
    parse,
    specified_rules,
    validate,
    validate_schema,
)
from graphql.validation import ASTValidationRule

from aws_setup.local.appsync.errors import render_invalid
from aws_setup.local.appsync.schema import scalars
from aws_setup.local.appsync.schema.selections import fields

_PLACES = "FIELD_DEFINITION | OBJECT"
_PRELUDE = "\n".join(
    [
        *(f"scalar {name}" for name in scalars.NAMES),
        "directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION",
        f"directive @aws_auth(cognito_groups: [String!]!) on {_PLACES}",
        f"directive @aws_cognito_user_pools(cognito_groups: [String!]) on {_PLACES}",
        f"directive @aws_iam on {_PLACES}",
        f"directive @aws_api_key on {_PLACES}",
        f"directive @aws_oidc on {_PLACES}",
        f"directive @aws_lambda on {_PLACES}",
        "",
    ]
)

# graphql-java's kinds of error, which AppSync reports, by graphql-core's rule for the same mistake.
# https://github.com/graphql-java/graphql-java, ValidationErrorType
# graphql-java's bound, which AppSync's engine has unless it sets another one.
# https://www.graphql-java.com/documentation/limits/
MOST_TOKENS = 15_000
_KINDS = {
    "ExecutableDefinitionsRule": "NonExecutableDefinition",
    "FieldsOnCorrectTypeRule": "FieldUndefined",
    "FragmentsOnCompositeTypesRule": "FragmentTypeConditionInvalid",
    "KnownArgumentNamesRule": "UnknownArgument",
    "KnownDirectivesRule": "UnknownDirective",
    "KnownFragmentNamesRule": "UndefinedFragment",
    "KnownTypeNamesRule": "UnknownType",
    "LoneAnonymousOperationRule": "LoneAnonymousOperationViolation",
    "NoFragmentCyclesRule": "FragmentCycle",
    "NoUndefinedVariablesRule": "UndefinedVariable",
    "NoUnusedFragmentsRule": "UnusedFragment",
    "NoUnusedVariablesRule": "UnusedVariable",
    "OverlappingFieldsCanBeMergedRule": "FieldsConflict",
    "PossibleFragmentSpreadsRule": "InvalidFragmentType",
    "ProvidedRequiredArgumentsRule": "MissingFieldArgument",
    "ScalarLeafsRule": "SubSelectionNotAllowed",
    "UniqueFragmentNamesRule": "DuplicateFragmentName",
    "UniqueOperationNamesRule": "DuplicateOperationName",
    "UniqueVariableNamesRule": "DuplicateVariableName",
    "ValuesOfCorrectTypeRule": "WrongType",
    "VariablesAreInputTypesRule": "NonInputTypeOnVariable",
    "VariablesInAllowedPositionRule": "VariableTypeMismatch",
}
_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")


class SchemaInvalid(Exception):
    """The text is not a valid schema; the message says why."""


@lru_cache(maxsize=32)
def build(definition: str) -> GraphQLSchema:
    """Return the schema that `definition` (SDL) describes. Raises SchemaInvalid."""
    try:
        schema = build_schema(_PRELUDE + definition)
    except GraphQLError as error:
        raise SchemaInvalid(error.message) from error
    except TypeError as error:
        raise SchemaInvalid(str(error)) from error
    if errors := validate_schema(schema):
        raise SchemaInvalid("; ".join(error.message for error in errors))
    for name in scalars.NAMES:
        scalar = schema.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)  # noqa: S101
        scalars.install(scalar)
    return schema


@lru_cache(maxsize=256)
def read_request(
    schema: GraphQLSchema, query: str, *, introspection: bool
) -> tuple[DocumentNode, tuple[dict[str, Any], ...]]:
    """Return the document of a request, and its validation errors in AppSync's shape.

    Clients send the same few documents again and again, and validating one takes longer than
    executing it. introspection: whether the API answers `__schema` and `__type`. Raises
    GraphQLError for a text that is no document.
    """
    document = parse(query, max_tokens=MOST_TOKENS)
    return document, tuple(mistakes(schema, document, introspection=introspection))


def mistakes(
    schema: GraphQLSchema, document: DocumentNode, *, introspection: bool
) -> list[dict[str, Any]]:
    """Return the validation errors of a request, in AppSync's shape.

    introspection: whether the API answers `__schema` and `__type`.
    """
    refused = [] if introspection else validate(schema, document, [NoSchemaIntrospectionCustomRule])
    if refused:  # AppSync's own message is not published
        return [render_invalid(error, error.message) for error in refused]
    return [
        render_invalid(error, f"Validation error of type {_kind(rule)}: {_words(error, document)}")
        for rule, error in _violations(schema, document)
    ]


def _violations(
    schema: GraphQLSchema, document: DocumentNode
) -> Iterator[tuple[type[ASTValidationRule], GraphQLError]]:
    for rule in specified_rules:
        for error in validate(schema, document, [rule]):
            yield rule, error


def _kind(rule: type[ASTValidationRule]) -> str:
    # graphql-java has no kind for some of graphql-core's rules; its catch-all stands for them.
    return _KINDS.get(rule.__name__, "InvalidSyntax")


def _words(error: GraphQLError, document: DocumentNode) -> str:
    """Return AppSync's message where it is known, else graphql-core's."""
    if not (unknown := _UNKNOWN_FIELD.match(error.message)):
        return error.message
    field, parent = unknown.groups()
    path = next((path for node, path in fields(document) if node in (error.nodes or ())), field)
    return f"Field '{field}' in type '{parent}' is undefined @ '{path}'"
