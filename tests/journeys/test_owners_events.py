"""Subscriptions on the deployed stack: owners hear of their own businesses, who sees all of all."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import override_settings

from aws_setup.local.appsync.addresses import local_graphql_url
from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.realtime_client import Socket, connected, signed
from tests.deployment import deploy
from tests.owners import REGION, SITE_ROLE, Owner, OwnersApi

ADMINISTRATORS = "office"
EVENTS = {
    name: (
        "subscription ($filter: ModelSubscriptionBusinessFilterInput, $owner: String) "
        f"{{ {name}(filter: $filter, owner: $owner) {{ id owner name }} }}"
    )
    for name in ("onCreateBusiness", "onUpdateBusiness", "onDeleteBusiness")
}


@pytest.fixture(scope="module")
def api(local_aws_server: LocalAws) -> OwnersApi:
    with override_settings(ADMIN_GROUP_NAME=ADMINISTRATORS, SITE_ROLE_ARN=SITE_ROLE):
        deploy(local_aws_server)
    api = OwnersApi(local_aws_server)
    api.cognito.create_group(UserPoolId=api.pool_id, GroupName=ADMINISTRATORS)
    return api


# Given the path and body of a request, returns its authorization.
Authorize = Callable[[str, str], dict[str, str]]


def by_token(token: str) -> Authorize:
    """Authorize as front ends do; "" as one that has no token."""
    given = {"Authorization": token} if token else {}
    return lambda _path, _body: {**given, "host": "127.0.0.1"}


@dataclass
class Listener:
    """One caller's subscription to the field `name`. arguments: the variables that are given."""

    api: OwnersApi
    authorize: Authorize
    name: str
    arguments: dict[str, Any]

    @classmethod
    def of(cls, api: OwnersApi, person: Owner, name: str, **arguments: Any) -> "Listener":
        return cls(api, by_token(person.token), name, arguments)

    @property
    def url(self) -> str:
        api_id = self.api.outputs["GraphqlUrl"].split("//")[1].split(".")[0]
        return local_graphql_url(self.api.aws.endpoint_url, REGION, api_id)

    async def connect(self, stack: AsyncExitStack) -> Socket:
        authorization = self.authorize("/connect", "{}")
        socket: Socket = await stack.enter_async_context(
            connected(f"{self.url}/realtime", authorization)
        )
        return socket

    async def open(self, stack: AsyncExitStack) -> dict[str, Any]:
        """Connect and subscribe; return what is said to it."""
        self._socket = await self.connect(stack)
        await self._socket.begin()
        return await self.start(self._socket)

    async def start(self, socket: Socket) -> dict[str, Any]:
        data = json.dumps({"query": EVENTS[self.name], "variables": self.arguments})
        await socket.start("one", data, self.authorize("", data))
        return await socket.receive()

    async def hear(self) -> Mapping[str, Any]:
        """Return the business of the next event."""
        event = await self._socket.receive()
        business: Mapping[str, Any] = event["payload"]["data"][self.name]
        return business


def signing(api: OwnersApi) -> Authorize:
    """Authorize with a signature of the site's role."""
    keys = api.keys_of("site")
    url = Listener(api, by_token(""), "", {}).url
    return lambda path, body: signed(keys, url, REGION, path=path, body=body)


def listening(act: Callable[[AsyncExitStack], Awaitable[None]]) -> None:
    """Run what opens sockets, and close them."""

    async def run() -> None:
        async with AsyncExitStack() as stack:
            await act(stack)

    asyncio.run(run())


async def call(api: OwnersApi, owner: Owner, operation: str, **given: Any) -> Any:
    answer = await asyncio.to_thread(api.call, owner.token, operation, input=given)
    assert not answer.error_types
    return answer.data[f"{operation}Business"]


async def bring_about(api: OwnersApi, owner: Owner, field: str) -> str:
    """Make an event of the owner's; return the business's id."""
    given = {
        "create": {"name": "Further", "email": owner.email},
        "update": {"id": owner.id, "name": "New"},
        "delete": {"id": owner.id},
    }
    operation = field.removeprefix("on").removesuffix("Business").lower()
    business = await call(api, owner, operation, **given[operation])
    return str(business["id"])


