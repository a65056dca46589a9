"""Sign-ups: what Cognito accepts and refuses, and what a confirmation leads to."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.graphql import CREATE
from tests.verify_aws.account import GROUP, PASSWORD, Account
from tests.verify_aws.observations.registry import observation, refusal, said


@observation
def a_confirmation_is_onboarded(account: Account) -> Any:
    """PostConfirmation fires for AdminConfirmSignUp; the pipeline's steps succeed."""
    business = account.item("BusinessTableName", "id", account.ada.sub) or {}
    groups = account.client("cognito-idp").admin_list_groups_for_user(
        UserPoolId=account.pool_id, Username=account.ada.sub
    )["Groups"]
    owner = f"{account.ada.sub}::{account.ada.sub}"
    return {
        "attributes": sorted(business),
        "owner is sub::username": business.get("owner") == {"S": owner},
        "groups": [group["GroupName"] for group in groups],
        "recorded": account.item("OnboardingTableName", "sub", account.ada.sub) is not None,
    }


@observation
def a_confirmation_without_its_group_is_recorded(account: Account) -> Any:
    """Cognito's refusal comes back through AppSync with its own type and message."""
    cognito = account.client("cognito-idp")
    cognito.delete_group(UserPoolId=account.pool_id, GroupName=GROUP)
    try:
        person = account.onboard()
    finally:
        cognito.create_group(UserPoolId=account.pool_id, GroupName=GROUP)
    record = account.item("OnboardingTableName", "sub", person.sub) or {}
    return {name: record.get(name) for name in ("status", "source", "reason", "groupName")}


@observation
def only_the_user_with_the_sub_is_onboarded(account: Account) -> Any:
    """AdminGetUser's answer tells the sub; nothing is written for another one."""
    given = {"email": account.eve.email, "groupName": GROUP, "name": "Eve's"}

    def onboard(sub: str, username: str) -> Any:
        arguments = {**given, "sub": sub, "username": username}
        return said(account.graphql.signed(account.aws.keys, CREATE, arguments))

    nobody = "00000000-0000-4000-8000-000000000000"
    return {
        "themselves": onboard(account.eve.sub, account.eve.sub),
        "somebody else": onboard(nobody, account.eve.sub),
        "nobody": onboard(nobody, nobody),
        "written for nobody": account.item("BusinessTableName", "id", nobody) is not None,
    }


@observation
def joining_a_group_twice_is_success(account: Account) -> Any:
    """AdminAddUserToGroup returns an empty 200 answer, even for a member."""
    answer = account.client("cognito-idp").admin_add_user_to_group(
        UserPoolId=account.pool_id, Username=account.eve.sub, GroupName=GROUP
    )
    status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
    return {"status": status, "answer": answer}


@observation
def sign_ups_that_are_refused(account: Account) -> Any:
    """The client's writable attributes, the schema's lengths, and an address already in use."""
    given = {"Username": account.ada.email, "Password": PASSWORD}

    def sign_up(**attributes: str) -> str:
        listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
        call = account.client("cognito-idp").sign_up
        client = account.outputs["UserPoolClientId"]
        return refusal(call, ClientId=client, UserAttributes=listed, **given)

    email = account.ada.email
    return {
        "a taken address": sign_up(email=email),
        "an attribute of others": sign_up(email=email, nickname="A"),
        "a long name": sign_up(**{"email": email, "custom:business_name": "A" * 257}),
    }


@observation
def confirmations_that_are_refused(account: Account) -> Any:
    """A wrong code, and a user who is already confirmed. An expired code would take a day."""
    cognito = account.client("cognito-idp")
    person = account.sign_up()
    client = account.outputs["UserPoolClientId"]
    by_code = {"ClientId": client, "Username": person.email, "ConfirmationCode": "000000"}
    wrong = refusal(cognito.confirm_sign_up, **by_code)
    account.confirm(person)
    again = {"UserPoolId": account.pool_id, "Username": person.email}
    return {
        "a wrong code": wrong,
        "once more, by code": refusal(cognito.confirm_sign_up, **by_code),
        "once more, by an administrator": refusal(cognito.admin_confirm_sign_up, **again),
    }


@observation
def a_trigger_that_breaks_off(account: Account) -> Any:
    """The person gets UserLambdaValidationException with the function's error, yet is confirmed."""
    cognito = account.client("cognito-idp")
    person = account.sign_up()
    named = {"UserPoolId": account.pool_id, "Username": person.email}
    with _without_handler(account):
        told = refusal(cognito.admin_confirm_sign_up, **named)
    told = re.sub(r"(?<=failed with error ).*(?=\.$)", "(words)", told)
    return {"told": told, "status": cognito.admin_get_user(**named)["UserStatus"]}


@contextmanager
def _without_handler(account: Account) -> Iterator[None]:
    """Make every invocation of the trigger fail."""
    functions = account.client("lambda")
    name = account.outputs["TriggerFunctionName"]

    def configure(handler: str) -> None:
        functions.update_function_configuration(FunctionName=name, Handler=handler)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)

    handler = functions.get_function_configuration(FunctionName=name)["Handler"]
    configure("index.nothing")
    try:
        yield
    finally:
        configure(handler)
