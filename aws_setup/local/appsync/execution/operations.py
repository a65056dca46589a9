"""Executes one GraphQL operation with an API's resolvers, on behalf of its caller."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationType,
    execute_sync,
    get_operation_ast,
)
from graphql.execution.values import get_argument_values, get_variable_values

from aws_setup.local.appsync.authorization.access import may_access
from aws_setup.local.appsync.authorization.callers import Caller
from aws_setup.local.appsync.data_sources.requests import Network
from aws_setup.local.appsync.deployed import Api
from aws_setup.local.appsync.errors import (
    FieldFailed,
    Invalid,
    RequestRefused,
    render,
    render_invalid,
    unauthorized,
)
from aws_setup.local.appsync.execution.resolvers import FieldCall, Run
from aws_setup.local.appsync.execution.subscriptions import (
    Event,
    Subscription,
    followed_by,
    matched_arguments,
)
from aws_setup.local.appsync.javascript.engine import EvaluationContext
from aws_setup.local.appsync.schema import executable as schemas
from aws_setup.local.appsync.schema.documents import Document
from aws_setup.local.appsync.schema.rendering import rendered, wrong_variable
from aws_setup.local.appsync.schema.selections import describe, location_of

DEFAULT_RESOLVER_COUNT_LIMIT = 10_000  # GraphqlApi, member "resolverCountLimit"


@dataclass(slots=True, kw_only=True)
class Operation:
    """One request's document with everything that its fields need."""

    api: Api
    caller: Caller
    network: Network
    request_headers: Mapping[str, str]
    query: str
    variables: Mapping[str, Any]
    operation_name: str | None
    evaluation_context: Callable[[], EvaluationContext]
    events: tuple[Event, ...] = field(default=(), init=False)  # after executing a mutation
    _subscription_filter: Mapping[str, Any] | None = field(default=None, init=False)
    _resolved: int = field(default=0, init=False)
    _appended: list[dict[str, Any]] = field(default_factory=list, init=False)
    _permitted: dict[str, bool] = field(default_factory=dict, init=False)  # top-level, by name

    def execute(self) -> dict[str, Any]:
        """Return `data` and `errors` as AppSync does. Raises RequestRefused."""
        try:
            document = self._document()
            self._refuse_subscription(document)
            self._ask_policies(document)
        except Invalid as invalid:
            return {"data": None, "errors": invalid.errors}
        data, errors = self._run(document, self._resolve)
        if document.operation.operation is OperationType.MUTATION:
            self.events = tuple(self._events(document, data or {}))
        return {"data": data, "errors": errors} if errors else {"data": data}

    def subscribe(self) -> Subscription:
        """Run the resolver of a subscription's only field, whose result does not matter.

        Raises RequestRefused, and Invalid for a document that is not a subscription of one field or
        that the field's directives or resolver refuse.
        """
        document = self._document()
        fields = document.fields()
        if document.operation.operation is not OperationType.SUBSCRIPTION or len(fields) != 1:
            message = "The real-time endpoint supports only subscriptions of one field."
            raise Invalid([render_invalid(GraphQLError(message, document.operation), message)])
        self._ask_policies(document)
        _, errors = self._run(document, self._resolve)
        if errors:
            raise Invalid(errors)
        [[node]] = ([nodes[0]] for nodes in fields.values())
        field = document.root.fields[node.name.value]
        arguments = get_argument_values(field, node, document.variables)
        return Subscription(
            api_id=self.api.api_id,
            mutations=followed_by(document.schema, field),
            arguments=matched_arguments(field, arguments),
            filter=self._subscription_filter,
            render=lambda event: self._render(document, event),
        )

    @staticmethod
    def _refuse_subscription(document: Document) -> None:
        if document.operation.operation is OperationType.SUBSCRIPTION:
            # AppSync's answer to a subscription over plain HTTP is not published.
            message = "Only the real-time endpoint accepts subscriptions."
            raise Invalid([render_invalid(GraphQLError(message, document.operation), message)])

    def _render(self, document: Document, event: Event) -> dict[str, Any]:
        """Return the answer to an event: the requested fields that the mutation also selected."""

        def select(source: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
            if info.path.prev is None:
                return event.payload
            self._check(info.parent_type, info)
            return source.get(info.field_name) if isinstance(source, Mapping) else None

        data, errors = self._run(document, select)
        return {"data": data, "errors": errors} if errors else {"data": data}

    def _events(self, document: Document, data: Mapping[str, Any]) -> Iterator[Event]:
        for key, nodes in document.fields().items():
            if isinstance(value := data.get(key), dict):
                field = document.root.fields[nodes[0].name.value]
                selected = document.subfields(field, nodes)
                payload = {each[0].name.value: value[name] for name, each in selected.items()}
                yield Event(api_id=self.api.api_id, mutation=nodes[0].name.value, payload=payload)

    def _run(
        self, document: Document, resolver: Callable[..., Any]
    ) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        result = execute_sync(
            document.schema,
            document.node,
            variable_values=dict(self.variables),
            operation_name=self.operation_name,
            field_resolver=resolver,
        )
        failed = [rendered(error, document.schema) for error in result.errors or []]
        appended, self._appended = self._appended, []
        return result.data, failed + appended

    def _schema(self) -> GraphQLSchema:
        if not self.api.schema:
            raise RequestRefused(
                400, "GraphQLSchemaException", f"The API {self.api.api_id} has no schema."
            )
        try:
            return schemas.build(self.api.schema)
        except schemas.SchemaInvalid as error:
            raise RequestRefused(400, "GraphQLSchemaException", str(error)) from error

    def _document(self) -> Document:
        """Read and validate the request's document. Raises RequestRefused or Invalid."""
        schema = self._schema()
        try:
            node, errors = schemas.read_request(
                schema, self.query, introspection=self.api.introspection
            )
        except GraphQLError as error:
            raise RequestRefused(
                400, "MalformedHttpRequestException", "Unable to parse GraphQL query."
            ) from error
        if errors:
            raise Invalid(list(errors))
        operation = get_operation_ast(node, self.operation_name)
        if operation is None:
            message = f"Unknown operation named '{self.operation_name}'."
            raise Invalid([render_invalid(GraphQLError(message), message)])
        variables = get_variable_values(
            schema, operation.variable_definitions or (), dict(self.variables)
        )
        if isinstance(variables, list):
            raise Invalid([wrong_variable(error, self.variables) for error in variables])
        return Document(schema=schema, node=node, operation=operation, variables=variables)

    def _ask_policies(self, document: Document) -> None:
        """Evaluate the caller's IAM policies for each top-level field.

        If they allow none of the fields, the whole request is refused before any is resolved.
        """
        for nodes in document.fields().values():
            name = nodes[0].name.value
            self._permitted[name] = self.caller.policy_allows(document.root.name, name)
        if self._permitted and not any(self._permitted.values()):
            raise RequestRefused(401, "UnauthorizedException", "Permission denied")

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        """Return the value of one field; graphql-core calls this for all but introspection."""
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
        run = Run(
            api=self.api,
            call=call,
            network=self.network,
            evaluation_context=self.evaluation_context,
        )
        try:
            return run.resolve(resolver)
        finally:
            self._subscription_filter = run.subscription_filter
            path, location = info.path.as_list(), location_of(info)
            self._appended += [render(error, path, location) for error in run.appended]

    def _check(self, parent: GraphQLObjectType, info: GraphQLResolveInfo[Any]) -> None:
        permitted = info.path.prev is not None or self._permitted[info.field_name]
        if not permitted or not may_access(self.caller, self.api, parent, info.field_name):
            raise unauthorized(parent.name, info.field_name)
        depth = sum(isinstance(key, str) for key in info.path.as_list())
        if 0 < self.api.query_depth_limit < depth:
            # AppSync counts the fields down to this one, a scalar too. Its messages for both limits
            # are not published; the types are.
            # https://docs.aws.amazon.com/appsync/latest/devguide/configuration-limits.html
            message = f"The query is deeper than {self.api.query_depth_limit} levels."
            raise FieldFailed(message, "QueryDepthLimitReached")

    def _count_resolver(self) -> None:
        self._resolved += 1
        limit = self.api.resolver_count_limit or DEFAULT_RESOLVER_COUNT_LIMIT
        if self._resolved > limit:
            message = f"The request invokes more than {limit} resolvers."
            raise FieldFailed(message, "ResolverExecutionLimitReached")
