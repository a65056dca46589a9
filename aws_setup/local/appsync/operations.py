"""Executes one GraphQL operation over an API's resolvers, in the name of its caller."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    execute_sync,
    get_named_type,
    get_operation_ast,
    parse,
    print_ast,
)
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import get_variable_values

from aws_setup.local.appsync import schema as schemas
from aws_setup.local.appsync.authorization import may_access
from aws_setup.local.appsync.callers import Caller
from aws_setup.local.appsync.data_sources import Network
from aws_setup.local.appsync.deployed import Api
from aws_setup.local.appsync.errors import (
    FieldFailed,
    RequestRefused,
    dotted,
    render,
    render_invalid,
    render_value,
    unauthorized,
)
from aws_setup.local.appsync.javascript import Surroundings
from aws_setup.local.appsync.resolvers import FieldCall, Run
from aws_setup.local.appsync.selections import describe, location_of

_NULL = re.compile(r"Cannot return null for non-nullable field (?P<parent>\w+)\.(?P<field>\w+)\.")
DEFAULT_RESOLVER_COUNT_LIMIT = 10_000  # GraphqlApi, member "resolverCountLimit"


@dataclass(slots=True, kw_only=True)
class Operation:
    """One request's document with all that its fields need."""

    api: Api
    caller: Caller
    network: Network
    request_headers: Mapping[str, str]
    query: str
    variables: Mapping[str, Any]
    operation_name: str | None
    surroundings: Callable[[], Surroundings]
    _resolved: int = field(default=0, init=False)
    _appended: list[dict[str, Any]] = field(default_factory=list, init=False)
    _permitted: dict[str, bool] = field(default_factory=dict, init=False)  # top-level, by name

    def execute(self) -> dict[str, Any]:
        """Return `data` and `errors` as AppSync does. Raises RequestRefused."""
        schema = self._schema()
        try:
            document = parse(self.query)
        except GraphQLError as error:
            raise RequestRefused(
                400, "MalformedHttpRequestException", "Unable to parse GraphQL query."
            ) from error
        errors = schemas.mistakes(schema, document, introspection=self.api.introspection)
        errors = errors or self._unexecutable(schema, document)
        if errors:
            return {"data": None, "errors": errors}
        result = execute_sync(
            schema,
            document,
            variable_values=dict(self.variables),
            operation_name=self.operation_name,
            field_resolver=self._resolve,
        )
        failed = [_rendered(error, schema) for error in result.errors or []]
        errors = failed + self._appended
        return {"data": result.data, "errors": errors} if errors else {"data": result.data}

    def _schema(self) -> GraphQLSchema:
        if not self.api.schema:
            raise RequestRefused(
                400, "GraphQLSchemaException", f"The API {self.api.api_id} has no schema."
            )
        try:
            return schemas.build(self.api.schema)
        except schemas.SchemaInvalid as error:
            raise RequestRefused(400, "GraphQLSchemaException", str(error)) from error

    def _unexecutable(self, schema: GraphQLSchema, document: DocumentNode) -> list[dict[str, Any]]:
        """Return why a valid document cannot run; ask the caller's policies about its fields."""
        operation = get_operation_ast(document, self.operation_name)
        if operation is None:
            message = f"Unknown operation named '{self.operation_name}'."
            return [render_invalid(GraphQLError(message), message)]
        if operation.operation is OperationType.SUBSCRIPTION:
            message = "Subscriptions are not supported by the embedded AWS."
            return [render_invalid(GraphQLError(message, operation), message)]
        variables = get_variable_values(
            schema, operation.variable_definitions, dict(self.variables)
        )
        if isinstance(variables, list):
            return [_wrong_variable(error) for error in variables]
        self._ask_policies(schema, document, operation, variables)
        return []

    def _ask_policies(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
    ) -> None:
        """Ask the caller's IAM policies about each top-level field.

        A caller who may have none of them is refused as a whole, before any of them is resolved.
        """
        root = schema.get_root_type(operation.operation)
        assert root is not None  # noqa: S101 - validation found the type of each operation
        fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        fields = collect_fields(schema, fragments, variables, root, operation.selection_set)
        for nodes in fields.values():
            name = nodes[0].name.value
            self._permitted[name] = self.caller.policy_allows(root.name, name)
        if self._permitted and not any(self._permitted.values()):
            raise RequestRefused(401, "UnauthorizedException", "Permission denied")

    def _resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        """Return the value of one field; graphql-core asks for all but the introspective ones."""
        parent, name = info.parent_type, info.field_name
        self._check(parent, info)
        resolver = self.api.resolvers.get((parent.name, name))
        if resolver is None:
            return source.get(name) if isinstance(source, dict) else None
        self._count_resolver()
        call = FieldCall(
            type_name=parent.name,
            field_name=name,
            arguments=arguments,
            source=source,
            identity=self.caller.identity,
            request_headers=self.request_headers,
            info=describe(info, self.variables),
        )
        run = Run(api=self.api, call=call, network=self.network, surroundings=self.surroundings)
        try:
            return run.resolve(resolver)
        finally:
            path, location = info.path.as_list(), location_of(info)
            self._appended += [render(error, path, location) for error in run.appended]

    def _check(self, parent: GraphQLObjectType, info: GraphQLResolveInfo) -> None:
        permitted = info.path.prev is not None or self._permitted[info.field_name]
        if not permitted or not may_access(self.caller, self.api, parent, info.field_name):
            raise unauthorized(parent.name, info.field_name)
        depth = sum(isinstance(key, str) for key in info.path.as_list())
        if 0 < self.api.query_depth_limit < depth:
            # AppSync's words for both limits are not published.
            message = f"The query is deeper than {self.api.query_depth_limit} levels."
            raise FieldFailed(message, "QueryDepthLimitReached")

    def _count_resolver(self) -> None:
        self._resolved += 1
        limit = self.api.resolver_count_limit or DEFAULT_RESOLVER_COUNT_LIMIT
        if self._resolved > limit:
            message = f"The request invokes more than {limit} resolvers."
            raise FieldFailed(message, "ResolverCountLimitReached")


