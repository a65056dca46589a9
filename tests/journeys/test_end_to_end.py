"""The pipeline, from SignUp to the Business record, through boto3 over HTTP at every step."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import jwt
import pytest
import urllib3
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.test import override_settings

from aws_setup.local.server import ACCOUNT_ID, LocalAws
from tests.deployment import deploy_beside
from tests.graphql import CREATE, GET, GraphqlClient
from tests.verify_aws.account import AwsAccount, account_of_the_environment

PASSWORD = "Correct-Horse-1979"
STACK = "onboarding-test"
numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    sub: str
    email: str


class Backend:
    """The deployed stack of one Region, used as a front end and an administrator use it."""

    aws: Any  # what an account lacks is used by tests of the embedded AWS alone

    def __init__(self, aws: LocalAws | AwsAccount, region: str, stack_name: str = STACK) -> None:
        self.aws, self.region = aws, region
        self.is_local = isinstance(aws, LocalAws)
        self.cognito = aws.client("cognito-idp", region)
        self.dynamodb = aws.client("dynamodb", region)
        cloudformation = aws.client("cloudformation", region)
        [stack] = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
        outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
        self.outputs: dict[str, str] = outputs
        self.pool_id, self.client_id = outputs["UserPoolId"], outputs["UserPoolClientId"]
        self.graphql = GraphqlClient(aws.endpoint_url, outputs["GraphqlUrl"], region)

    def sign_up(self, **attributes: str) -> Person:
        # Of Amazon SES's mailbox simulator, where the account is a real one.
        email = f"success+{next(numbers)}@simulator.amazonses.com"
        given = {"email": email, **attributes}
        answer = self.cognito.sign_up(
            ClientId=self.client_id,
            Username=email,
            Password=PASSWORD,
            UserAttributes=[{"Name": name, "Value": value} for name, value in given.items()],
        )
        return Person(sub=answer["UserSub"], email=email)

    def confirm(self, person: Person) -> None:
        if not self.is_local:  # nobody reads the mail with the code there
            self.cognito.admin_confirm_sign_up(UserPoolId=self.pool_id, Username=person.email)
            return
        self.cognito.confirm_sign_up(
            ClientId=self.client_id,
            Username=person.email,
            ConfirmationCode=self.aws.code_for(self.pool_id, person.sub),
        )

    def status(self, person: Person) -> str:
        user = self.cognito.admin_get_user(UserPoolId=self.pool_id, Username=person.sub)
        return str(user["UserStatus"])

    def groups(self, person: Person) -> list[str]:
        answer = self.cognito.admin_list_groups_for_user(
            UserPoolId=self.pool_id, Username=person.sub
        )
        return [group["GroupName"] for group in answer["Groups"]]

    def business(self, person: Person) -> dict[str, Any] | None:
        return self._item(self.outputs["BusinessTableName"], "id", person.sub)

    def onboarding(self, person: Person) -> dict[str, Any] | None:
        return self._item(self.outputs["OnboardingTableName"], "sub", person.sub)

    def _item(self, table: str, key: str, value: str) -> dict[str, Any] | None:
        asked = {"TableName": table, "Key": {key: {"S": value}}, "ConsistentRead": True}
        item: dict[str, Any] | None = self.dynamodb.get_item(**asked).get("Item")
        return item

    def tokens(self, person: Person) -> dict[str, str]:
        client = self.cognito.create_user_pool_client(
            UserPoolId=self.pool_id,
            ClientName="test",
            ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]
        return dict(
            self.cognito.admin_initiate_auth(
                UserPoolId=self.pool_id,
                ClientId=client["ClientId"],
                AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": person.email, "PASSWORD": PASSWORD},
            )["AuthenticationResult"]
        )

    def mutation_of(self, person: Person) -> dict[str, str]:
        return {
            "email": person.email,
            "groupName": "businesses",
            "name": "Forged",
            "sub": person.sub,
            "username": person.sub,
        }


@pytest.fixture(scope="module")
def aws(local_aws_server: LocalAws) -> LocalAws:
    """An account with the stack deployed in two Regions, by the operator's own command."""
    local_aws_server.reset()
    for region in ("eu-central-1", "us-west-2"):
        with override_settings(AWS_REGION=region, BACKEND_STACK_NAME=STACK):
            deploy_beside(local_aws_server, region)
    return local_aws_server


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    """The stack in the embedded AWS; with --stack that of the account of the environment."""
    if stack_name := request.config.getoption("--stack"):
        return Backend(account_of_the_environment(), settings.AWS_REGION, stack_name)
    aws: LocalAws = request.getfixturevalue("aws")
    aws.faults.clear()
    return Backend(aws, getattr(request, "param", "eu-central-1"))


