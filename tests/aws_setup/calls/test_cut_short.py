"""An answer that was cut short is a lost one, whichever of AWS's protocols it comes in."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from aws_setup.calls.clients import aws_session, translated_errors
from aws_setup.exceptions import AwsUnreachable
from aws_setup.local.server import LocalAws

TRIES = 3
CONFIG = Config(retries={"total_max_attempts": TRIES})
# DynamoDB and Cognito speak JSON, CloudFormation and STS the XML of the Query protocol.
CALLS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "ListTables": ("dynamodb", lambda client: client.list_tables()["TableNames"]),
    "ListUserPools": (
        "cognito-idp",
        lambda client: client.list_user_pools(MaxResults=1)["UserPools"],
    ),
    "DescribeStacks": ("cloudformation", lambda client: client.describe_stacks()["Stacks"]),
    "GetCallerIdentity": ("sts", lambda client: client.get_caller_identity()["Account"]),
}


@pytest.fixture(params=CALLS)
def call(aws_environment: LocalAws, request: pytest.FixtureRequest) -> Iterator[Callable[[], Any]]:
    """Make one call; its `__name__` is the operation's."""
    service, ask = CALLS[request.param]
    session: Any = aws_session()
    with closing(session.client(service, config=CONFIG)) as client:

        def made() -> Any:
            return ask(client)

        made.__name__ = request.param
        yield made


def test_the_call_is_made_again(call: Callable[[], Any], local_aws: LocalAws) -> None:
    whole = call()
    local_aws.faults.clear()
    local_aws.faults.cut_short(call.__name__, times=TRIES - 1)
    assert call() == whole
    assert local_aws.faults.calls(call.__name__) == TRIES


def test_in_the_end_the_answer_is_lost(call: Callable[[], Any], local_aws: LocalAws) -> None:
    local_aws.faults.cut_short(call.__name__, times=TRIES)
    with pytest.raises(ConnectionClosedError):
        call()
    assert local_aws.faults.calls(call.__name__) == TRIES


def test_it_is_told_as_a_lost_connection(call: Callable[[], Any], local_aws: LocalAws) -> None:
    local_aws.faults.cut_short(call.__name__, times=TRIES)
    with pytest.raises(AwsUnreachable, match="may have taken effect"), translated_errors():
        call()


def test_an_error_that_is_cut_short_is_lost_too(aws_environment: LocalAws) -> None:
    with closing(aws_session().client("dynamodb", config=CONFIG)) as client:
        aws_environment.faults.cut_short("DescribeTable", times=TRIES)
        with pytest.raises(ConnectionClosedError):
            client.describe_table(TableName="nowhere")


def test_an_empty_answer_is_whole(aws_environment: LocalAws) -> None:
    with closing(aws_session().client("cognito-idp")) as client:
        pool = client.create_user_pool(PoolName="p")["UserPool"]["Id"]
        client.delete_user_pool(UserPoolId=pool)
    assert aws_environment.faults.calls("DeleteUserPool") == 1


def test_a_streamed_body_is_the_readers_to_check(aws_environment: LocalAws) -> None:
    place: Any = {"Bucket": "templates", "Key": "one"}
    configuration: Any = {"LocationConstraint": "eu-central-1"}
    with closing(aws_session().client("s3", config=CONFIG)) as client:
        client.create_bucket(Bucket="templates", CreateBucketConfiguration=configuration)
        client.put_object(**place, Body=b"whole")
        assert client.get_object(**place)["Body"].read() == b"whole"


def test_a_head_has_no_body_and_lacks_none(aws_environment: LocalAws) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        with closing(aws_session().client("s3", config=CONFIG, endpoint_url=endpoint)) as client:
            assert client.head_object(Bucket="templates", Key="one")["ContentLength"] == 5
        thread.join()
