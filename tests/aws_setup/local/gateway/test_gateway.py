import socket
from typing import Any

import boto3
import pytest
import urllib3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from aws_setup.local.exceptions import LocalAwsError, PortTaken
from aws_setup.local.server import ACCOUNT_ID, LocalAws

REGION = "eu-west-1"
ONCE = Config(retries={"total_max_attempts": 1})
SERVICES = [
    ("cloudformation", "list_stacks"),
    ("dynamodb", "list_tables"),
    ("iam", "list_users"),
    ("lambda", "list_functions"),
    ("sts", "get_caller_identity"),
]


def refusal(aws: LocalAws, key: str, secret: str, service: str, method: str) -> str:
    client = boto3.client(  # type: ignore[call-overload]
        service,
        region_name=REGION,
        endpoint_url=aws.endpoint_url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )
    with pytest.raises(ClientError) as caught:
        getattr(client, method)()
    return str(caught.value.response["Error"]["Code"])


def test_the_administrator_is_the_root_of_the_account(local_aws: LocalAws) -> None:
    identity = local_aws.client("sts", REGION).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{ACCOUNT_ID}:root"


@pytest.mark.parametrize(("service", "method"), SERVICES)
def test_a_wrong_secret_is_refused_by_every_protocol(
    local_aws: LocalAws, service: str, method: str
) -> None:
    code = refusal(local_aws, local_aws.access_key_id, "wrong", service, method)
    assert code in {"SignatureDoesNotMatch", "InvalidSignatureException"}


@pytest.mark.parametrize("key", ["test", "000000000000", ACCOUNT_ID, "AKIAUNKNOWN234567"])
@pytest.mark.parametrize(("service", "method"), SERVICES)
def test_a_key_that_is_not_of_the_account_is_refused(
    local_aws: LocalAws, service: str, method: str, key: str
) -> None:
    code = refusal(local_aws, key, "test", service, method)
    assert code in {"InvalidClientTokenId", "UnrecognizedClientException"}


def test_an_unsigned_call_of_a_signed_operation_is_refused(local_aws: LocalAws) -> None:
    client = boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=local_aws.endpoint_url,
        config=Config(signature_version=UNSIGNED),
    )
    with pytest.raises(ClientError, match="MissingAuthenticationToken"):
        client.list_tables()


def test_an_iam_user_may_do_what_its_policy_says_and_no_more(local_aws: LocalAws) -> None:
    iam = local_aws.client("iam", REGION)
    iam.create_user(UserName="reader")
    iam.put_user_policy(
        UserName="reader",
        PolicyName="read",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
        '"Action":"dynamodb:ListTables","Resource":"*"}]}',
    )
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    client = boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=local_aws.endpoint_url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    assert client.list_tables()["TableNames"] == []
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_table(TableName="businesses")


def test_regions_are_apart(local_aws: LocalAws) -> None:
    for region in ("eu-west-1", "us-west-2"):
        local_aws.client("ssm", region).put_parameter(Name="where", Value=region, Type="String")
    for region in ("eu-west-1", "us-west-2"):
        parameter = local_aws.client("ssm", region).get_parameter(Name="where")["Parameter"]
        assert parameter["Value"] == region


@pytest.mark.parametrize(
    ("service", "method", "called", "code"),
    [
        ("dynamodb", "list_tables", "ListTables", "ThrottlingException"),
        ("cloudformation", "list_stacks", "ListStacks", "Throttling"),
        ("lambda", "list_functions", "lambda", "TooManyRequestsException"),
        ("s3", "list_buckets", "s3", "SlowDown"),
    ],
)
def test_a_fault_is_answered_in_the_protocol_of_its_service_and_then_gone(
    local_aws: LocalAws, service: Any, method: str, called: str, code: str
) -> None:
    local_aws.faults.fail(called, code, message="Less & <slower>", status=429)
    client = local_aws.client(service, REGION, ONCE)
    with pytest.raises(ClientError) as caught:
        getattr(client, method)()
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, "Less & <slower>")
    getattr(client, method)()
    assert local_aws.faults.calls(called) == 2


def test_a_connection_can_be_lost(local_aws: LocalAws) -> None:
    local_aws.faults.lose_connection("ListTables")
    client = local_aws.client("dynamodb", REGION, ONCE)
    with pytest.raises(ConnectionClosedError):
        client.list_tables()


def test_a_connection_can_be_lost_after_the_call_has_had_its_effect(local_aws: LocalAws) -> None:
    client = local_aws.client("ssm", REGION, ONCE)
    local_aws.faults.lose_connection("PutParameter", is_late=True)
    with pytest.raises(ConnectionClosedError):
        client.put_parameter(Name="p", Value="1", Type="String")
    assert client.get_parameter(Name="p")["Parameter"]["Value"] == "1"


def test_a_fault_can_wait_for_a_later_call_of_any_operation(local_aws: LocalAws) -> None:
    client = local_aws.client("dynamodb", REGION, ONCE)
    local_aws.faults.fail("", "ThrottlingException", after=2)
    client.list_tables()
    client.describe_limits()
    assert local_aws.faults.waiting == 1
    with pytest.raises(ClientError, match="ThrottlingException"):
        client.list_backups()
    assert local_aws.faults.waiting == 0
    assert local_aws.faults.history == ["ListTables", "DescribeLimits", "ListBackups"]


def test_a_second_server_in_the_process_is_refused(local_aws: LocalAws) -> None:
    with pytest.raises(LocalAwsError, match="already runs an embedded AWS"), LocalAws():
        pass


def test_a_taken_port_is_named_with_its_mend() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = PortTaken(port)
        assert str(port) in str(error)
        assert "--port" in error.hint


@pytest.mark.parametrize(
    "path",
    [
        "/_ministack/config",
        "/_ministack/reset",
        "/_ministack/health",
        "/_localstack/health",
        "/health",
        "/v1/apis/any/graphql",
    ],
)
def test_what_aws_does_not_have_is_not_there(local_aws: LocalAws, path: str) -> None:
    local_aws.client("ssm", REGION).put_parameter(Name="kept", Value="x", Type="String")
    with urllib3.PoolManager() as http:
        for method in ("GET", "POST", "OPTIONS"):
            response = http.request(method, local_aws.endpoint_url + path, body=b"{}")
            assert response.status == 404
            assert "access-control-allow-origin" not in response.headers
    assert local_aws.client("ssm", REGION).get_parameter(Name="kept")["Parameter"]["Value"] == "x"


def test_a_websocket_to_anything_but_a_real_time_endpoint_is_refused(local_aws: LocalAws) -> None:
    port = int(local_aws.endpoint_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            b"GET /graphql HTTP/1.1\r\nHost: x.appsync-api.eu-west-1.amazonaws.com\r\n"
            b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert connection.recv(64).startswith(b"HTTP/1.1 403")


def test_a_header_need_not_be_utf_8(local_aws: LocalAws) -> None:
    with urllib3.PoolManager() as http:
        headers = {"x-note": "caf\xe9"}
        response = http.request("POST", local_aws.endpoint_url + "/", headers=headers)
    assert response.status < 500