@pytest.mark.also_on_aws
@pytest.mark.parametrize("backend", ["eu-central-1", "us-west-2"], indirect=True)
@pytest.mark.verified_by("a_confirmation_is_onboarded")
def test_a_sign_up_becomes_a_business_in_its_group(backend: Backend) -> None:
    before = datetime.now(UTC)
    person = backend.sign_up(**{"custom:business_name": "Kestrel Cycles"})
    assert backend.business(person) is None
    backend.confirm(person)
    assert backend.status(person) == "CONFIRMED"
    assert backend.groups(person) == ["businesses"]
    assert backend.onboarding(person) is None
    item = backend.business(person)
    assert item is not None
    created_at = item.pop("createdAt")
    assert item.pop("updatedAt") == created_at
    assert item == {
        "__typename": {"S": "Business"},
        "id": {"S": person.sub},
        "owner": {"S": f"{person.sub}::{person.sub}"},
        "name": {"S": "Kestrel Cycles"},
        "nameKey": {"S": "kestrel cycles"},
        "email": {"S": person.email},
        "emailKey": {"S": person.email},
        "groupName": {"S": "businesses"},
    }
    moment = datetime.strptime(created_at["S"], "%Y-%m-%dT%H:%M:%S.%f%z")
    assert created_at["S"].endswith("Z")
    assert len(created_at["S"]) == len("2026-11-23T12:00:00.000Z")
    off = timedelta(milliseconds=1) if backend.is_local else timedelta(minutes=1)
    assert before - off <= moment <= datetime.now(UTC) + off


@pytest.mark.also_on_aws
def test_an_administrator_confirms_with_the_same_effect(backend: Backend) -> None:
    person = backend.sign_up(name="Umber Works")
    backend.cognito.admin_confirm_sign_up(UserPoolId=backend.pool_id, Username=person.email)
    item = backend.business(person)
    assert item is not None
    assert item["name"] == {"S": "Umber Works"}


@pytest.mark.also_on_aws
@pytest.mark.verified_by("joining_a_group_twice_is_success")
def test_confirming_twice_at_once_gives_one_business(backend: Backend) -> None:
    person = backend.sign_up()
    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(backend.confirm, person) for _ in range(2)]
    refusals = [error for error in (each.exception() for each in tries) if error]
    assert all("NotAuthorizedException" in str(error) for error in refusals)
    assert len(refusals) < 2
    written = backend.business(person)
    assert written is not None
    # Two of Cognito's own attempts can overlap: the function runs twice with one event.
    event = _event(backend, person)
    function = backend.outputs["TriggerFunctionName"]
    client = backend.aws.client("lambda", backend.region)
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda _: client.invoke(FunctionName=function, Payload=json.dumps(event)), range(4)
            )
        )
    assert [json.load(answer["Payload"]) for answer in answers] == [event] * 4
    assert backend.business(person) == written
    assert backend.groups(person) == ["businesses"]
    assert backend.onboarding(person) is None


def _event(backend: Backend, person: Person) -> dict[str, Any]:
    return {
        "version": "1",
        "triggerSource": "PostConfirmation_ConfirmSignUp",
        "region": backend.region,
        "userPoolId": backend.pool_id,
        "userName": person.sub,
        "callerContext": {"awsSdkVersion": "x", "clientId": backend.client_id},
        "request": {
            "userAttributes": {
                "sub": person.sub,
                "email": person.email,
                "email_verified": "true",
                "cognito:user_status": "CONFIRMED",
            }
        },
        "response": {},
    }


