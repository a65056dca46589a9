import json
import logging
import urllib.request

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from aws_setup.local.server import LocalAws
from tests.aws_setup.local.functions import create_function, permit_cognito, printed

REGION = "us-west-2"  # not the default of any client, so that nothing works by chance
EMAIL = "ada@example.com"
PASSWORD = "Correct-Horse-1"
PRINT_EVENT = (
    "import json\ndef handler(event, context):\n    print(json.dumps(event))\n    return event"
)
RAISE = "def handler(event, context):\n    raise RuntimeError('the table is gone')"


class Pool:
    """A pool with e-mail sign-in and one person who has signed up."""

    def __init__(self, aws: LocalAws, function_arn: str | None = None) -> None:
        self.aws = aws
        self.cognito = aws.client("cognito-idp", REGION)
        pool = self.cognito.create_user_pool(
            PoolName="pool",
            UsernameAttributes=["email"],
            AutoVerifiedAttributes=["email"],
            LambdaConfig={"PostConfirmation": function_arn} if function_arn else {},
        )["UserPool"]
        self.id, self.arn = pool["Id"], pool["Arn"]
        client = self.cognito.create_user_pool_client(UserPoolId=self.id, ClientName="web")
        self.client_id = client["UserPoolClient"]["ClientId"]

    def sign_up(self, email: str = EMAIL) -> str:
        return str(
            self.cognito.sign_up(
                ClientId=self.client_id,
                Username=email,
                Password=PASSWORD,
                UserAttributes=[{"Name": "email", "Value": email}],
            )["UserSub"]
        )

    def confirm(self, code: str, email: str = EMAIL, **more: dict[str, str]) -> None:
        self.cognito.confirm_sign_up(
            ClientId=self.client_id, Username=email, ConfirmationCode=code, **more
        )

    def user(self, email: str = EMAIL) -> tuple[str, dict[str, str]]:
        answer = self.cognito.admin_get_user(UserPoolId=self.id, Username=email)
        attributes = {item["Name"]: item["Value"] for item in answer["UserAttributes"]}
        return answer["UserStatus"], attributes


