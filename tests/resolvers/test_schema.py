"""The GraphQL schema builds and carries the design's signatures and authorisation modes."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    assert_valid_schema,
    build_schema,
)

SCHEMA = Path(__file__).parents[2] / "resolvers" / "schema.graphql"

# What AppSync declares for every API, as far as the schema uses it.
# https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
APPSYNC = """
scalar AWSEmail
scalar AWSDateTime
directive @aws_iam on OBJECT | FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String!]) on OBJECT | FIELD_DEFINITION
"""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    built = build_schema(APPSYNC + SCHEMA.read_text(encoding="utf-8"))
    assert_valid_schema(built)
    return built


def modes(definition: GraphQLNamedType | GraphQLField) -> set[str]:
    """Return the names of the directives on a type or field; none may restrict to groups."""
    assert definition.ast_node is not None
    directives = definition.ast_node.directives
    assert not [directive for directive in directives if directive.arguments]
    return {directive.name.value for directive in directives}


def object_type(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    found = schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def signature(field: GraphQLField) -> dict[str, str]:
    return {name: str(argument.type) for name, argument in field.args.items()}


def test_the_mutation_has_the_signature_of_the_design(schema: GraphQLSchema) -> None:
    assert schema.mutation_type is not None
    assert list(schema.mutation_type.fields) == ["createBusinessInGroup"]
    field = schema.mutation_type.fields["createBusinessInGroup"]
    assert signature(field) == {
        "email": "AWSEmail!",
        "groupName": "String!",
        "name": "String!",
        "sub": "ID!",
        "username": "String!",
    }
    assert str(field.type) == "Boolean"


def test_only_a_signed_request_may_call_the_mutation(schema: GraphQLSchema) -> None:
    assert modes(object_type(schema, "Mutation").fields["createBusinessInGroup"]) == {"aws_iam"}


def test_a_business_is_read_by_its_id_with_either_mode(schema: GraphQLSchema) -> None:
    assert schema.query_type is not None
    assert list(schema.query_type.fields) == ["getBusiness"]
    field = schema.query_type.fields["getBusiness"]
    assert (signature(field), str(field.type)) == ({"id": "ID!"}, "Business")
    assert modes(field) == {"aws_iam", "aws_cognito_user_pools"}


def test_the_modes_of_the_query_are_also_those_of_what_it_returns(schema: GraphQLSchema) -> None:
    assert modes(object_type(schema, "Business")) == {"aws_iam", "aws_cognito_user_pools"}


def test_a_business_shows_no_search_key(schema: GraphQLSchema) -> None:
    fields = object_type(schema, "Business").fields
    assert {name: str(field.type) for name, field in fields.items()} == {
        "id": "ID!",
        "owner": "String!",
        "name": "String!",
        "email": "AWSEmail!",
        "groupName": "String!",
        "createdAt": "AWSDateTime!",
        "updatedAt": "AWSDateTime!",
    }


def test_every_type_field_and_argument_is_described(schema: GraphQLSchema) -> None:
    business, mutation, query = (
        object_type(schema, name) for name in ("Business", "Mutation", "Query")
    )
    undescribed = [] if business.description else ["Business"]
    for owner in (business, mutation, query):
        for name, field in owner.fields.items():
            described = {name: field.description} | {
                f"{name}({argument})": field.args[argument].description for argument in field.args
            }
            undescribed += [what for what, text in described.items() if not text]
    assert undescribed == []