def _rendered(error: GraphQLError, schema: GraphQLSchema) -> dict[str, Any]:
    path = error.path or []
    original = error.original_error
    if isinstance(original, FieldFailed):
        assert error.locations  # noqa: S101 - a field stands somewhere
        return render(original, path, error.locations[0])
    shown = dotted(path)
    if missing := _null_in(error, schema):
        kind, parent = missing
        message = f"Cannot return null for non-nullable type: '{kind}' within parent '{parent}'"
        return render_value(path, f"{message} ({shown})")
    return render_value(path, f"Can't serialize value ({shown}) : {error.message}")


def _null_in(error: GraphQLError, schema: GraphQLSchema) -> tuple[str, str] | None:
    """Return the type that has no value, and the type it is missed in."""
    if not (match := _NULL.fullmatch(error.message)):
        return None
    parent = schema.type_map[match["parent"]]
    assert isinstance(parent, GraphQLObjectType)  # noqa: S101 - only objects have values
    return get_named_type(parent.fields[match["field"]].type).name, parent.name


def _wrong_variable(error: GraphQLError) -> dict[str, Any]:
    assert error.nodes  # noqa: S101 - graphql-core names the definition of the variable
    definition = error.nodes[0]
    assert isinstance(definition, VariableDefinitionNode)  # noqa: S101
    name, kind = definition.variable.name.value, print_ast(definition.type)
    if error.message.endswith((" was not provided.", " must not be null.")):
        message = f"Variable '{name}' has coerced Null value for NonNull type '{kind}'"
    else:
        message = f"Variable '{name}' has an invalid value."
    return render_invalid(error, message)
