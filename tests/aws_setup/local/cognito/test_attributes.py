"""How a person changes attributes and verifies a new address, over boto3 with an access token."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_setup.local.server import LocalAws

REGION = "us-west-2"
PASSWORD = "Correct-Horse-1"
ADA, NEW, BOB = "ada@example.com", "ada@new.example", "bob@example.com"
VERIFIED_FIRST = {"AttributesRequireVerificationBeforeUpdate": ["email"]}


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """Return the error of a call that must be refused: its code and its message."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


class Person:
    """Ada, who is confirmed and signed in, in a pool of her own and Bob's."""

    def __init__(self, aws: LocalAws, **settings: Any) -> None:
        self.aws = aws
        self.cognito = aws.client("cognito-idp", REGION)
        given = {"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"], **settings}
        self.pool = self.cognito.create_user_pool(PoolName="pool", **given)["UserPool"]["Id"]
        self.client_id = self.cognito.create_user_pool_client(
            UserPoolId=self.pool,
            ClientName="web",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]["ClientId"]
        self.name = self.confirmed(ADA)
        self.token = self.signed_in(ADA)

    def sign_up(self, email: str) -> str:
        return str(
            self.cognito.sign_up(
                ClientId=self.client_id,
                Username=email,
                Password=PASSWORD,
                UserAttributes=[{"Name": "email", "Value": email}],
            )["UserSub"]
        )

    def confirmed(self, email: str) -> str:
        sub = self.sign_up(email)
        code = self.aws.code_for(self.pool, sub)
        self.cognito.confirm_sign_up(ClientId=self.client_id, Username=email, ConfirmationCode=code)
        return sub

    def signed_in(self, email: str) -> str:
        answer = self.cognito.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )
        return str(answer["AuthenticationResult"]["AccessToken"])

    def update(self, **values: str) -> list[dict[str, str]]:
        attributes = [{"Name": name, "Value": value} for name, value in values.items()]
        answer = self.cognito.update_user_attributes(
            AccessToken=self.token, UserAttributes=attributes
        )
        delivered: list[dict[str, str]] = answer["CodeDeliveryDetailsList"]
        return delivered

    def verify(self, code: str) -> None:
        self.cognito.verify_user_attribute(AccessToken=self.token, AttributeName="email", Code=code)

    def code(self) -> str:
        return self.aws.code_for(self.pool, self.name)

    def held(self) -> tuple[str | None, str | None]:
        answer = self.cognito.get_user(AccessToken=self.token)
        held = {item["Name"]: item["Value"] for item in answer["UserAttributes"]}
        return held.get("email"), held.get("email_verified")


