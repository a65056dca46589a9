"""Subscriptions: who follows which mutation, and which of its events they get.

https://docs.aws.amazon.com/appsync/latest/devguide/aws-appsync-real-time-data.html
https://docs.aws.amazon.com/appsync/latest/devguide/aws-appsync-real-time-enhanced-filtering.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLSchema, get_directive_values, get_named_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The result of a mutation's field. payload: the fields that the mutation selected, by name."""

    api_id: str
    mutation: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One field that somebody subscribed to.

    mutations: those whose events it follows. arguments: what an event's fields must equal. filter:
    what its resolver set instead, or None if it set no filter. render: gives the answer to an
    event.
    """

    api_id: str
    mutations: frozenset[str]
    arguments: Mapping[str, Any]
    filter: Mapping[str, Any] | None
    render: Callable[[Event], Mapping[str, Any]]

    def wants(self, event: Event) -> bool:
        """Return whether the event is for this subscriber."""
        if event.api_id != self.api_id or event.mutation not in self.mutations:
            return False
        if self.filter is not None:
            return _passes(self.filter, event.payload)
        return all(event.payload.get(name) == value for name, value in self.arguments.items())


class Subscribers:
    """All subscriptions of an account. It belongs to the server's event loop."""

    def __init__(self) -> None:
        self._waiting: dict[object, tuple[Subscription, Callable[[Mapping[str, Any]], None]]] = {}

    def add(
        self, key: object, subscription: Subscription, send: Callable[[Mapping[str, Any]], None]
    ) -> None:
        """Pass the answers to events to `send` until `remove`. key: identifies the subscription."""
        self._waiting[key] = (subscription, send)

    def remove(self, key: object) -> None:
        """Forget the subscription with this key, if there is one."""
        self._waiting.pop(key, None)

    def publish(self, event: Event) -> None:
        """Send an event to every subscriber that it is for."""
        for subscription, send in list(self._waiting.values()):
            if subscription.wants(event):
                send(subscription.render(event))


def followed_by(schema: GraphQLSchema, field: GraphQLField) -> frozenset[str]:
    """Return the mutations that the @aws_subscribe directive of a subscription's field names."""
    directive = schema.get_directive("aws_subscribe")
    assert directive is not None  # noqa: S101 - every schema has AppSync's directives
    values = get_directive_values(directive, field.ast_node) if field.ast_node else None
    return frozenset(values["mutations"] if values else ())


def matched_arguments(field: GraphQLField, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments named like a field of the type; events are compared with these."""
    known = getattr(get_named_type(field.type), "fields", {})
    return {name: value for name, value in arguments.items() if name in known}


def _passes(given: Mapping[str, Any], payload: Mapping[str, Any]) -> bool:
    groups = given.get("filterGroup") or ()
    return any(all(_holds(each, payload) for each in group["filters"]) for group in groups)


def _holds(condition: Mapping[str, Any], payload: Mapping[str, Any]) -> bool:
    """Return whether one condition holds.

    It does not hold if the mutation did not select the field, if the operator does not exist, or if
    the values cannot be compared.
    """
    value: Any = payload
    for name in condition["fieldName"].split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    holds = _OPERATORS.get(condition["operator"])
    if value is None or holds is None:
        return False
    try:
        return bool(holds(value, condition.get("value")))
    except (TypeError, LookupError, AttributeError):
        return False


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": lambda value, wanted: value == wanted,
    "ne": lambda value, wanted: value != wanted,
    "le": lambda value, wanted: value <= wanted,
    "lt": lambda value, wanted: value < wanted,
    "ge": lambda value, wanted: value >= wanted,
    "gt": lambda value, wanted: value > wanted,
    "contains": lambda value, wanted: wanted in value,
    "notContains": lambda value, wanted: wanted not in value,
    "beginsWith": lambda value, wanted: value.startswith(wanted),
    "in": lambda value, wanted: value in wanted,
    "notIn": lambda value, wanted: value not in wanted,
    "between": lambda value, wanted: wanted[0] <= value <= wanted[1],
}