@pytest.mark.parametrize("field", EVENTS)
def test_each_caller_hears_of_what_they_may_see(api: OwnersApi, field: str) -> None:
    ada, eve, administrator = api.sign_up(), api.sign_up(), api.sign_up(ADMINISTRATORS)

    async def act(stack: AsyncExitStack) -> None:
        owner, other, office = (Listener.of(api, who, field) for who in (ada, eve, administrator))
        machine = Listener(api, signing(api), field, {})
        for listener in (owner, other, office, machine):
            assert (await listener.open(stack))["type"] == "start_ack"
        eves = await bring_about(api, eve, field)
        adas = await bring_about(api, ada, field)
        # Ada's first event is her own, although Eve's came before it.
        assert (await owner.hear())["id"] == adas
        assert (await other.hear())["id"] == eves
        for listener in (office, machine):
            assert [(await listener.hear())["id"] for _ in range(2)] == [eves, adas]

    listening(act)


@pytest.mark.parametrize("caller", ["nobody", "expired"])
@pytest.mark.parametrize("field", EVENTS)
def test_who_has_no_valid_token_is_refused_at_the_door_and_behind_it(
    api: OwnersApi, caller: str, field: str
) -> None:
    ada = api.sign_up()
    token = "" if caller == "nobody" else api.expired(ada.token)

    async def act(stack: AsyncExitStack) -> None:
        stranger = Listener(api, by_token(token), field, {})
        refused = await (await stranger.connect(stack)).receive()
        assert refused["type"] == "connection_error"
        assert (
            refused["payload"]["errors"][0]["errorType"]
            == "com.amazonaws.deepdish.graphql.auth#UnauthorizedException"
        )
        socket = await Listener.of(api, ada, field).connect(stack)
        await socket.begin()
        refused = await stranger.start(socket)
        assert (refused["type"], refused["id"]) == ("error", "one")
        assert refused["payload"]["errors"][0]["errorType"] == "UnauthorizedException"

    listening(act)


def test_another_owners_events_cannot_be_asked_for(api: OwnersApi) -> None:
    ada, eve = api.sign_up(), api.sign_up()

    async def act(stack: AsyncExitStack) -> None:
        listener = Listener.of(api, ada, "onUpdateBusiness", owner=f"{eve.id}::{eve.id}")
        said = await listener.open(stack)
        assert said["type"] == "error"
        assert said["payload"]["errors"][0]["errorType"] == "Unauthorized"

    listening(act)


def test_no_filter_opens_another_owners_events(api: OwnersApi) -> None:
    ada, eve = api.sign_up(), api.sign_up()
    eves = {"owner": {"eq": f"{eve.id}::{eve.id}"}}
    anybodys = {"name": {"ne": ""}}

    async def act(stack: AsyncExitStack) -> None:
        filters: list[dict[str, Any]] = [{"or": [eves, anybodys]}, {"or": []}, {"and": [anybodys]}]
        listeners = [Listener.of(api, ada, "onUpdateBusiness", filter=each) for each in filters]
        for listener in listeners:
            assert (await listener.open(stack))["type"] == "start_ack"
        for who in (eve, ada):
            await bring_about(api, who, "onUpdateBusiness")
        for listener in listeners:
            assert (await listener.hear())["id"] == ada.id

    listening(act)


def test_a_filter_narrows_what_is_heard(api: OwnersApi) -> None:
    ada = api.sign_up()

    async def act(stack: AsyncExitStack) -> None:
        given = {"and": [{"name": {"ge": "B"}}, {"name": {"lt": "D"}}]}
        listener = Listener.of(api, ada, "onCreateBusiness", filter=given)
        await listener.open(stack)
        for name in ("A", "D", "C"):
            await call(api, ada, "create", name=name, email=ada.email)
        assert (await listener.hear())["name"] == "C"

    listening(act)


def test_a_filter_without_a_value_is_refused_and_no_write_suffers(api: OwnersApi) -> None:
    ada = api.sign_up()

    async def act(stack: AsyncExitStack) -> None:
        given = {"name": {"contains": None}}
        said = await Listener.of(api, ada, "onUpdateBusiness", filter=given).open(stack)
        [error] = said["payload"]["errors"]
        assert (error["errorType"], error["errorInfo"]) == ("InvalidInput", {"field": "filter"})
        await bring_about(api, ada, "onUpdateBusiness")

    listening(act)


def test_an_administrator_who_names_nobody_hears_of_everybody(api: OwnersApi) -> None:
    ada, administrator = api.sign_up(), api.sign_up(ADMINISTRATORS)

    async def act(stack: AsyncExitStack) -> None:
        listeners = [
            Listener.of(api, administrator, "onUpdateBusiness", filter=None, owner=owner)
            for owner in (None, f"{ada.id}::{ada.id}")
        ]
        for listener in listeners:
            assert (await listener.open(stack))["type"] == "start_ack"
        await bring_about(api, ada, "onUpdateBusiness")
        for listener in listeners:
            assert (await listener.hear())["id"] == ada.id

    listening(act)