def error_of(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def pool(local_aws: LocalAws) -> Pool:
    return Pool(local_aws)


def pool_with(aws: LocalAws, code: str, *, timeout_seconds: int = 5, permit: bool = True) -> Pool:
    function_arn = create_function(aws, REGION, code, timeout_seconds=timeout_seconds)
    pool = Pool(aws, function_arn)
    if permit:
        permit_cognito(aws, REGION, function_arn, SourceArn=pool.arn)
    return pool


@pytest.mark.verified_by("confirmations_that_are_refused")
def test_a_wrong_code_is_refused_and_the_delivered_one_confirms(pool: Pool) -> None:
    sub = pool.sign_up()
    code = pool.aws.code_for(pool.id, sub)
    wrong = "000000" if code != "000000" else "000001"
    with pytest.raises(ClientError) as caught:
        pool.confirm(wrong)
    assert error_of(caught)[0] == "CodeMismatchException"
    assert pool.user()[0] == "UNCONFIRMED"
    pool.confirm(code)
    status, attributes = pool.user()
    assert (status, attributes["email_verified"]) == ("CONFIRMED", "true")


def test_the_log_line_of_a_code_names_the_address_that_it_went_to(
    pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "aws_setup.local"):
        sub = pool.sign_up()
    [line] = [record.getMessage() for record in caplog.records if "aws_setup" in record.name]
    code = pool.aws.code_for(pool.id, sub)
    assert line == f"Code {code} for user {sub} of pool {pool.id}, to {EMAIL}"


def test_a_resent_code_replaces_the_first(pool: Pool) -> None:
    sub = pool.sign_up()
    first = pool.aws.code_for(pool.id, sub)
    while pool.aws.code_for(pool.id, sub) == first:
        pool.cognito.resend_confirmation_code(ClientId=pool.client_id, Username=EMAIL)
    with pytest.raises(ClientError) as caught:
        pool.confirm(first)
    assert error_of(caught)[0] == "CodeMismatchException"
    pool.confirm(pool.aws.code_for(pool.id, sub))


def test_nobody_is_confirmed_twice(pool: Pool) -> None:
    sub = pool.sign_up()
    pool.confirm(pool.aws.code_for(pool.id, sub))
    already = ("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
    with pytest.raises(ClientError) as caught:
        pool.confirm(pool.aws.code_for(pool.id, sub))
    assert error_of(caught) == already
    with pytest.raises(ClientError) as caught:
        pool.cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username=EMAIL)
    assert error_of(caught) == already


def test_an_unsigned_confirmation_by_an_administrator_is_refused_first_of_all(pool: Pool) -> None:
    sub = pool.sign_up()
    pool.confirm(pool.aws.code_for(pool.id, sub))
    anonymous = boto3.client(
        "cognito-idp",
        region_name=REGION,
        endpoint_url=pool.aws.endpoint_url,
        config=Config(signature_version=UNSIGNED),
    )
    with pytest.raises(ClientError) as caught:
        anonymous.admin_confirm_sign_up(UserPoolId=pool.id, Username=EMAIL)
    assert error_of(caught)[0].startswith("MissingAuthenticationToken")
    anonymous.close()


@pytest.mark.verified_by("sign_ups_that_are_refused")
def test_a_client_writes_only_the_attributes_that_it_may(local_aws: LocalAws) -> None:
    pool = Pool(local_aws)
    pool.cognito.update_user_pool_client(
        UserPoolId=pool.id, ClientId=pool.client_id, WriteAttributes=["name"]
    )
    with pytest.raises(ClientError) as caught:
        pool.sign_up()
    assert error_of(caught) == (
        "NotAuthorizedException",
        "A client attempted to write unauthorized attribute",
    )


@pytest.mark.verified_by("sign_ups_that_are_refused")
def test_an_attribute_longer_than_the_schema_lets_it_be_is_refused(local_aws: LocalAws) -> None:
    pool = Pool(local_aws)
    pool.cognito.add_custom_attributes(
        UserPoolId=pool.id,
        CustomAttributes=[
            {
                "Name": "motto",
                "AttributeDataType": "String",
                "StringAttributeConstraints": {"MaxLength": "10"},
            }
        ],
    )

    def sign_up(motto: str) -> None:
        pool.cognito.sign_up(
            ClientId=pool.client_id,
            Username=EMAIL,
            Password=PASSWORD,
            UserAttributes=[
                {"Name": "email", "Value": EMAIL},
                {"Name": "custom:motto", "Value": motto},
            ],
        )

    with pytest.raises(ClientError) as caught:
        sign_up("onward and upward")
    code, message = error_of(caught)
    assert code == "InvalidParameterException"
    assert "custom:motto" in message
    sign_up("onward")


def test_a_forgotten_password_is_reset_with_its_own_code_and_fires_with_its_own_source(
    local_aws: LocalAws,
) -> None:
    pool = pool_with(local_aws, PRINT_EVENT)
    sub = pool.sign_up()
    pool.confirm(pool.aws.code_for(pool.id, sub))
    pool.cognito.forgot_password(ClientId=pool.client_id, Username=EMAIL)
    pool.cognito.confirm_forgot_password(
        ClientId=pool.client_id,
        Username=EMAIL,
        ConfirmationCode=pool.aws.code_for(pool.id, sub),
        Password="Another-Horse-2",
    )
    assert [event["triggerSource"] for event in printed(local_aws, REGION)] == [
        "PostConfirmation_ConfirmSignUp",
        "PostConfirmation_ConfirmForgotPassword",
    ]


def test_nobody_else_gets_a_code(pool: Pool) -> None:
    pool.sign_up()
    with pytest.raises(LookupError, match="no code was delivered to someone"):
        pool.aws.code_for(pool.id, "someone")


def test_confirm_sign_up_invokes_the_function_with_the_documented_event(
    local_aws: LocalAws,
) -> None:
    pool = pool_with(local_aws, PRINT_EVENT)
    sub = pool.sign_up()
    pool.confirm(local_aws.code_for(pool.id, sub), ClientMetadata={"campaign": "spring"})
    assert printed(local_aws, REGION) == [
        {
            "version": "1",
            "triggerSource": "PostConfirmation_ConfirmSignUp",
            "region": REGION,
            "userPoolId": pool.id,
            "userName": sub,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": pool.client_id,
            },
            "request": {
                "userAttributes": {
                    "sub": sub,
                    "email": EMAIL,
                    "email_verified": "true",
                    "cognito:user_status": "CONFIRMED",
                },
                "clientMetadata": {"campaign": "spring"},
            },
            "response": {},
        }
    ]