def test_a_forgotten_password_changes_nothing(backend: Backend) -> None:
    person = backend.sign_up()
    backend.confirm(person)
    table, key = backend.outputs["BusinessTableName"], {"id": {"S": person.sub}}
    backend.dynamodb.delete_item(TableName=table, Key=key)
    backend.cognito.admin_remove_user_from_group(
        UserPoolId=backend.pool_id, Username=person.sub, GroupName="businesses"
    )
    backend.aws.faults.clear()
    backend.cognito.forgot_password(ClientId=backend.client_id, Username=person.email)
    backend.cognito.confirm_forgot_password(
        ClientId=backend.client_id,
        Username=person.email,
        ConfirmationCode=backend.aws.code_for(backend.pool_id, person.sub),
        Password="Another-Horse-1979",
    )
    assert backend.aws.faults.calls("GraphQL") == 0
    assert (backend.business(person), backend.groups(person)) == (None, [])
    assert backend.onboarding(person) is None


def assert_failed_once(backend: Backend, person: Person, error_type: str) -> None:
    """The person notices nothing, and staff will see why."""
    assert backend.status(person) == "CONFIRMED"
    assert backend.business(person) is None
    item = backend.onboarding(person)
    assert item is not None
    assert item["status"] == {"S": "FAILED"}
    assert item["source"] == {"S": "trigger"}
    assert item["reason"]["M"]["type"] == {"S": error_type}
    [attempt] = item["attempts"]["L"]
    assert attempt["M"]["by"] == {"S": "trigger"}
    assert attempt["M"]["type"] == {"S": error_type}
    arguments = {name: item[name]["S"] for name in ("email", "groupName", "name", "username")}
    assert arguments == {
        "email": person.email,
        "groupName": "businesses",
        "name": person.email.partition("@")[0],
        "username": person.sub,
    }


@pytest.mark.also_on_aws
@pytest.mark.verified_by("a_confirmation_without_its_group_is_recorded")
def test_a_group_that_is_gone_leaves_a_failed_onboarding(backend: Backend) -> None:
    pool = {"UserPoolId": backend.pool_id, "GroupName": "businesses"}
    backend.cognito.delete_group(**pool)
    try:
        person = backend.sign_up()
        backend.confirm(person)
    finally:
        backend.cognito.create_group(**pool)
    assert_failed_once(backend, person, "ResourceNotFoundException")


def test_a_group_that_is_not_allowed_leaves_a_failed_onboarding(backend: Backend) -> None:
    appsync = backend.aws.client("appsync", backend.region)
    api_id = backend.outputs["GraphqlUrl"].split("//")[1].split(".")[0]
    variables = appsync.get_graphql_api_environment_variables(apiId=api_id)["environmentVariables"]
    appsync.put_graphql_api_environment_variables(
        apiId=api_id, environmentVariables={**variables, "ALLOWED_GROUPS": "suppliers,partners"}
    )
    try:
        person = backend.sign_up()
        backend.confirm(person)
    finally:
        appsync.put_graphql_api_environment_variables(apiId=api_id, environmentVariables=variables)
    assert backend.groups(person) == []
    assert_failed_once(backend, person, "GroupNotAllowed")


CALLS_OF_COGNITO = pytest.mark.parametrize("call", ["AdminGetUser", "AdminAddUserToGroup"])


@CALLS_OF_COGNITO
def test_a_throttled_cognito_leaves_a_failed_onboarding(backend: Backend, call: str) -> None:
    person = backend.sign_up()
    backend.aws.faults.fail(call, "TooManyRequestsException", times=10)
    backend.confirm(person)
    backend.aws.faults.clear()
    assert_failed_once(backend, person, "TooManyRequestsException")


