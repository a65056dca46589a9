"""What the settings of a pool do: its protection, the case of names, who may sign up, filters."""

from typing import Any

import pytest

from aws_setup.local.server import LocalAws
from tests.aws_setup.local.cognito.test_attributes import ADA, PASSWORD, REGION, Person, refusal

CONFORM = "Attributes did not conform to the schema: "
REQUIRED = {"Name": "given_name", "AttributeDataType": "String", "Required": True}
PROTECTED = (
    "InvalidParameterException",
    (
        "The user pool cannot be deleted because deletion protection is activated. Deletion "
        "protection must be inactivated first."
    ),
)


def test_a_protected_pool_is_kept(local_aws: LocalAws) -> None:
    cognito = local_aws.client("cognito-idp", REGION)
    pool = cognito.create_user_pool(PoolName="pool", DeletionProtection="ACTIVE")["UserPool"]["Id"]
    assert refusal(cognito.delete_user_pool, UserPoolId=pool) == PROTECTED
    cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    cognito.delete_user_pool(UserPoolId=pool)
    gone = refusal(cognito.describe_user_pool, UserPoolId=pool)
    assert gone[0] == "ResourceNotFoundException"


def test_in_a_pool_that_ignores_case_an_address_is_one_person_in_any_case(
    local_aws: LocalAws,
) -> None:
    person = Person(local_aws, UsernameConfiguration={"CaseSensitive": False})
    assert refusal(person.sign_up, email="Ada@Example.com") == (
        "UsernameExistsException",
        "An account with the given email already exists.",
    )
    person.signed_in("ADA@example.com")
    found = person.cognito.admin_get_user(UserPoolId=person.pool, Username="ADA@EXAMPLE.COM")
    assert found["Username"] == person.name


def test_in_a_pool_that_does_not_say_so_case_counts(local_aws: LocalAws) -> None:
    person = Person(local_aws)
    assert person.sign_up("Ada@example.com") != person.name


def test_usernames_of_ones_own_ignore_case_too(local_aws: LocalAws) -> None:
    cognito = local_aws.client("cognito-idp", REGION)
    pool = cognito.create_user_pool(
        PoolName="pool", UsernameConfiguration={"CaseSensitive": False}
    )["UserPool"]["Id"]
    cognito.admin_create_user(UserPoolId=pool, Username="Ada")
    again = refusal(cognito.admin_create_user, UserPoolId=pool, Username="ADA")
    assert again == ("UsernameExistsException", "User account already exists")
    assert cognito.admin_get_user(UserPoolId=pool, Username="ada")["Username"] == "Ada"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("custom:team", "a", f"{CONFORM}custom:team: Attribute does not exist in the schema."),
        ("custom:motto", "onwards", f"{CONFORM}custom:motto: String must be no longer than 6"),
        ("custom:motto", "on", f"{CONFORM}custom:motto: String must be longer than 3 characters"),
        ("custom:age", "old", f"{CONFORM}custom:age: Attribute must be of the type Number"),
        ("email_verified", "yes", f"{CONFORM}email_verified: Attribute must be of the type"),
        ("email", "eve at example.com", "Invalid email address format."),
        ("phone_number", "555 555 5555", "Invalid phone number format."),
    ],
)
def test_nobody_is_made_whose_attributes_are_not_as_the_schema_says(
    local_aws: LocalAws, name: str, value: str, said: str
) -> None:
    limits = {"MinLength": "3", "MaxLength": "6"}
    motto = {"Name": "motto", "StringAttributeConstraints": limits, "AttributeDataType": "String"}
    cognito = local_aws.client("cognito-idp", REGION)
    pool = cognito.create_user_pool(
        PoolName="pool",
        Schema=[motto, {"Name": "age", "AttributeDataType": "Number"}, REQUIRED],
    )["UserPool"]["Id"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="web")["UserPoolClient"]
    given = {"Username": "eve", "UserAttributes": [{"Name": name, "Value": value}]}
    for error, message in (
        refusal(cognito.admin_create_user, UserPoolId=pool, **given),
        refusal(cognito.sign_up, ClientId=made["ClientId"], Password=PASSWORD, **given),
    ):
        assert error == "InvalidParameterException"
        assert message.startswith(said)
    assert cognito.list_users(UserPoolId=pool)["Users"] == []


def test_an_administrator_may_leave_what_is_required_to_the_person(local_aws: LocalAws) -> None:
    cognito = local_aws.client("cognito-idp", REGION)
    pool = cognito.create_user_pool(PoolName="pool", Schema=[REQUIRED])["UserPool"]["Id"]
    cognito.admin_create_user(UserPoolId=pool, Username="eve")
    [user] = cognito.list_users(UserPoolId=pool)["Users"]
    assert [each["Name"] for each in user["Attributes"]] == ["sub"]


