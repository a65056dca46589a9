"""The schema beside the one that Amplify generates: what an Amplify client sends, is taken."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
)

from tests.resolvers.test_schema import APPSYNC, SCHEMA

AMPLIFY = Path(__file__).with_name("amplify.graphql")

# What a client cannot write here, and AppSync's own module knows under other names.
LEFT_OUT = {
    "CreateBusinessInput": {"id", "groupName"},
    "UpdateBusinessInput": {"groupName"},
    "ModelStringInput": {"attributeType"},
}
# So that a refusal names the field: AppSync's of an AWSEmail does not.
CHECKED_BY_US = {"CreateBusinessInput.email", "UpdateBusinessInput.email"}
# A nested input's name is in no document. The members are the same.
OTHER_NAMES = {
    "ModelIDInput": "ModelStringInput",
    "ModelSubscriptionIDInput": "ModelSubscriptionStringInput",
}


@pytest.fixture(scope="module")
def ours() -> GraphQLSchema:
    return build_schema(APPSYNC + SCHEMA.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def amplifys() -> GraphQLSchema:
    return build_schema(APPSYNC + AMPLIFY.read_text(encoding="utf-8"))


def inputs(schema: GraphQLSchema) -> dict[str, GraphQLInputObjectType]:
    return {
        name: kind
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLInputObjectType)
    }


def operations(schema: GraphQLSchema) -> dict[str, tuple[dict[str, str], str]]:
    """Return the arguments and the type of each operation, by its name."""
    roots = [schema.query_type, schema.mutation_type, schema.subscription_type]
    return {
        name: ({key: str(each.type) for key, each in field.args.items()}, str(field.type))
        for root in roots
        if root
        for name, field in root.fields.items()
    }


def test_every_operation_of_amplifys_is_here_with_its_arguments_and_its_type(
    ours: GraphQLSchema, amplifys: GraphQLSchema
) -> None:
    wanted, found = operations(amplifys), operations(ours)
    assert len(wanted) == 8
    assert {name: found.get(name) for name in wanted} == wanted
    assert found.keys() - wanted.keys() == {"createBusinessInGroup"}


def test_every_field_that_amplifys_clients_select_is_here(
    ours: GraphQLSchema, amplifys: GraphQLSchema
) -> None:
    for name in ("Business", "ModelBusinessConnection"):
        wanted, found = amplifys.type_map[name], ours.type_map[name]
        assert isinstance(wanted, GraphQLObjectType)
        assert isinstance(found, GraphQLObjectType)
        assert found.fields.keys() == wanted.fields.keys()
        for key, field in wanted.fields.items():
            # What may be null in Amplify's may be stricter here, and is read by the same client.
            assert str(found.fields[key].type).rstrip("!") == str(field.type).rstrip("!")


def test_whatever_amplifys_clients_put_into_an_input_is_taken(
    ours: GraphQLSchema, amplifys: GraphQLSchema
) -> None:
    found = inputs(ours)
    for name, kind in inputs(amplifys).items():
        here = found[OTHER_NAMES.get(name, name)]
        assert here.fields.keys() == kind.fields.keys() - LEFT_OUT.get(here.name, set())
        for key in here.fields.keys() & kind.fields.keys():
            if f"{name}.{key}" in CHECKED_BY_US:
                continue
            theirs = get_named_type(kind.fields[key].type).name
            mine = get_named_type(here.fields[key].type).name
            assert takes_as_much(found, inputs(amplifys), mine, theirs), f"{name}.{key}"


def takes_as_much(
    ours: dict[str, GraphQLInputObjectType],
    amplifys: dict[str, GraphQLInputObjectType],
    mine: str,
    theirs: str,
) -> bool:
    """Whether our type of a member is Amplify's, or has the members of it."""
    if mine == OTHER_NAMES.get(theirs, theirs) or {mine, theirs} == {"String", "ID"}:
        return True
    # Amplify gives the owner of an event the operators of a list.
    wanted = amplifys[theirs].fields.keys() - {"attributeExists", "attributeType", "size"}
    return mine in ours and wanted <= ours[mine].fields.keys()