def test_admin_confirm_sign_up_invokes_the_function_and_verifies_nothing(
    local_aws: LocalAws,
) -> None:
    pool = pool_with(local_aws, PRINT_EVENT)
    pool.sign_up()
    pool.cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username=EMAIL)
    [event] = printed(local_aws, REGION)
    assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert event["request"]["userAttributes"].get("email_verified") != "true"


@pytest.mark.parametrize("wrong", ["none", "another pool", "another account"])
def test_without_a_matching_permission_the_function_is_not_invoked(
    local_aws: LocalAws, wrong: str
) -> None:
    pool = pool_with(local_aws, PRINT_EVENT, permit=False)
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:trigger"
    if wrong == "another pool":
        permit_cognito(local_aws, REGION, arn, SourceArn=f"{pool.arn}x")
    elif wrong == "another account":
        permit_cognito(local_aws, REGION, arn, SourceArn=pool.arn, SourceAccount="999999999999")
    sub = pool.sign_up()
    with pytest.raises(ClientError) as caught:
        pool.confirm(local_aws.code_for(pool.id, sub))
    assert error_of(caught) == (
        "UnexpectedLambdaException",
        "PostConfirmation invocation failed due to error AccessDeniedException.",
    )
    assert pool.user()[0] == "CONFIRMED"


@pytest.mark.verified_by("a_trigger_that_breaks_off")
def test_an_exception_in_the_function_reaches_the_person_who_is_confirmed_all_the_same(
    local_aws: LocalAws,
) -> None:
    pool = pool_with(local_aws, RAISE)
    sub = pool.sign_up()
    with pytest.raises(ClientError) as caught:
        pool.confirm(local_aws.code_for(pool.id, sub))
    assert error_of(caught) == (
        "UserLambdaValidationException",
        "PostConfirmation failed with error the table is gone.",
    )
    assert pool.user()[0] == "CONFIRMED"


def test_a_function_that_does_not_answer_is_invoked_three_times(local_aws: LocalAws) -> None:
    never = "import threading\ndef handler(event, context):\n    threading.Event().wait()"
    pool = pool_with(local_aws, never, timeout_seconds=1)
    sub = pool.sign_up()
    with pytest.raises(ClientError) as caught:
        pool.confirm(local_aws.code_for(pool.id, sub))
    message = "PostConfirmation invocation failed due to error Socket timeout while invoking Lambda"
    assert error_of(caught) == ("UnexpectedLambdaException", f"{message} function.")
    assert pool.user()[0] == "CONFIRMED"


def test_a_function_that_returns_something_else_than_the_event_is_refused(
    local_aws: LocalAws,
) -> None:
    pool = pool_with(local_aws, "def handler(event, context):\n    return 'done'")
    sub = pool.sign_up()
    with pytest.raises(ClientError) as caught:
        pool.confirm(local_aws.code_for(pool.id, sub))
    assert error_of(caught) == ("InvalidLambdaResponseException", "Unrecognizable lambda output")