@CALLS_OF_COGNITO
def test_a_moment_of_throttling_is_outlived(backend: Backend, call: str) -> None:
    person = backend.sign_up()
    backend.aws.faults.fail(call, "TooManyRequestsException")
    backend.confirm(person)
    assert backend.business(person) is not None
    assert backend.onboarding(person) is None


@pytest.mark.verified_by("only_the_user_with_the_sub_is_onboarded")
def test_a_username_of_somebody_else_is_recorded_at_once_and_onboards_nobody(
    backend: Backend,
) -> None:
    """As if the person was deleted, and their username used again, before the trigger ran."""
    person, stranger = backend.sign_up(), backend.sign_up()
    event = _event(backend, person)
    event["userName"] = stranger.sub
    backend.aws.faults.clear()
    backend.aws.client("lambda", backend.region).invoke(
        FunctionName=backend.outputs["TriggerFunctionName"], Payload=json.dumps(event)
    )
    assert backend.aws.faults.calls("GraphQL") == 1
    assert backend.aws.faults.calls("AdminAddUserToGroup") == 0
    assert (backend.business(person), backend.business(stranger)) == (None, None)
    assert backend.groups(stranger) == []
    item = backend.onboarding(person)
    assert item is not None
    assert item["status"] == {"S": "FAILED"}
    assert item["reason"]["M"]["type"] == {"S": "UsernameOfAnotherUser"}
    assert len(item["attempts"]["L"]) == 1
    assert backend.onboarding(stranger) is None


def test_a_role_that_may_not_ask_for_the_user_onboards_nobody(backend: Backend) -> None:
    iam = backend.aws.client("iam", backend.region)
    [role] = (
        each["PhysicalResourceId"]
        for each in backend.aws.client("cloudformation", backend.region).describe_stack_resources(
            StackName=STACK, LogicalResourceId="CognitoDataSourceRole"
        )["StackResources"]
    )
    named = {"RoleName": role, "PolicyName": "add-user-to-group"}
    document = iam.get_role_policy(**named)["PolicyDocument"]
    allowed = json.loads(json.dumps(document))
    allowed["Statement"][0]["Action"] = "cognito-idp:AdminAddUserToGroup"
    iam.put_role_policy(**named, PolicyDocument=json.dumps(allowed))
    try:
        person = backend.sign_up()
        backend.confirm(person)
    finally:
        iam.put_role_policy(**named, PolicyDocument=json.dumps(document))
    assert backend.groups(person) == []
    assert_failed_once(backend, person, "AccessDeniedException")


def test_an_unreachable_api_leaves_a_failed_onboarding(backend: Backend) -> None:
    person = backend.sign_up()
    backend.aws.faults.lose_connection("GraphQL", times=10)
    backend.confirm(person)
    assert_failed_once(backend, person, "ConnectionBroken")


def test_when_even_the_record_fails_the_sign_up_is_answered_and_the_log_tells_who(
    backend: Backend,
) -> None:
    person = backend.sign_up()
    backend.aws.faults.fail("AdminAddUserToGroup", "TooManyRequestsException", times=10)
    backend.aws.faults.fail("UpdateItem", "InternalServerError", status=500, times=10)
    backend.confirm(person)
    assert backend.status(person) == "CONFIRMED"
    assert backend.onboarding(person) is None
    lines = [line for line in trigger_log(backend) if person.sub in line]
    assert any(json.loads(line)["level"] == "CRITICAL" for line in lines)


def trigger_log(backend: Backend) -> list[str]:
    logs = backend.aws.client("logs", backend.region)
    [stack] = backend.aws.client("cloudformation", backend.region).describe_stack_resources(
        StackName=STACK, LogicalResourceId="TriggerLogGroup"
    )["StackResources"]
    events = logs.filter_log_events(logGroupName=stack["PhysicalResourceId"])["events"]
    return [event["message"] for event in events]


def test_the_trigger_logs_nobodys_e_mail_address(backend: Backend) -> None:
    person = backend.sign_up()
    backend.confirm(person)
    lines = trigger_log(backend)
    assert any(person.sub in line for line in lines)
    assert not [line for line in lines if "@simulator" in line]


