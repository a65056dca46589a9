"""What Cognito refuses of pools, app clients and sign-ups, and whom it sends no code."""

from typing import Any

import pytest

from aws_setup.local.server import LocalAws
from tests.aws_setup.local.cognito.test_attributes import ADA, PASSWORD, REGION, Person, refusal

INVALID = "InvalidParameterException"
EMAIL = {"Name": "email", "AttributeDataType": "String", "Required": True}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"AliasAttributes": ["email"], "UsernameAttributes": ["email"]},
            "Only one of the aliasAttributes or usernameAttributes",
        ),
        ({"AutoVerifiedAttributes": ["phone_number"]}, "SMS configuration is required"),
        ({"MfaConfiguration": "ON"}, "SMS configuration and Auto verification"),
        (
            {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["EMAIL_OTP"]}}},
            "Password should be configured",
        ),
        ({"Schema": [{**EMAIL, "AttributeDataType": "Number"}]}, "You can not change"),
        ({"Schema": [{"Name": "team"}, {"Name": "team"}]}, "Duplicate custom attribute names"),
        (
            {
                "Schema": [
                    {
                        "Name": "team",
                        "StringAttributeConstraints": {"MinLength": "9", "MaxLength": "3"},
                    }
                ]
            },
            "cannot have a max value smaller",
        ),
    ],
)
def test_settings_that_do_not_go_together_make_no_pool(
    local_aws: LocalAws, settings: dict[str, Any], said: str
) -> None:
    cognito = local_aws.client("cognito-idp", REGION)
    code, message = refusal(cognito.create_user_pool, PoolName="pool", **settings)
    assert (code, said in message) == (INVALID, True)


def test_an_app_client_writes_what_is_required_and_nothing_that_cognito_sets(
    local_aws: LocalAws,
) -> None:
    cognito = local_aws.client("cognito-idp", REGION)
    pool = cognito.create_user_pool(PoolName="pool", Schema=[EMAIL])["UserPool"]["Id"]

    def make(**attributes: list[str]) -> Any:
        return cognito.create_user_pool_client(UserPoolId=pool, ClientName="web", **attributes)

    words = "Invalid {} attributes specified while creating a client"
    for written in (["name"], ["email", "email_verified"], ["email", "custom:none"]):
        assert refusal(make, WriteAttributes=written) == (INVALID, words.format("write"))
    assert refusal(make, ReadAttributes=["custom:none"]) == (INVALID, words.format("read"))
    assert make(WriteAttributes=["email", "name"], ReadAttributes=["email_verified"])


def test_a_pool_that_verifies_nothing_sends_no_code(local_aws: LocalAws) -> None:
    person = Person(local_aws)
    person.cognito.update_user_pool(UserPoolId=person.pool)
    sub = person.sign_up("eve@example.com")
    with pytest.raises(LookupError):
        local_aws.code_for(person.pool, sub)
    again = refusal(
        person.cognito.resend_confirmation_code,
        ClientId=person.client_id,
        Username="eve@example.com",
    )
    said = "Cannot resend codes. Auto verification not turned on."
    assert again == ("NotAuthorizedException", said)


def test_who_is_confirmed_is_sent_no_further_code(local_aws: LocalAws) -> None:
    person = Person(local_aws)
    again = refusal(
        person.cognito.resend_confirmation_code, ClientId=person.client_id, Username=ADA
    )
    assert again == (INVALID, "User is already confirmed.")


def test_a_password_is_reset_by_a_verified_address_alone(local_aws: LocalAws) -> None:
    person = Person(local_aws)
    forgotten: Any = {"ClientId": person.client_id, "Username": "eve@example.com"}
    person.sign_up("eve@example.com")
    person.cognito.admin_confirm_sign_up(UserPoolId=person.pool, Username="eve@example.com")
    said = (
        "Cannot reset password for the user as there is no registered/verified email or "
        "phone_number"
    )
    assert refusal(person.cognito.forgot_password, **forgotten) == (INVALID, said)
    verified: Any = [{"Name": "email_verified", "Value": "true"}]
    person.cognito.admin_update_user_attributes(
        UserPoolId=person.pool, Username="eve@example.com", UserAttributes=verified
    )
    assert person.cognito.forgot_password(**forgotten)["CodeDeliveryDetails"]


def test_a_client_that_hides_who_is_a_user_does_not_tell_that_no_code_is_sent(
    local_aws: LocalAws,
) -> None:
    person = Person(local_aws)
    person.sign_up("eve@example.com")
    person.cognito.admin_confirm_sign_up(UserPoolId=person.pool, Username="eve@example.com")
    person.cognito.update_user_pool_client(
        UserPoolId=person.pool, ClientId=person.client_id, PreventUserExistenceErrors="ENABLED"
    )
    sent = len(local_aws.messages)
    answer = person.cognito.forgot_password(ClientId=person.client_id, Username="eve@example.com")
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    assert len(local_aws.messages) == sent


def test_nobody_signs_up_without_what_is_required(local_aws: LocalAws) -> None:
    required = {"Name": "given_name", "AttributeDataType": "String", "Required": True}
    cognito = local_aws.client("cognito-idp", REGION)
    pool = cognito.create_user_pool(
        PoolName="pool", UsernameAttributes=["email"], Schema=[EMAIL, required]
    )["UserPool"]["Id"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="web")["UserPoolClient"]
    given = {"ClientId": made["ClientId"], "Username": ADA, "Password": PASSWORD}
    said = "Attributes did not conform to the schema: given_name: The attribute is required"
    assert refusal(cognito.sign_up, **given) == (INVALID, said)
    name = [{"Name": "given_name", "Value": "Ada"}]
    assert cognito.sign_up(**given, UserAttributes=name)["UserSub"]


@pytest.mark.parametrize("name", ["PreSignUp", "CustomMessage"])
def test_nobody_signs_up_where_cognito_cannot_call_a_function(
    local_aws: LocalAws, name: str
) -> None:
    person = Person(local_aws)
    gone = f"arn:aws:lambda:{REGION}:123456789012:function:gone"
    person.cognito.update_user_pool(UserPoolId=person.pool, LambdaConfig={name: gone})
    said = f"{name} invocation failed due to error AccessDeniedException."
    assert refusal(person.sign_up, email="eve@example.com") == ("UnexpectedLambdaException", said)
