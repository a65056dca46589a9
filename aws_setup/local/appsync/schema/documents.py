"""One operation of a valid document, with what is needed to find its fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
)
from graphql.execution.collect_fields import collect_fields, collect_sub_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that passed validation; variables are coerced to their types."""

    schema: GraphQLSchema
    node: DocumentNode
    operation: OperationDefinitionNode
    variables: dict[str, Any]

    @property
    def root(self) -> GraphQLObjectType:
        """The type that the operation's own fields are in."""
        root = self.schema.get_root_type(self.operation.operation)
        assert root is not None  # noqa: S101 - validation found the type of each operation
        return root

    def fields(self) -> dict[str, list[FieldNode]]:
        """Return the operation's own fields by the names that the answer has them under."""
        return collect_fields(
            self.schema, self._fragments, self.variables, self.root, self.operation.selection_set
        )

    def subfields(
        self, field: GraphQLField, nodes: Sequence[FieldNode]
    ) -> dict[str, list[FieldNode]]:
        """Return what is selected of a field's object, by the names that the answer has."""
        kind = get_named_type(field.type)
        assert isinstance(kind, GraphQLObjectType)  # noqa: S101 - its value was an object
        return collect_sub_fields(self.schema, self._fragments, self.variables, kind, list(nodes))

    @property
    def _fragments(self) -> dict[str, FragmentDefinitionNode]:
        return {
            node.name.value: node
            for node in self.node.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
