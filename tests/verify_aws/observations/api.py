"""The API: who is refused and with which message, conditions, and subscriptions."""

import asyncio
import json
from typing import Any

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.aws_setup.local.appsync.realtime_client import Socket
from tests.graphql import CREATE, GET
from tests.owners import OPERATIONS
from tests.verify_aws.account import GROUP, Account
from tests.verify_aws.observations.registry import observation, said

SUBSCRIPTION = "subscription { onUpdateBusiness { name } }"


@observation
def who_is_refused_and_how(account: Account) -> Any:
    """The messages and types of AppSync's refusals."""
    ada, ask, token = account.ada, account.graphql, account.token(account.ada)
    arguments = {"groupName": GROUP, "name": "Mine", "sub": ada.sub, "username": ada.sub}
    answers = {
        "no token": ask.with_token("", GET, {"id": ada.sub}),
        "no JWT": ask.with_token("nonsense", GET, {"id": ada.sub}),
        "a foreign business": ask.with_token(token, GET, {"id": account.eve.sub}),
        "no business": ask.with_token(token, GET, {"id": "nobody"}),
        "the trigger's mutation": ask.with_token(token, CREATE, {"email": ada.email, **arguments}),
        "an unknown field": ask.with_token(token, "{ nothing }", {}),
        "a signed caller": ask.signed(account.aws.keys, GET, {"id": "nobody"}),
    }
    return {name: said(answer) for name, answer in answers.items()}


@observation
def words_that_are_not_published(account: Account) -> Any:
    """AppSync's messages that are not published anywhere."""
    ask, token = account.graphql, account.token(account.ada)
    answers = {
        "a forged token": ask.with_token(_forged(token), GET, {"id": "nobody"}),
        "introspection": ask.with_token(token, "{ __schema { queryType { name } } }", {}),
        "a subscription over HTTP": ask.with_token(token, SUBSCRIPTION, {}),
        "a nextToken made up": ask.with_token(token, OPERATIONS["list"], {"nextToken": "made-up"}),
    }
    return {name: said(answer) for name, answer in answers.items()}


def _forged(token: str) -> str:
    """Return the token signed with somebody else's key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(token, options={"verify_signature": False})
    named = {"kid": jwt.get_unverified_header(token)["kid"]}
    return jwt.encode(claims, key, algorithm="RS256", headers=named)


@observation
def writes_under_a_condition(account: Account) -> Any:
    """AppSync reads the item back; deleting a missing item is a success without a result."""
    token = account.token(account.ada)
    answers = {}
    for operation in ("update", "delete"):
        for whose, identifier in (("foreign", account.eve.sub), ("nobody's", "nobody")):
            answer = account.graphql.with_token(
                token, OPERATIONS[operation], {"input": {"id": identifier}}
            )
            answers[f"{operation} {whose}"] = said(answer)
    return answers


@observation
def input_that_is_refused(account: Account) -> Any:
    """util.error's type and info reach the client."""
    token = account.token(account.ada)
    answers = {
        name: account.graphql.with_token(token, OPERATIONS["create"], {"input": given})
        for name, given in (
            ("empty", {"name": " ", "email": "a@example.com"}),
            ("no address", {"name": "A", "email": "nobody"}),
        )
    }
    return {name: said(answer) for name, answer in answers.items()}


@observation
def addresses_that_are_read_back(account: Account) -> Any:
    """An address that checkInput.js accepts must be a valid AWSEmail, or nobody can read it."""
    token = account.token(account.eve)
    answers = {}
    for address in ("ü@example.com", "a@exämple.com", "a..b@example.com", "a+b@x-y.example.com"):
        given = {"input": {"id": account.eve.sub, "email": address}}
        answer = account.graphql.with_token(token, OPERATIONS["update"], given)
        answers[address] = (answer.data or {}).get("updateBusiness", {}).get("email")
    return answers


@observation
def a_subscription_hears_of_ones_own(account: Account) -> Any:
    """The real-time protocol, and enhanced filtering by the resolver's filter."""
    tokens = {person.sub: account.token(person) for person in (account.ada, account.eve)}
    mine = tokens[account.ada.sub]

    async def listen() -> Any:
        async with account.realtime(mine) as socket:
            await socket.send(type="connection_init")
            heard = [await _next(socket)]
            data = json.dumps({"query": SUBSCRIPTION, "variables": {}})
            await socket.start("one", data, account.authorization(mine))
            heard.append(await _next(socket))
            for person, name in ((account.eve, "Eve's"), (account.ada, "Ada's")):
                given = {"input": {"id": person.sub, "name": name}}
                await asyncio.to_thread(
                    account.graphql.with_token, tokens[person.sub], OPERATIONS["update"], given
                )
            return [*heard, await _next(socket)]

    return asyncio.run(listen())


@observation
def a_bad_token_at_the_real_time_endpoint(account: Account) -> Any:
    """Whether the handshake fails, or else which message follows it."""

    async def knock() -> Any:
        try:
            async with account.realtime("nonsense") as socket:
                await socket.send(type="connection_init")
                return {"handshake": 101, "told": await _next(socket)}
        except aiohttp.WSServerHandshakeError as error:
            return {"handshake": error.status}

    return asyncio.run(knock())


async def _next(socket: Socket) -> Any:
    """Return the next message that is not a keep-alive; those can come at any time."""
    while (message := await socket.receive()).get("type") == "ka":
        pass
    return message