def test_a_changed_address_counts_at_once_but_is_not_verified(local_aws: LocalAws) -> None:
    person = Person(local_aws)
    assert person.held() == (ADA, "true")
    assert person.update(email=NEW) == [
        {"Destination": "a****@n****", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    ]
    assert person.held() == (NEW, "false")
    assert local_aws.messages[-1].address == NEW
    person.verify(person.code())
    assert person.held() == (NEW, "true")


def test_where_the_pool_says_so_the_old_address_stays_until_the_new_one_is_verified(
    local_aws: LocalAws,
) -> None:
    person = Person(local_aws, UserAttributeUpdateSettings=VERIFIED_FIRST)
    person.update(email=NEW)
    assert person.held() == (ADA, "true")
    person.signed_in(ADA)
    person.verify(person.code())
    assert person.held() == (NEW, "true")
    person.signed_in(NEW)


def test_a_wrong_code_verifies_nothing_and_each_code_is_good_once(local_aws: LocalAws) -> None:
    person = Person(local_aws)
    person.update(email=NEW)
    code = person.code()
    wrong = "000000" if code != "000000" else "000001"
    assert refusal(person.verify, code=wrong)[0] == "CodeMismatchException"
    assert person.held() == (NEW, "false")
    person.verify(code)
    assert refusal(person.verify, code=code)[0] == "ExpiredCodeException"


def test_a_code_is_sent_again_to_the_address_that_waits(local_aws: LocalAws) -> None:
    person = Person(local_aws, UserAttributeUpdateSettings=VERIFIED_FIRST)
    person.update(email=NEW)
    details = person.cognito.get_user_attribute_verification_code(
        AccessToken=person.token, AttributeName="email"
    )["CodeDeliveryDetails"]
    assert details["Destination"] == "a****@n****"
    assert local_aws.messages[-1].address == NEW
    person.verify(person.code())
    assert person.held() == (NEW, "true")


def test_the_calls_of_a_signed_in_person_need_an_access_token(local_aws: LocalAws) -> None:
    person = Person(local_aws)
    person.token = "not.a.token"
    assert refusal(person.verify, code="123456") == (
        "NotAuthorizedException",
        "Invalid Access Token",
    )
    assert refusal(person.update, email=NEW) == ("NotAuthorizedException", "Invalid Access Token")


@pytest.mark.parametrize("name", ["sub", "email_verified", "phone_number_verified"])
def test_what_only_cognito_writes_is_refused(local_aws: LocalAws, name: str) -> None:
    person = Person(local_aws)
    assert refusal(person.update, **{name: "true"}) == (
        "InvalidParameterException",
        f"Cannot modify the non-mutable attribute {name}",
    )
    assert person.held() == (ADA, "true")


def test_a_client_with_a_list_of_attributes_writes_no_other(local_aws: LocalAws) -> None:
    person = Person(local_aws)
    person.cognito.update_user_pool_client(
        UserPoolId=person.pool, ClientId=person.client_id, WriteAttributes=["email"]
    )
    unauthorized = ("NotAuthorizedException", "A client attempted to write unauthorized attribute")
    assert refusal(person.update, email_verified="true") == unauthorized
    assert refusal(person.update, name="Ada") == unauthorized


def test_an_address_that_is_taken_is_refused_in_any_case(local_aws: LocalAws) -> None:
    person = Person(local_aws, UsernameConfiguration={"CaseSensitive": False})
    person.confirmed(BOB)
    taken = ("AliasExistsException", "An account with the given email already exists.")
    assert refusal(person.update, email=BOB) == taken
    assert refusal(person.update, email=BOB.upper()) == taken
    by_administrator = refusal(
        person.cognito.admin_update_user_attributes,
        UserPoolId=person.pool,
        Username=ADA,
        UserAttributes=[{"Name": "email", "Value": BOB}],
    )
    assert by_administrator == taken
    assert person.held() == (ADA, "true")


def test_an_address_that_is_taken_meanwhile_is_not_verified(local_aws: LocalAws) -> None:
    person = Person(local_aws, UserAttributeUpdateSettings=VERIFIED_FIRST)
    person.update(email=BOB)
    code = person.code()
    person.confirmed(BOB)
    assert refusal(person.verify, code=code)[0] == "AliasExistsException"
    assert person.held() == (ADA, "true")


def test_an_administrator_verifies_in_the_same_call_or_has_a_code_sent(
    local_aws: LocalAws,
) -> None:
    person = Person(local_aws, UserAttributeUpdateSettings=VERIFIED_FIRST)
    update = person.cognito.admin_update_user_attributes
    new = {"Name": "email", "Value": NEW}
    update(UserPoolId=person.pool, Username=ADA, UserAttributes=[new])
    assert person.held() == (ADA, "true")
    assert local_aws.messages[-1].address == NEW
    verified = {"Name": "email_verified", "Value": "true"}
    update(UserPoolId=person.pool, Username=ADA, UserAttributes=[new, verified])
    assert person.held() == (NEW, "true")


def test_a_blank_value_deletes_an_attribute_unless_it_is_required(local_aws: LocalAws) -> None:
    schema = [{"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}]
    person = Person(local_aws, Schema=schema)
    person.update(nickname="Countess")
    person.update(nickname="")
    answer = person.cognito.get_user(AccessToken=person.token)
    assert "nickname" not in {item["Name"] for item in answer["UserAttributes"]}
    assert refusal(person.update, email="") == (
        "InvalidParameterException",
        "user.email: Required attribute cannot be deleted.",
    )


def test_an_attribute_that_the_pool_does_not_have_is_refused(local_aws: LocalAws) -> None:
    person = Person(local_aws)
    assert refusal(person.update, **{"custom:motto": "Onwards"}) == (
        "InvalidParameterException",
        "user.custom:motto: Attribute does not exist in the schema.",
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("email", "asdfasdf", "Invalid email address format."),
        ("email", "a b@example.com", "Invalid email address format."),
        ("phone_number", "555 555 5555", "Invalid phone number format."),
    ],
)
def test_an_address_must_look_like_one(
    local_aws: LocalAws, name: str, value: str, said: str
) -> None:
    person = Person(local_aws)
    refused = ("InvalidParameterException", said)
    attributes = [{"Name": name, "Value": value}]
    signing_up = {
        "ClientId": person.client_id,
        "Username": "carl@example.com",
        "Password": PASSWORD,
    }
    assert refusal(person.cognito.sign_up, **signing_up, UserAttributes=attributes) == refused
    changing = {"AccessToken": person.token, "UserAttributes": attributes}
    assert refusal(person.cognito.update_user_attributes, **changing) == refused
