"""One operation of a valid document, with everything that it takes to find its fields."""

from collections.abc import Sequence
from dataclasses import dataclass

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
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that passed validation. variables: coerced to their types."""

    schema: GraphQLSchema
    node: DocumentNode
    operation: OperationDefinitionNode
    variables: VariableValues

    @property
    def root(self) -> GraphQLObjectType:
        """The type to which the operation's top-level fields belong."""
        root = self.schema.get_root_type(self.operation.operation)
        assert root is not None  # noqa: S101 - validation found the type of each operation
        return root

    def fields(self) -> dict[str, list[FieldNode]]:
        """Return the operation's top-level fields by their names in the answer."""
        collected = collect_fields(
            self.schema, self._fragments, self.variables, self.root, self.operation
        )
        return _nodes(collected.grouped_field_set)

    def subfields(
        self, field: GraphQLField, nodes: Sequence[FieldNode]
    ) -> dict[str, list[FieldNode]]:
        """Return the selected fields of a field's object by their names in the answer."""
        kind = get_named_type(field.type)
        assert isinstance(kind, GraphQLObjectType)  # noqa: S101 - its value was an object
        details = [FieldDetails(node, defer_usage=None) for node in nodes]
        collected = collect_subfields(
            self.schema, self._fragments, self.variables, self.operation, kind, details
        )
        return _nodes(collected.grouped_field_set)

    @property
    def _fragments(self) -> dict[str, FragmentDetails]:
        return {
            node.name.value: FragmentDetails(node)
            for node in self.node.definitions
            if isinstance(node, FragmentDefinitionNode)
        }


def _nodes(fields: GroupedFieldSet) -> dict[str, list[FieldNode]]:
    return {name: [each.node for each in details] for name, details in fields.items()}
