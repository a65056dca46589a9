"""The GraphQL schema builds and carries the design's signatures and authorisation modes."""

from pathlib import Path
from typing import Any, cast

import pytest
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    assert_valid_schema,
    build_schema,
    print_ast,
)

SCHEMA = Path(__file__).parents[2] / "resolvers" / "schema.graphql"

# What AppSync declares for every API, as far as the schema uses it.
# https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
APPSYNC = """
scalar AWSEmail
scalar AWSDateTime
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
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
    found = {each.name.value: each for each in definition.ast_node.directives or ()}
    found.pop("aws_subscribe", None)
    assert not [directive for directive in found.values() if directive.arguments]
    return set(found)


def object_type(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    found = schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def signature(field: GraphQLField) -> dict[str, str]:
    return {name: str(argument.type) for name, argument in field.args.items()}


def fields(schema: GraphQLSchema, type_name: str) -> dict[str, tuple[dict[str, str], str]]:
    """Return the signature and the type of each field of a type."""
    return {
        name: (signature(field), str(field.type))
        for name, field in object_type(schema, type_name).fields.items()
    }


def test_the_trigger_has_its_one_mutation(schema: GraphQLSchema) -> None:
    assert fields(schema, "Mutation")["createBusinessInGroup"] == (
        {
            "email": "AWSEmail!",
            "groupName": "String!",
            "name": "String!",
            "sub": "ID!",
            "username": "String!",
        },
        "Boolean",
    )


def test_the_operations_are_named_as_amplify_names_them(schema: GraphQLSchema) -> None:
    page = {"filter": "ModelBusinessFilterInput", "limit": "Int", "nextToken": "String"}
    assert fields(schema, "Query") == {
        "getBusiness": ({"id": "ID!"}, "Business"),
        "listBusinesses": (page, "ModelBusinessConnection"),
    }
    verbs = ("Create", "Update", "Delete")
    mutations = fields(schema, "Mutation")
    for verb in verbs:
        given = {"condition": "ModelBusinessConditionInput", "input": f"{verb}BusinessInput!"}
        wanted = (given, "Business")
        assert mutations.pop(f"{verb.lower()}Business") == wanted
    assert list(mutations) == ["createBusinessInGroup"]
    arguments = {"filter": "ModelSubscriptionBusinessFilterInput", "owner": "String"}
    events = {f"on{verb}Business": (arguments, "Business") for verb in verbs}
    assert fields(schema, "Subscription") == events
    connection: Any = {"items": ({}, "[Business]!"), "nextToken": ({}, "String")}
    assert fields(schema, "ModelBusinessConnection") == connection


def test_each_subscription_follows_the_mutation_of_its_name(schema: GraphQLSchema) -> None:
    for verb in ("Create", "Update", "Delete"):
        field = object_type(schema, "Subscription").fields[f"on{verb}Business"].ast_node
        assert field is not None
        [followed] = [each for each in field.directives if each.name.value == "aws_subscribe"]
        assert print_ast(followed) == f'@aws_subscribe(mutations: ["{verb.lower()}Business"])'


def test_clients_write_name_and_email_alone(schema: GraphQLSchema) -> None:
    inputs = {name: schema.type_map[f"{name}BusinessInput"] for name in ("Create", "Update")}
    assert {name: list(cast("Any", each).fields) for name, each in inputs.items()} == {
        "Create": ["name", "email"],
        "Update": ["id", "name", "email"],
    }


def test_only_a_signed_request_may_call_the_mutation(schema: GraphQLSchema) -> None:
    assert modes(object_type(schema, "Mutation").fields["createBusinessInGroup"]) == {"aws_iam"}


def test_owners_write_with_their_token_and_whoever_reads_may_sign_as_well(
    schema: GraphQLSchema,
) -> None:
    both, token = {"aws_iam", "aws_cognito_user_pools"}, {"aws_cognito_user_pools"}
    for type_name in ("Query", "Subscription"):
        for field in object_type(schema, type_name).fields.values():
            assert modes(field) == both
    for name, field in object_type(schema, "Mutation").fields.items():
        assert modes(field) == ({"aws_iam"} if name == "createBusinessInGroup" else token)


def test_the_modes_of_the_query_are_also_those_of_what_it_returns(schema: GraphQLSchema) -> None:
    for name in ("Business", "ModelBusinessConnection"):
        assert modes(object_type(schema, name)) == {"aws_iam", "aws_cognito_user_pools"}


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


def test_every_type_and_field_is_described(schema: GraphQLSchema) -> None:
    types = [object_type(schema, name) for name in ("Business", "Mutation", "Query")]
    undescribed = [] if types[0].description else ["Business"]
    for owner in types:
        undescribed += [name for name, field in owner.fields.items() if not field.description]
    assert undescribed == []
