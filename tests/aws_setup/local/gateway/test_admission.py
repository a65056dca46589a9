"""Which requests the gateway lets in, over plain HTTP."""

import http.client
from collections.abc import Mapping
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from aws_setup.local.server import LocalAws

REGION = "us-west-2"
SIGN_UP = {
    "x-amz-target": "AWSCognitoIdentityProviderService.SignUp",
    "content-type": "application/x-amz-json-1.1",
}
LIST_TABLES = {
    "x-amz-target": "DynamoDB_20120810.ListTables",
    "content-type": "application/x-amz-json-1.0",
}


def answer(
    aws: LocalAws,
    headers: Mapping[str, str],
    *,
    method: str = "POST",
    path: str = "/",
    body: bytes = b"{}",
) -> tuple[int, bool]:
    """Return the status of an answer, and whether pages of other origins can read it."""
    address = urlsplit(aws.endpoint_url).netloc
    with closing(http.client.HTTPConnection(address)) as connection:
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"host": address, "origin": "http://x", **headers}.items():
            connection.putheader(name, value)
        connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        response.read()
        return response.status, "access-control-allow-origin" in response.headers


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "x.amazonaws.com.evil.example", ""]
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("GET", "/a-bucket"), ("POST", "/appsync/r/a/graphql")]
)
def test_a_page_under_another_name_is_refused(
    local_aws: LocalAws, host: str, method: str, path: str
) -> None:
    asked = answer(local_aws, {**SIGN_UP, "host": host}, method=method, path=path)
    assert asked == (403, False)


@pytest.mark.parametrize("path", ["/health%0a", "/_ministack/reset%0a", "/graphql%0d", "/a%00b"])
def test_a_path_with_a_control_character_is_refused(local_aws: LocalAws, path: str) -> None:
    assert answer(local_aws, {}, path=path) == (400, False)


def test_a_websocket_under_another_name_is_refused(local_aws: LocalAws) -> None:
    upgrade = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    path = "/appsync/us-west-2/a/graphql/realtime"
    for host, status in (("evil.example", 403), ("127.0.0.1", 101)):
        asked = {**upgrade, "host": host}
        assert answer(local_aws, asked, method="GET", path=path, body=b"")[0] == status


def test_a_body_that_is_no_text_is_answered(local_aws: LocalAws) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert answer(local_aws, form, body=b"Action=\xff")[0] in {400, 404}


def test_pages_of_other_origins_read_cognito_and_not_the_rest(local_aws: LocalAws) -> None:
    assert answer(local_aws, {}, method="OPTIONS", body=b"") == (200, True)
    assert answer(local_aws, SIGN_UP)[1]
    assert answer(local_aws, LIST_TABLES) == (400, False)
    assert answer(local_aws, {}, method="GET", path="/a-bucket/key") == (404, False)
    preflight = answer(local_aws, {}, method="OPTIONS", path="/2015-03-31/functions", body=b"")
    assert preflight == (404, False)
    for service, asked in (("cognito-idp", (200, True)), ("dynamodb", (404, False))):
        host = {"host": f"{service}.{REGION}.amazonaws.com"}
        assert answer(local_aws, host, method="OPTIONS", body=b"") == asked
    api = answer(local_aws, {}, method="OPTIONS", path="/appsync/r/a/graphql", body=b"")
    assert api == (200, True)


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("sqs", "list_queues"),
        ("secretsmanager", "list_secrets"),
        ("ses", "list_identities"),
    ],
)
def test_a_service_that_nothing_uses_is_not_served(
    local_aws: LocalAws, service: str, call: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(local_aws.client(service, REGION), call)()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"


def test_a_request_that_is_too_long_is_refused(local_aws: LocalAws) -> None:
    assert answer(local_aws, SIGN_UP, body=b" " * (16 * 1024 * 1024 + 1)) == (413, False)
