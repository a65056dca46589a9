"""Subscriptions on the deployed stack: owners hear of their own businesses, who sees all of all."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest
from django.test import override_settings

from aws_setup.local.appsync.addresses import local_graphql_url
from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.realtime_client import Socket, connected
from tests.deployment import deploy
from tests.owners import REGION, Owner, OwnersApi

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
    with override_settings(ADMIN_GROUP_NAME=ADMINISTRATORS):
        deploy(local_aws_server)
    api = OwnersApi(local_aws_server)
    api.cognito.create_group(UserPoolId=api.pool_id, GroupName=ADMINISTRATORS)
    return api


class Listener:
    """One person's subscription to one field."""

    def __init__(self, api: OwnersApi, person: Owner, field: str, **arguments: Any) -> None:
        self._api, self._person, self._field, self._arguments = api, person, field, arguments

    async def open(self, stack: AsyncExitStack) -> dict[str, Any]:
        """Connect and subscribe; return what is said to it."""
        api_id = self._api.outputs["GraphqlUrl"].split("//")[1].split(".")[0]
        url = f"{local_graphql_url(self._api.aws.endpoint_url, REGION, api_id)}/realtime"
        authorization = {"Authorization": self._person.token, "host": "127.0.0.1"}
        self._socket: Socket = await stack.enter_async_context(connected(url, authorization))
        await self._socket.begin()
        said: dict[str, Any] = await self._socket.subscribe(
            authorization, EVENTS[self._field], **self._arguments
        )
        return said

    async def hear(self) -> Mapping[str, Any]:
        """Return the business of the next event."""
        event = await self._socket.receive()
        business: Mapping[str, Any] = event["payload"]["data"][self._field]
        return business


async def call(api: OwnersApi, owner: Owner, operation: str, **given: Any) -> Any:
    answer = await asyncio.to_thread(api.call, owner.token, operation, input=given)
    assert not answer.error_types
    return answer.data[f"{operation}Business"]


def test_each_hears_of_what_they_may_see(api: OwnersApi) -> None:
    ada, eve, administrator = api.sign_up(), api.sign_up(), api.sign_up(ADMINISTRATORS)

    async def run() -> None:
        async with AsyncExitStack() as stack:
            listeners = [
                Listener(api, who, "onUpdateBusiness") for who in (ada, eve, administrator)
            ]
            for listener in listeners:
                assert (await listener.open(stack))["type"] == "start_ack"
            await call(api, eve, "update", id=eve.id, name="Eve's")
            await call(api, ada, "update", id=ada.id, name="Ada's")
            # Ada's first event is her own, although Eve's came before it.
            assert (await listeners[0].hear())["name"] == "Ada's"
            assert (await listeners[1].hear())["name"] == "Eve's"
            assert (await listeners[2].hear())["name"] == "Eve's"
            assert (await listeners[2].hear())["name"] == "Ada's"

    asyncio.run(run())


def test_there_is_an_event_of_each_kind(api: OwnersApi) -> None:
    ada = api.sign_up()

    async def run() -> None:
        async with AsyncExitStack() as stack:
            created = Listener(api, ada, "onCreateBusiness", filter={"name": {"contains": "2"}})
            deleted = Listener(api, ada, "onDeleteBusiness")
            for listener in (created, deleted):
                await listener.open(stack)
            for name in ("Shop 1", "Shop 2"):
                business = await call(api, ada, "create", name=name, email="shop@example.com")
            assert (await created.hear())["name"] == "Shop 2"
            await call(api, ada, "delete", id=business["id"])
            assert (await deleted.hear())["id"] == business["id"]

    asyncio.run(run())


def test_another_owners_events_cannot_be_asked_for(api: OwnersApi) -> None:
    ada, eve = api.sign_up(), api.sign_up()

    async def run() -> None:
        async with AsyncExitStack() as stack:
            listener = Listener(api, ada, "onUpdateBusiness", owner=f"{eve.id}::{eve.id}")
            said = await listener.open(stack)
            assert said["type"] == "error"
            assert said["payload"]["errors"][0]["errorType"] == "Unauthorized"

    asyncio.run(run())
