"""AppSync's real-time protocol, spoken by a WebSocket client."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import urllib3

from aws_setup.local.appsync.addresses import local_graphql_url
from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.realtime_client import Socket, connected, signed
from tests.aws_setup.local.appsync.support import REGION, DeployedApi, policy
from tests.aws_setup.local.appsync.test_authorization import Pool

BOTH = "@aws_cognito_user_pools @aws_iam"
SCHEMA = f"""
type Note {BOTH} {{ id: ID!  text: String  owner: String  secret: String @aws_iam }}
type Query {{ nothing: String }}
type Mutation {{
  add(id: ID!, text: String, owner: String): Note {BOTH}
  fail(id: ID!): Note {BOTH}
}}
type Subscription {{
  added(owner: String): Note @aws_subscribe(mutations: ["add", "fail"]) {BOTH}
  filtered(text: String): Note @aws_subscribe(mutations: ["add"]) {BOTH}
  refused: Note @aws_subscribe(mutations: ["add"]) {BOTH}
  signed: Note @aws_subscribe(mutations: ["add"]) @aws_iam
}}
"""
FAIL = """
import { util } from '@aws-appsync/utils';
export function request(ctx) { return { payload: ctx.args }; }
export function response(ctx) { util.error('No.', 'Failed'); }
"""
FILTER = """
import { extensions, util } from '@aws-appsync/utils';
export function request() { return { payload: null }; }
export function response(ctx) {
  const filter = { text: { beginsWith: ctx.args.text }, owner: { in: ['ada', 'eve'] } };
  extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter(filter));
  return null;
}
"""
REFUSE = """
import { util } from '@aws-appsync/utils';
export function request() { return { payload: null }; }
export function response() { util.unauthorized(); }
"""
ADD = """
mutation ($id: ID!, $text: String, $owner: String) {
  add(id: $id, text: $text, owner: $owner) { id text owner }
}
"""
ADDED = "subscription { added { id text } }"


@pytest.fixture
def pool(local_aws: LocalAws) -> Pool:
    return Pool(local_aws)


@pytest.fixture
def api(local_aws: LocalAws, pool: Pool) -> DeployedApi:
    api = DeployedApi(local_aws, SCHEMA, pool.settings())
    api.resolver("Mutation.add")
    api.resolver("Mutation.fail", FAIL, source=api.source("Failing"))
    api.resolver("Subscription.filtered", FILTER, source=api.source("Filter"))
    api.resolver("Subscription.refused", REFUSE, source=api.source("Refuse"))
    return api


def local_url(api: DeployedApi) -> str:
    return local_graphql_url(api.aws.endpoint_url, REGION, api.api_id)


def with_token(pool: Pool, api: DeployedApi) -> dict[str, str]:
    return {"Authorization": pool.tokens["AccessToken"], "host": urlsplit(api.url).netloc}


def speak(
    api: DeployedApi, pool: Pool, act: Callable[[Socket, dict[str, str]], Awaitable[None]]
) -> None:
    """Have somebody with a token connect and begin, then act."""

    async def run() -> None:
        authorization = with_token(pool, api)
        async with connected(f"{local_url(api)}/realtime", authorization) as socket:
            await socket.begin()
            await act(socket, authorization)

    asyncio.run(run())


async def ask(api: DeployedApi, query: str, **variables: Any) -> None:
    """Call a mutation, in a thread of its own."""
    answer = await asyncio.to_thread(api.ask, query, **variables)
    assert answer.status == 200


# Connecting


@pytest.mark.parametrize("in_query", [False, True])
@pytest.mark.parametrize("by_host", [False, True])
def test_both_ways_to_authorize_work_at_both_addresses(
    api: DeployedApi, pool: Pool, in_query: bool, by_host: bool
) -> None:
    own_host = urlsplit(api.url).netloc.replace("appsync-api", "appsync-realtime-api")
    url = f"{api.aws.endpoint_url}/graphql" if by_host else f"{local_url(api)}/realtime"

    async def run() -> None:
        host = own_host if by_host else ""
        authorization = with_token(pool, api)
        async with connected(url, authorization, host=host, in_query=in_query) as socket:
            assert socket.protocol == "graphql-ws"
            await socket.begin()
            assert await socket.subscribe(authorization, ADDED) == {
                "type": "start_ack",
                "id": "one",
            }

    asyncio.run(run())


def test_a_signature_is_over_the_connection_and_each_subscription(api: DeployedApi) -> None:
    keys, url = api.administrator(), local_url(api)

    async def run() -> None:
        authorization = signed(keys, url, REGION, path="/connect")
        async with connected(f"{url}/realtime", authorization) as socket:
            await socket.begin()
            data = json.dumps({"query": ADDED, "variables": {}})
            wanted = signed(keys, url, REGION, body=data)
            await socket.start("one", data, wanted)
            assert (await socket.receive())["type"] == "start_ack"
            await socket.start("two", data, authorization)
            refused = await socket.receive()
            assert (refused["type"], refused["id"]) == ("error", "two")
            assert refused["payload"]["errors"][0]["errorType"] == "BadRequestException"

    asyncio.run(run())


@pytest.mark.parametrize(
    "authorization", [{"host": "x"}, {"Authorization": "nonsense", "host": "x"}, {}]
)
@pytest.mark.verified_by("a_bad_token_at_the_real_time_endpoint")
def test_who_may_not_connect_is_told_and_left(
    api: DeployedApi, authorization: dict[str, str]
) -> None:
    async def run() -> None:
        async with connected(f"{local_url(api)}/realtime", authorization) as socket:
            refused = await socket.receive()
            assert refused["type"] == "connection_error"
            [error] = refused["payload"]["errors"]
            assert error == {
                "errorType": "com.amazonaws.deepdish.graphql.auth#UnauthorizedException",
                "message": "You are not authorized to make this call.",
                "errorCode": 400,
            }

    asyncio.run(run())


def test_a_refused_client_has_time_to_read_why(api: DeployedApi) -> None:
    async def run() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{local_url(api)}/realtime", protocols=["graphql-ws"]) as raw,
        ):
            assert (await Socket(raw).receive())["type"] == "connection_error"
            await raw.ping()  # a server that had closed would be heard of first
            await raw.close(code=1000)
            assert raw.close_code == 1000  # the client's own

    asyncio.run(run())


def test_a_connection_without_the_protocol_is_refused(api: DeployedApi) -> None:
    async def run() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{local_url(api)}/realtime") as raw,
        ):
            refused = Socket(raw)
            message = await refused.receive()
            assert message["payload"]["errors"][0]["errorType"] == "NoProtocolError"

    asyncio.run(run())


@pytest.mark.parametrize("path", ["/graphql", "/appsync/eu-central-1/x/graphql", "/"])
def test_a_websocket_to_anything_else_is_refused(local_aws: LocalAws, path: str) -> None:
    async def run() -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with connected(f"{local_aws.endpoint_url}{path}", {}):
                pass
        assert caught.value.status == 403

    asyncio.run(run())


# Subscribing


def test_an_event_is_what_the_mutation_selected(api: DeployedApi, pool: Pool) -> None:
    async def act(socket: Socket, authorization: dict[str, str]) -> None:
        await socket.subscribe(authorization, ADDED)
        await ask(api, ADD, id="1", text="Hello")
        assert await socket.receive() == {
            "type": "data",
            "id": "one",
            "payload": {"data": {"added": {"id": "1", "text": "Hello"}}},
        }
        await ask(api, 'mutation { mine: add(id: "2", text: "Bye") { key: id } }')
        event = await socket.receive()
        assert event["payload"]["data"] == {"added": {"id": "2", "text": None}}

    speak(api, pool, act)


def test_a_mutation_that_fails_is_no_event(api: DeployedApi, pool: Pool) -> None:
    async def act(socket: Socket, authorization: dict[str, str]) -> None:
        await socket.subscribe(authorization, ADDED)
        await ask(api, 'mutation { fail(id: "1") { id } }')
        await ask(api, ADD, id="2")
        assert (await socket.receive())["payload"]["data"]["added"]["id"] == "2"

    speak(api, pool, act)


def test_the_arguments_given_are_what_an_event_must_equal(api: DeployedApi, pool: Pool) -> None:
    async def act(socket: Socket, authorization: dict[str, str]) -> None:
        query = "subscription ($owner: String) { added(owner: $owner) { id } }"
        await socket.subscribe(authorization, query, owner="ada")
        for identifier, owner in (("1", "eve"), ("2", "ada")):
            await ask(api, ADD, id=identifier, owner=owner)
        assert (await socket.receive())["payload"]["data"]["added"]["id"] == "2"

    speak(api, pool, act)


@pytest.mark.verified_by("a_subscription_hears_of_ones_own")
def test_the_filter_of_a_resolver_decides(api: DeployedApi, pool: Pool) -> None:
    async def act(socket: Socket, authorization: dict[str, str]) -> None:
        query = "subscription ($text: String) { filtered(text: $text) { id } }"
        await socket.subscribe(authorization, query, text="He")
        for identifier, text, owner in (
            ("1", "Bye", "ada"),
            ("2", "Hello", "bob"),
            ("3", "Hello", None),
            ("4", "Hello", "ada"),
        ):
            await ask(api, ADD, id=identifier, text=text, owner=owner)
        assert (await socket.receive())["payload"]["data"]["filtered"]["id"] == "4"

    speak(api, pool, act)


@pytest.mark.parametrize("field", ["refused", "signed"])
def test_a_subscription_that_is_refused_is_an_error_of_its_id(
    api: DeployedApi, pool: Pool, field: str
) -> None:
    async def act(socket: Socket, authorization: dict[str, str]) -> None:
        refused = await socket.subscribe(authorization, f"subscription {{ {field} {{ id }} }}")
        assert (refused["type"], refused["id"]) == ("error", "one")
        [error] = refused["payload"]["errors"]
        assert error["errorType"] == "Unauthorized"
        assert error["message"] == f"Not Authorized to access {field} on type Subscription"

    speak(api, pool, act)


def test_a_field_that_the_subscriber_may_not_have_is_left_out(api: DeployedApi, pool: Pool) -> None:
    async def act(socket: Socket, authorization: dict[str, str]) -> None:
        await socket.subscribe(authorization, "subscription { added { id secret } }")
        await ask(api, 'mutation { add(id: "1") { id secret } }')
        payload = (await socket.receive())["payload"]
        assert payload["data"] == {"added": {"id": "1", "secret": None}}
        assert payload["errors"][0]["errorType"] == "Unauthorized"

    speak(api, pool, act)


@pytest.mark.parametrize(
    "query",
    [
        "query { nothing }",
        'mutation { add(id: "1") { id } }',
        "subscription { added { id } filtered { id } }",
        "subscription { nobody { id } }",
    ],
)
def test_what_is_no_subscription_of_one_field_is_an_error(
    api: DeployedApi, pool: Pool, query: str
) -> None:
    async def act(socket: Socket, authorization: dict[str, str]) -> None:
        assert (await socket.subscribe(authorization, query))["type"] == "error"

    speak(api, pool, act)


@pytest.mark.parametrize("payload", [None, {}, {"data": "{"}, {"data": "{}", "extensions": 1}])
def test_a_malformed_start_is_an_error(api: DeployedApi, pool: Pool, payload: Any) -> None:
    async def act(socket: Socket, _authorization: dict[str, str]) -> None:
        await socket.send(id="one", type="start", payload=payload)
        assert (await socket.receive())["type"] == "error"

    speak(api, pool, act)


def test_an_iam_user_needs_the_subscription_in_their_policy(api: DeployedApi) -> None:
    keys = api.user("eve", policy("appsync:GraphQL", api.field_arn("Subscription.signed")))
    url = local_url(api)

    async def run() -> None:
        authorization = signed(keys, url, REGION, path="/connect")
        async with connected(f"{url}/realtime", authorization) as socket:
            await socket.begin()
            said = []
            for field in ("signed", "added"):
                data = json.dumps({"query": f"subscription {{ {field} {{ id }} }}"})
                await socket.start(field, data, signed(keys, url, REGION, body=data))
                said.append((await socket.receive())["type"])
            assert said == ["start_ack", "error"]

    asyncio.run(run())


def test_what_was_stopped_hears_no_more(api: DeployedApi, pool: Pool) -> None:
    async def act(socket: Socket, authorization: dict[str, str]) -> None:
        await socket.subscribe(authorization, ADDED)
        await socket.send(id="one", type="stop")
        assert await socket.receive() == {"type": "complete", "id": "one"}
        await ask(api, ADD, id="1")
        await socket.send(type="connection_init")
        assert (await socket.receive())["type"] == "connection_ack"

    speak(api, pool, act)


def test_an_unknown_message_is_named(api: DeployedApi, pool: Pool) -> None:
    async def act(socket: Socket, _authorization: dict[str, str]) -> None:
        await socket.send(type="dance")
        [error] = (await socket.receive())["payload"]["errors"]
        assert error == {
            "errorType": "UnsupportedOperation",
            "message": "dance not supported through the realtime channel",
        }

    speak(api, pool, act)


# Plain HTTP at the local address


def test_the_local_address_answers_as_the_apis_own(api: DeployedApi, pool: Pool) -> None:
    query = {"query": 'mutation { add(id: "1") { id } }'}
    with urllib3.PoolManager() as http:
        answer = http.request(
            "POST",
            local_url(api),
            body=json.dumps(query),
            headers={"Authorization": pool.tokens["IdToken"]},
        )
        assert answer.json() == {"data": {"add": {"id": "1"}}}
        assert answer.headers["access-control-allow-origin"] == "*"
        asked = http.request("OPTIONS", local_url(api))
        assert (asked.status, asked.headers["access-control-allow-origin"]) == (200, "*")
        unknown = http.request("POST", local_url(api).replace(api.api_id, "nobody"), body="{}")
        assert unknown.status == 404