def test_where_only_administrators_create_users_nobody_signs_up(local_aws: LocalAws) -> None:
    person = Person(local_aws)
    person.cognito.update_user_pool(
        UserPoolId=person.pool, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True}
    )
    refused = ("NotAuthorizedException", "SignUp is not permitted for this user pool")
    assert refusal(person.sign_up, email="bob@example.com") == refused
    person.cognito.admin_create_user(UserPoolId=person.pool, Username="bob@example.com")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("foo", "Error while parsing filter."),
        (f'email != "{ADA}"', "Error while parsing filter."),
        (f'email = "{ADA}" and sub = "1"', "Error while parsing filter."),
        (f"email = {ADA}", "Error while parsing filter."),
        ('custom:motto = "x"', "Invalid search attribute: custom:motto"),
        ('email_verified = "true"', "Invalid search attribute: email_verified"),
    ],
)
def test_a_filter_that_cognito_does_not_know_lists_nobody(
    local_aws: LocalAws, given: str, message: str
) -> None:
    person = Person(local_aws)
    answer = refusal(person.cognito.list_users, UserPoolId=person.pool, Filter=given)
    assert answer == ("InvalidParameterException", message)


@pytest.mark.parametrize(
    ("given", "count"),
    [
        (f'email = "{ADA.upper()}"', 1),
        (f'"email" ^= "{ADA[:4]}"', 1),
        ('cognito:user_status = "confirmed"', 1),
        ('cognito:user_status = "UNCONFIRMED"', 1),
        ('status = "Enabled"', 2),
        ('status = "enabled"', 0),
        (r'email = "a\"da@example.com"', 0),
    ],
)
def test_a_filter_lists_whom_it_names(local_aws: LocalAws, given: str, count: int) -> None:
    person = Person(local_aws)
    person.sign_up("bob@example.com")
    listed: dict[str, Any] = person.cognito.list_users(UserPoolId=person.pool, Filter=given)
    assert len(listed["Users"]) == count


def test_an_update_that_drops_what_verification_needs_is_refused(local_aws: LocalAws) -> None:
    settings = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    person = Person(local_aws, UserAttributeUpdateSettings=settings)
    answer = refusal(
        person.cognito.update_user_pool, UserPoolId=person.pool, DeletionProtection="INACTIVE"
    )
    assert answer == (
        "InvalidParameterException",
        (
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in "
            "AutoVerifiedAttributes"
        ),
    )


def test_a_password_is_needed_in_any_case(local_aws: LocalAws) -> None:
    person = Person(local_aws, UsernameConfiguration={"CaseSensitive": False})
    answer = refusal(
        person.cognito.initiate_auth,
        ClientId=person.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": ADA.upper(), "PASSWORD": PASSWORD.upper()},
    )
    assert answer[0] == "NotAuthorizedException"


WRITES_TOO_LITTLE = (
    "InvalidParameterException",
    "Invalid write attributes specified while creating a client",
)


@pytest.mark.parametrize(
    "attributes", [["name"], ["custom:shop"], ["email", "email_verified"], ["email", "sub"]]
)
@pytest.mark.verified_by("a_client_without_a_required_attribute")
def test_a_client_has_to_write_what_the_pool_requires_and_nothing_that_nobody_writes(
    local_aws: LocalAws, attributes: list[str]
) -> None:
    person = Person(local_aws, Schema=[{"Name": "email", "Required": True, "Mutable": True}])
    client: Any = {"UserPoolId": person.pool, "ClientName": "web"}
    create = person.cognito.create_user_pool_client
    assert refusal(create, **client, WriteAttributes=attributes) == WRITES_TOO_LITTLE
    made = create(**client, WriteAttributes=["email", "name"])["UserPoolClient"]
    create(**client)
    code, message = refusal(
        person.cognito.update_user_pool_client,
        UserPoolId=person.pool,
        ClientId=made["ClientId"],
        WriteAttributes=attributes,
    )
    assert (code, "write attributes" in message) == ("InvalidParameterException", True)


def test_a_pool_with_a_domain_is_not_deleted(local_aws: LocalAws) -> None:
    cognito = local_aws.client("cognito-idp", REGION)
    pool = cognito.create_user_pool(PoolName="pool")["UserPool"]["Id"]
    cognito.create_user_pool_domain(Domain="shop", UserPoolId=pool)
    code, said = refusal(cognito.delete_user_pool, UserPoolId=pool)
    assert code == "InvalidParameterException"
    assert "It has a domain configured" in said
    cognito.delete_user_pool_domain(Domain="shop", UserPoolId=pool)
    cognito.delete_user_pool(UserPoolId=pool)