@pytest.mark.also_on_aws
def test_a_user_pool_token_is_refused_the_mutation(backend: Backend) -> None:
    person = backend.sign_up()
    backend.confirm(person)
    tokens = backend.tokens(person)
    for kind in ("IdToken", "AccessToken"):
        answer = backend.graphql.with_token(tokens[kind], CREATE, backend.mutation_of(person))
        assert answer.error_types == ["Unauthorized"]
        assert answer.data == {"createBusinessInGroup": None}
    item = backend.business(person)
    assert item is not None
    assert item["name"]["S"] != "Forged"


@pytest.mark.also_on_aws
def test_a_forged_token_is_refused_altogether(backend: Backend) -> None:
    person = backend.sign_up()
    backend.confirm(person)
    token = backend.tokens(person)["IdToken"]
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = jwt.encode(
        jwt.decode(token, options={"verify_signature": False}),
        key,
        algorithm="RS256",
        headers={"kid": jwt.get_unverified_header(token)["kid"]},
    )
    for query, variables in ((CREATE, backend.mutation_of(person)), (GET, {"id": person.sub})):
        answer = backend.graphql.with_token(forged, query, variables)
        assert (answer.status, answer.error_types) == (401, ["UnauthorizedException"])


WAYS_IN = {
    "another path of the same server": ("/v1/apis/{api}/graphql", "127.0.0.1", {}),
    "another service's header": ("/graphql", "{host}", {"x-amz-target": "A.ListTables"}),
    "the same on loopback": ("/graphql", "127.0.0.1", {"x-amz-target": "A.ListTables"}),
    "an encoded path": ("/%67raphql", "{host}", {}),
    "an encoded path on loopback": ("/%67raphql", "127.0.0.1", {}),
    "a host in capitals": ("/graphql", "{HOST}", {}),
    "a host with a port": ("/graphql", "{host}:443", {}),
}


@pytest.mark.parametrize("way", WAYS_IN)
@pytest.mark.parametrize("query", [CREATE, GET])
def test_there_is_no_other_way_in_for_a_forged_token(
    backend: Backend, way: str, query: str
) -> None:
    person = backend.sign_up()
    path, host, headers = WAYS_IN[way]
    api_host = urlsplit(backend.outputs["GraphqlUrl"]).netloc
    names = {"api": api_host.partition(".")[0], "host": api_host, "HOST": api_host.upper()}
    claims = {"sub": person.sub, "iss": "x", "token_use": "id", "exp": 4_000_000_000}
    forged = jwt.encode(claims, "a secret of somebody else's, long enough", algorithm="HS256")
    variables = {**backend.mutation_of(person), "id": person.sub}
    with urllib3.PoolManager() as http:
        response = http.request(
            "POST",
            backend.aws.endpoint_url + path.format(**names),
            body=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"host": host.format(**names), "authorization": forged, **headers},
        )
        assert response.status in {401, 404}
        assert b'"data"' not in response.data
    assert backend.business(person) is None


@pytest.mark.also_on_aws
def test_nobody_without_authorization_is_heard(backend: Backend) -> None:
    answer = backend.graphql.with_token("", GET, {"id": "x"})
    assert (answer.status, answer.error_types) == (401, ["UnauthorizedException"])


@pytest.mark.also_on_aws
def test_a_wrong_secret_is_refused_the_mutation(backend: Backend) -> None:
    person = backend.sign_up()
    wrong = Credentials(backend.aws.access_key_id, "wrong" * 8)
    answer = backend.graphql.signed(wrong, CREATE, backend.mutation_of(person))
    assert answer.status in {400, 401, 403}
    assert answer.data is None
    assert backend.business(person) is None


