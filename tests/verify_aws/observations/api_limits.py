"""AppSync: the limits of an API's queries, and its traces; each on an API that is made for that."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_setup.existing.service_linked_role import ServiceLinkedRole
from aws_setup.stack.poll_interval import PollInterval
from tests.graphql import GraphqlClient
from tests.verify_aws.account import Account
from tests.verify_aws.observations.registry import observation, refusal, said

SCHEMA = """\
type Query { next: Layer must: Layer! }
type Layer { next: Layer value: String must: String! }
"""
LAYERS = """\
export function request() { return { payload: null }; }
export function response() {
  const last = { value: '3', must: '3' };
  return { value: '1', must: '1', next: { value: '2', must: '2', next: last } };
}
"""
BY_DEPTH = {
    "2": "{ next { value } }",
    "3": "{ next { value next { value } } }",
    "4": "{ next { value next { value next { value } } } }",
    "3, and must be there": "{ next { value next { must } } }",
}


@contextmanager
def _api(account: Account, name: str, **settings: Any) -> Iterator[dict[str, Any]]:
    """Yield a new API that takes IAM signatures, and delete it at the end."""
    appsync = account.client("appsync")
    created = appsync.create_graphql_api(
        name=f"{account.stack_name}-{name}", authenticationType="AWS_IAM", **settings
    )["graphqlApi"]
    try:
        yield created
    finally:
        appsync.delete_graphql_api(apiId=created["apiId"])


def _set_up(appsync: Any, api_id: str) -> None:
    """Give the API a schema, and resolvers that call no service."""
    appsync.start_schema_creation(apiId=api_id, definition=SCHEMA.encode())
    for _ in PollInterval().rounds():
        if appsync.get_schema_creation_status(apiId=api_id)["status"] != "PROCESSING":
            break
    appsync.create_data_source(apiId=api_id, name="nothing", type="NONE")
    for field in ("next", "must"):
        appsync.create_resolver(
            apiId=api_id,
            typeName="Query",
            fieldName=field,
            dataSourceName="nothing",
            runtime={"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
            code=LAYERS,
        )


@observation
def how_deep_a_query_may_be(account: Account) -> Any:
    """At a limit of 2: how AppSync counts, what it answers, and what it leaves out.

    The limits of resolvers are counted alike.
    """
    limits = {"queryDepthLimit": 2, "resolverCountLimit": 2}
    with _api(account, "limits", **limits) as api:
        _set_up(account.client("appsync"), api["apiId"])
        graphql = GraphqlClient(account.aws.endpoint_url, api["uris"]["GRAPHQL"], account.region)
        queries = {
            **{f"depth {depth}": query for depth, query in BY_DEPTH.items()},
            "3 resolvers": "{ a: next { value } b: next { value } c: next { value } }",
        }
        keys = account.aws.keys
        return {name: said(graphql.signed(keys, query, {})) for name, query in queries.items()}


@observation
def a_list_within_the_stacks_own_depth(account: Account) -> Any:
    """The deepest query that the stack's schema has is within the limit that the template sets."""
    query = "{ listBusinesses { items { id owner } nextToken } }"
    answer = account.graphql.with_token(account.token(account.ada), query, {})
    return {**said(answer), "data": answer.data is not None}


@observation
def an_api_that_sends_traces(account: Account) -> Any:
    """With AppSync's service-linked role made beforehand, even an account's first one is made."""
    ServiceLinkedRole(account.client("iam")).prepare()

    def make() -> None:
        with _api(account, "traced", xrayEnabled=True):
            pass

    return refusal(make)
