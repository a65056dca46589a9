"""What AWS does where the embedded AWS was made to do the same.

Each observation returns plain JSON without names, ids and times, so that two accounts, or an
account and the embedded AWS, give the same.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.aws_setup.local.appsync.realtime_client import connected
from tests.graphql import GET, Answer
from tests.owners import OPERATIONS
from tests.verify_aws.account import GROUP, Account

Observation = Callable[[Account], Any]
OBSERVATIONS: dict[str, Observation] = {}


def observation(observe: Observation) -> Observation:
    """List an observation under its own name."""
    OBSERVATIONS[observe.__name__] = observe
    return observe


def said(answer: Answer) -> dict[str, Any]:
    """Return what a client sees of an answer, without what names the account."""
    errors = answer.body.get("errors") or []
    kept = ("errorType", "message", "errorInfo", "path")
    return {
        "status": answer.status,
        "data": answer.body.get("data"),
        "errors": [{name: error[name] for name in kept if name in error} for error in errors],
    }


@observation
def a_confirmation_is_onboarded(account: Account) -> Any:
    """PostConfirmation fires for AdminConfirmSignUp; the pipeline's two steps go through."""
    person = account.sign_up()
    business = account.item("BusinessTableName", "id", person.sub) or {}
    groups = account.client("cognito-idp").admin_list_groups_for_user(
        UserPoolId=account.pool_id, Username=person.sub
    )["Groups"]
    return {
        "attributes": sorted(business),
        "owner_is_sub_and_username": business.get("owner", {}).get("S")
        == f"{person.sub}::{person.sub}",
        "groups": [group["GroupName"] for group in groups],
        "recorded": account.item("OnboardingTableName", "sub", person.sub) is not None,
    }


@observation
def a_confirmation_without_its_group_is_recorded(account: Account) -> Any:
    """Cognito's refusal comes back through AppSync with its own type and words."""
    cognito = account.client("cognito-idp")
    cognito.delete_group(UserPoolId=account.pool_id, GroupName=GROUP)
    try:
        person = account.sign_up()
    finally:
        cognito.create_group(UserPoolId=account.pool_id, GroupName=GROUP)
    record = account.item("OnboardingTableName", "sub", person.sub) or {}
    return {name: record.get(name) for name in ("status", "source", "reason", "groupName")}


@observation
def joining_a_group_twice_is_success(account: Account) -> Any:
    """AdminAddUserToGroup answers 200 with nothing in it, for a member too."""
    person = account.sign_up()
    answer = account.client("cognito-idp").admin_add_user_to_group(
        UserPoolId=account.pool_id, Username=person.sub, GroupName=GROUP
    )
    status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
    return {"status": status, "answer": answer}


@observation
def who_is_refused_and_how(account: Account) -> Any:
    """The words and types of AppSync's refusals."""
    ada, eve = account.sign_up(), account.sign_up()
    token = account.token(ada)
    forbidden = {
        "email": ada.email,
        "groupName": GROUP,
        "name": "Mine",
        "sub": ada.sub,
        "username": ada.sub,
    }
    create = (
        "mutation ($email: AWSEmail!, $groupName: String!, $name: String!, $sub: ID!, "
        "$username: String!) { createBusinessInGroup(email: $email, groupName: $groupName, "
        "name: $name, sub: $sub, username: $username) }"
    )
    ask = account.graphql
    answers = {
        "no token": ask.with_token("", GET, {"id": ada.sub}),
        "no JWT": ask.with_token("nonsense", GET, {"id": ada.sub}),
        "a foreign business": ask.with_token(token, GET, {"id": eve.sub}),
        "no business": ask.with_token(token, GET, {"id": "nobody"}),
        "the trigger's mutation": ask.with_token(token, create, forbidden),
        "an unknown field": ask.with_token(token, "{ nothing }", {}),
        "a signed caller": ask.signed(account.keys, GET, {"id": "nobody"}),
    }
    return {name: said(answer) for name, answer in answers.items()}


@observation
def writes_under_a_condition(account: Account) -> Any:
    """AppSync reads the item back; a delete of what is not there is a success without a result."""
    ada, eve = account.sign_up(), account.sign_up()
    token = account.token(ada)
    answers = {}
    for operation in ("update", "delete"):
        for whose, identifier in (("foreign", eve.sub), ("nobody's", "nobody")):
            answer = account.graphql.with_token(
                token, OPERATIONS[operation], {"input": {"id": identifier}}
            )
            answers[f"{operation} {whose}"] = said(answer)
    return answers


@observation
def input_that_is_refused(account: Account) -> Any:
    """util.error's type and info reach the client."""
    token = account.token(account.sign_up())
    answers = {
        name: account.graphql.with_token(token, OPERATIONS["create"], {"input": given})
        for name, given in (
            ("empty", {"name": " ", "email": "a@example.com"}),
            ("no address", {"name": "A", "email": "nobody"}),
        )
    }
    return {name: said(answer) for name, answer in answers.items()}


@observation
def a_subscription_hears_of_ones_own(account: Account) -> Any:
    """The real-time protocol, and enhanced filtering by the resolver's filter."""
    ada, eve = account.sign_up(), account.sign_up()
    tokens = {person.sub: account.token(person) for person in (ada, eve)}
    host = urlsplit(account.outputs["GraphqlUrl"]).netloc

    async def listen() -> Any:
        authorization = {"Authorization": tokens[ada.sub], "host": host}
        async with connected(account.realtime_url, authorization) as socket:
            await socket.begin()
            heard = [
                await socket.subscribe(authorization, "subscription { onUpdateBusiness { name } }")
            ]
            for person, name in ((eve, "Eve's"), (ada, "Ada's")):
                given = {"input": {"id": person.sub, "name": name}}
                await asyncio.to_thread(
                    account.graphql.with_token, tokens[person.sub], OPERATIONS["update"], given
                )
            heard.append(await socket.receive())
            return heard

    return asyncio.run(listen())


def observe_all(account: Account) -> dict[str, Any]:
    """Make every observation; return plain JSON by name."""
    return {name: json.loads(json.dumps(each(account))) for name, each in OBSERVATIONS.items()}