@pytest.mark.parametrize(
    ("field", "allowed"),
    [("createBusinessInGroup", True), ("somethingElse", False)],
)
def test_an_iam_user_needs_the_one_field_in_its_policy(
    backend: Backend, field: str, *, allowed: bool
) -> None:
    iam = backend.aws.client("iam", backend.region)
    api_id = backend.outputs["GraphqlUrl"].split("//")[1].split(".")[0]
    api = f"arn:aws:appsync:{backend.region}:{ACCOUNT_ID}:apis/{api_id}"
    iam.create_user(UserName=field)
    statement = {
        "Effect": "Allow",
        "Action": "appsync:GraphQL",
        "Resource": f"{api}/types/Mutation/fields/{field}",
    }
    iam.put_user_policy(
        UserName=field,
        PolicyName="call",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    key = iam.create_access_key(UserName=field)["AccessKey"]
    person = backend.sign_up()
    answer = backend.graphql.signed(
        Credentials(key["AccessKeyId"], key["SecretAccessKey"]),
        CREATE,
        backend.mutation_of(person),
    )
    if allowed:
        assert answer.body == {"data": {"createBusinessInGroup": True}}
    else:
        assert answer.error_types in (["Unauthorized"], ["UnauthorizedException"])
    assert (backend.business(person) is not None) == allowed


@pytest.mark.also_on_aws
@pytest.mark.verified_by("who_is_refused_and_how")
def test_an_owner_reads_its_own_business_and_nobody_elses(backend: Backend) -> None:
    owner, other = backend.sign_up(), backend.sign_up()
    backend.confirm(owner)
    backend.confirm(other)
    token = backend.tokens(owner)["IdToken"]
    own = backend.graphql.with_token(token, GET, {"id": owner.sub})
    assert own.data["getBusiness"]["email"] == owner.email
    foreign = backend.graphql.with_token(token, GET, {"id": other.sub})
    missing = backend.graphql.with_token(token, GET, {"id": "nobody"})
    for answer in (foreign, missing):
        assert answer.data == {"getBusiness": None}
        assert answer.error_types == ["Unauthorized"]


@pytest.mark.parametrize("action", ["dynamodb:Scan", "cognito-idp:AdminDeleteUser"])
def test_the_triggers_role_may_do_nothing_else(backend: Backend, action: str) -> None:
    service, operation = action.split(":")
    credentials = _role_session(backend, "TriggerRole")
    client = _client(backend, service, credentials)
    calls = {
        "Scan": lambda: client.scan(TableName=backend.outputs["OnboardingTableName"]),
        "AdminDeleteUser": lambda: client.admin_delete_user(
            UserPoolId=backend.pool_id, Username="x"
        ),
    }
    with pytest.raises(ClientError, match="AccessDenied"):
        calls[operation]()


def test_the_triggers_role_may_not_read_businesses(backend: Backend) -> None:
    person = backend.sign_up()
    backend.confirm(person)
    session = _role_session(backend, "TriggerRole")
    credentials = Credentials(
        session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]
    )
    answer = backend.graphql.signed(credentials, GET, {"id": person.sub})
    assert answer.error_types in (["Unauthorized"], ["UnauthorizedException"])
    assert not (answer.data or {}).get("getBusiness")


def _role_session(backend: Backend, logical_id: str) -> dict[str, str]:
    """Return the credentials of a session of one of the stack's roles."""
    iam = backend.aws.client("iam", backend.region)
    [resource] = backend.aws.client("cloudformation", backend.region).describe_stack_resources(
        StackName=STACK, LogicalResourceId=logical_id
    )["StackResources"]
    role = iam.get_role(RoleName=resource["PhysicalResourceId"])["Role"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=json.dumps(trust))
    try:
        session = backend.aws.client("sts", backend.region).assume_role(
            RoleArn=role["Arn"], RoleSessionName="test"
        )
    finally:
        iam.update_assume_role_policy(
            RoleName=role["RoleName"],
            PolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]),
        )
    return dict(session["Credentials"])


def _client(backend: Backend, service: str, credentials: dict[str, str]) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        region_name=backend.region,
        endpoint_url=backend.aws.endpoint_url,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