def test_a_function_that_is_gone_is_an_unexpected_failure(local_aws: LocalAws) -> None:
    pool = pool_with(local_aws, PRINT_EVENT)
    local_aws.client("lambda", REGION).delete_function(FunctionName="trigger")
    sub = pool.sign_up()
    with pytest.raises(ClientError) as caught:
        pool.confirm(local_aws.code_for(pool.id, sub))
    assert error_of(caught)[0] == "UnexpectedLambdaException"


def test_a_pre_sign_up_trigger_that_confirms_fires_post_confirmation_at_once(
    local_aws: LocalAws,
) -> None:
    both = (
        "import json\ndef handler(event, context):\n    print(json.dumps(event))\n"
        "    if event['triggerSource'] == 'PreSignUp_SignUp':\n"
        "        event['response']['autoConfirmUser'] = True\n    return event"
    )
    pool = pool_with(local_aws, both)
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:trigger"
    pool.cognito.update_user_pool(
        UserPoolId=pool.id, LambdaConfig={"PreSignUp": arn, "PostConfirmation": arn}
    )
    pool.sign_up()
    assert [event["triggerSource"] for event in printed(local_aws, REGION)] == [
        "PreSignUp_SignUp",
        "PostConfirmation_ConfirmSignUp",
    ]


def test_the_pools_keys_are_public(pool: Pool) -> None:
    url = f"{pool.aws.endpoint_url}/{pool.id}/.well-known/jwks.json"
    with urllib.request.urlopen(url) as response:
        assert {key["kty"] for key in json.load(response)["keys"]} == {"RSA"}


@pytest.mark.parametrize(
    ("operation", "values", "member", "failure"),
    [
        (
            "list_users",
            {"Filter": f'email = "{"x" * 247}"'},
            "filter",
            "have length less than or equal to 256",
        ),
        (
            "list_users_in_group",
            {"GroupName": "x" * 129},
            "groupName",
            "have length less than or equal to 128",
        ),
        (
            "admin_list_groups_for_user",
            {"Username": "a b"},
            "username",
            r"satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+",
        ),
    ],
)
def test_strings_that_break_the_models_constraints_are_refused(
    pool: Pool, operation: str, values: dict[str, str], member: str, failure: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(pool.cognito, operation)(UserPoolId=pool.id, **values)
    detected = f"1 validation error detected: Value at '{member}' failed to satisfy constraint"
    message = f"{detected}: Member must {failure}"
    assert error_of(caught) == ("InvalidParameterException", message)


@pytest.mark.parametrize("by_themselves", [False, True])
def test_a_user_who_is_deleted_leaves_the_group_and_whoever_has_the_username_is_not_in_it(
    local_aws: LocalAws, by_themselves: bool
) -> None:
    cognito = local_aws.client("cognito-idp", REGION)
    pool = cognito.create_user_pool(PoolName="usernames")["UserPool"]["Id"]
    named = {"UserPoolId": pool, "Username": "ada"}
    group = {"UserPoolId": pool, "GroupName": "businesses"}
    cognito.create_group(**group)
    cognito.admin_create_user(**named, MessageAction="SUPPRESS")
    cognito.admin_add_user_to_group(**named, GroupName="businesses")
    if by_themselves:
        cognito.admin_set_user_password(**named, Password=PASSWORD, Permanent=True)
        client = cognito.create_user_pool_client(
            UserPoolId=pool, ClientName="web", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]
        tokens = cognito.initiate_auth(
            ClientId=client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        cognito.delete_user(AccessToken=tokens["AccessToken"])
    else:
        cognito.admin_delete_user(**named)
    cognito.admin_create_user(**named, MessageAction="SUPPRESS")
    assert cognito.list_users_in_group(**group)["Users"] == []
    assert cognito.admin_list_groups_for_user(**named)["Groups"] == []
