import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from aws_setup.local.server import ACCOUNT_ID, LocalAws
from tests.aws_setup.local.appsync.support import REGION, DeployedApi, client, policy, trust

SCHEMA = "type Query { call: AWSJSON }"


class Stub(ThreadingHTTPServer):
    """A server that records what it is asked and answers 418 with two headers of one name."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), StubHandler)
        self.requests: list[dict[str, Any]] = []
        self.silent = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class StubHandler(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append(
            {
                "method": self.command,
                "path": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": body.decode(),
            }
        )
        self.send_response(418)
        self.send_header("X-Tea", "green")
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"tea")

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def code(request: Any) -> str:
    return f"""
      export function request(ctx) {{ return {json.dumps(request)}; }}
      export function response(ctx) {{ return {{ result: ctx.result, error: ctx.error }}; }}
    """


def call(api: DeployedApi, request: Any, **config: Any) -> Any:
    role = config.pop("role", None)
    arn = {"serviceRoleArn": role} if role else {}
    api.resolver(
        "Query.call", code(request), source=api.source("Web", "HTTP", httpConfig=config, **arn)
    )
    return api.ask("{ call }")


def answered(answer: Any) -> Any:
    assert not answer.errors
    return json.loads(answer.data["call"])


def signing(service: str) -> dict[str, Any]:
    aws = {"signingRegion": REGION, "signingServiceName": service}
    return {"authorizationType": "AWS_IAM", "awsIamConfig": aws}


@pytest.fixture
def api(local_aws: LocalAws) -> DeployedApi:
    return DeployedApi(local_aws, SCHEMA)


def test_any_status_is_a_result_and_no_error(api: DeployedApi, stub: Stub) -> None:
    request = {
        "method": "PUT",
        "resourcePath": "/v1/cups",
        "params": {
            "query": {"size": "big", "of": ["a", "b c"]},
            "headers": {"content-type": "application/json", "x-n": 1},
            "body": {"hot": True},
        },
    }
    found = answered(call(api, request, endpoint=f"{stub.url}/api/"))
    assert found["result"]["statusCode"] == 418
    assert found["result"]["headers"]["X-Tea"] == "green"
    assert found["result"]["body"] == "tea"
    assert "error" not in found
    (seen,) = stub.requests
    assert (seen["method"], seen["path"]) == ("PUT", "/api/v1/cups?size=big&of=a&of=b+c")
    assert (seen["body"], seen["headers"]["x-n"]) == ('{"hot": true}', "1")
    assert seen["headers"]["host"] == f"127.0.0.1:{stub.server_port}"
    assert "authorization" not in seen["headers"]


def test_text_is_sent_as_it_is(api: DeployedApi, stub: Stub) -> None:
    request = {"method": "POST", "resourcePath": "/", "params": {"body": "plain"}}
    call(api, request, endpoint=stub.url)
    assert stub.requests[0]["body"] == "plain"


def test_a_request_to_another_host_is_signed_with_the_roles_session(
    api: DeployedApi, stub: Stub
) -> None:
    role = api.role("web", policy("*", "*"))
    request = {"method": "GET", "resourcePath": "/"}
    authorization = signing("execute-api")
    call(api, request, endpoint=stub.url, role=role, authorizationConfig=authorization)
    headers = stub.requests[0]["headers"]
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=ASIA")
    assert f"/{REGION}/execute-api/aws4_request" in headers["authorization"]
    assert headers["x-amz-security-token"]


ADD_USER: dict[str, Any] = {
    "method": "POST",
    "resourcePath": "/",
    "params": {
        "headers": {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "AWSCognitoIdentityProviderService.AdminAddUserToGroup",
        },
    },
}


class Cognito:
    """A pool with one user and one group, as a data source of the API."""

    def __init__(self, api: DeployedApi) -> None:
        self.api = api
        self.client = client(api.aws, "cognito-idp")
        self.pool = self.client.create_user_pool(PoolName="p")["UserPool"]
        self.client.admin_create_user(UserPoolId=self.pool["Id"], Username="ada")
        self.client.create_group(UserPoolId=self.pool["Id"], GroupName="members")

    def call(self, role: str, username: str = "ada") -> Any:
        body = {"UserPoolId": self.pool["Id"], "Username": username, "GroupName": "members"}
        request = {**ADD_USER, "params": {**ADD_USER["params"], "body": body}}
        endpoint = f"https://cognito-idp.{REGION}.amazonaws.com"
        authorization = signing("cognito-idp")
        return call(
            self.api, request, endpoint=endpoint, role=role, authorizationConfig=authorization
        )

    def groups(self) -> list[str]:
        answer = self.client.admin_list_groups_for_user(UserPoolId=self.pool["Id"], Username="ada")
        return [group["GroupName"] for group in answer["Groups"]]


def test_an_aws_endpoint_is_the_embedded_one(api: DeployedApi) -> None:
    cognito = Cognito(api)
    role = api.role("web", policy("cognito-idp:AdminAddUserToGroup", cognito.pool["Arn"]))
    result = answered(cognito.call(role))["result"]
    assert result["statusCode"] == 200
    assert cognito.groups() == ["members"]


def test_an_error_of_the_service_is_a_result(api: DeployedApi) -> None:
    cognito = Cognito(api)
    role = api.role("web", policy("cognito-idp:*", cognito.pool["Arn"]))
    result = answered(cognito.call(role, username="bob"))["result"]
    assert result["statusCode"] == 400
    assert json.loads(result["body"])["__type"] == "UserNotFoundException"


def test_throttling_of_the_service_is_a_result(api: DeployedApi) -> None:
    cognito = Cognito(api)
    role = api.role("web", policy("cognito-idp:*", cognito.pool["Arn"]))
    api.aws.faults.fail("AdminAddUserToGroup", "TooManyRequestsException")
    result = answered(cognito.call(role))["result"]
    assert json.loads(result["body"])["__type"] == "TooManyRequestsException"
    assert cognito.groups() == []


def test_what_the_role_may_not_is_denied(api: DeployedApi) -> None:
    cognito = Cognito(api)
    role = api.role("web", policy("cognito-idp:AdminGetUser", "*"))
    result = answered(cognito.call(role))["result"]
    assert json.loads(result["body"])["__type"].endswith("AccessDeniedException")
    assert cognito.groups() == []


@pytest.mark.parametrize(
    "trusted",
    [
        trust("lambda.amazonaws.com"),
        trust("appsync.amazonaws.com", StringEquals={"aws:SourceAccount": "000000000000"}),
        json.dumps(
            {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:TagSession"}}
        ),
    ],
)
def test_a_role_that_does_not_trust_appsync_is_not_assumed(api: DeployedApi, trusted: str) -> None:
    cognito = Cognito(api)
    role = api.role("web", policy("cognito-idp:*", "*"), trusted)
    assert answered(cognito.call(role))["error"] == {
        "message": f"Unable to assume role {role}.",
        "type": "UnauthorizedException",
    }
    assert cognito.groups() == []


def test_a_role_that_trusts_appsync_of_this_account_is_assumed(api: DeployedApi) -> None:
    cognito = Cognito(api)
    trusted = trust("appsync.amazonaws.com", StringEquals={"aws:SourceAccount": ACCOUNT_ID})
    answered(cognito.call(api.role("web", policy("cognito-idp:*", "*"), trusted)))
    assert cognito.groups() == ["members"]


def test_a_role_that_is_gone_is_not_assumed(api: DeployedApi) -> None:
    role = f"arn:aws:iam::{ACCOUNT_ID}:role/gone"
    assert answered(Cognito(api).call(role))["error"]["type"] == "UnauthorizedException"


def test_a_connection_that_fails_is_an_error(api: DeployedApi) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = answered(
        call(api, {"method": "GET", "resourcePath": "/"}, endpoint=f"http://127.0.0.1:{port}")
    )
    assert found["error"]["type"] == "Http:IOException"
    assert found["error"]["message"].startswith(f"127.0.0.1:{port} did not answer")
    assert found["result"] is None


def test_a_connection_that_breaks_is_an_error(api: DeployedApi) -> None:
    cognito = Cognito(api)
    role = api.role("web", policy("cognito-idp:*", "*"))
    api.aws.faults.lose_connection("AdminAddUserToGroup")
    assert answered(cognito.call(role))["error"]["type"] == "Http:IOException"


def test_a_server_that_does_not_answer_in_time_is_an_error(api: DeployedApi) -> None:
    from aws_setup.local.appsync import deployed
    from aws_setup.local.appsync.data_sources import requests as data_sources
    from aws_setup.local.appsync.errors import DataSourceFailed

    network = data_sources.Network(
        endpoint_url=api.aws.endpoint_url, connect_timeout_seconds=0.05, read_timeout_seconds=0.05
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        api.source("Web", "HTTP", httpConfig={"endpoint": endpoint})
        found = deployed.load(api.api_id, ACCOUNT_ID, REGION)
        assert found is not None
        with pytest.raises(DataSourceFailed, match=r"did not answer: .*timed out"):
            data_sources.call(
                found,
                found.data_sources["Web"],
                {"method": "GET", "resourcePath": "/"},
                network,
            )


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"resourcePath": "/"}, "Value for field '$[method]' not found."),
        ({"method": "GET"}, "Value for field '$[resourcePath]' not found."),
        ({"method": "TRACE", "resourcePath": "/"}, "The HTTP method 'TRACE' is not supported"),
        ({"method": "GET", "resourcePath": "/", "retry": 1}, "Unsupported element '$[retry]'."),
        (
            {"method": "GET", "resourcePath": "/", "params": {"cookies": {}}},
            "Unsupported element '$[params][cookies]'.",
        ),
        (
            {"method": "GET", "resourcePath": "/", "params": {"headers": {"Host": "x"}}},
            "Unsupported element '$[params][headers][Host]'.",
        ),
        ({"method": "GET", "resourcePath": "/", "params": []}, "'$[params]' is not an object."),
    ],
)
def test_a_request_that_appsync_would_not_send_fails_the_field(
    api: DeployedApi, stub: Stub, request_: Any, message: str
) -> None:
    answer = call(api, request_, endpoint=stub.url)
    assert answer.error["message"].startswith(message)
    assert not stub.requests


def test_an_unknown_kind_of_signature_fails_by_its_name(api: DeployedApi, stub: Stub) -> None:
    answer = call(
        api,
        {"method": "GET", "resourcePath": "/"},
        endpoint=stub.url,
        authorizationConfig={"authorizationType": "BASIC"},
    )
    assert answer.error["message"].startswith("The HTTP authorization type BASIC is not supported")
