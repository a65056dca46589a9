"""What the page of one business asks of AWS, and how long it waits."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from django.test import Client

from tests.businesses.account import Account, business
from tests.businesses.onboardings import create_onboarding_table
from tests.businesses.pages.said import LIST, field

PAGE = f"{LIST}sub-0001/change/"
COGNITO_VARIABLE = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"


@pytest.fixture
def deployed(account: Account) -> Account:
    account.deploy()
    return account


class Together(BaseHTTPRequestHandler):
    """Answers as Cognito once two calls are under way, and not before."""

    barrier: ClassVar[threading.Barrier]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.barrier.wait(20)
        body = json.dumps({"Groups": [{"GroupName": "businesses"}], "Users": []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent."""


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Cognito that answers two calls at a time only."""
    Together.barrier = threading.Barrier(2)
    with ThreadingHTTPServer(("127.0.0.1", 0), Together) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv(COGNITO_VARIABLE, f"http://127.0.0.1:{server.server_port}")
        yield
        server.shutdown()
        thread.join()


def test_the_page_costs_five_calls_cold_and_three_warm(account: Account, viewer: Client) -> None:
    account.deploy(
        BusinessTableName=account.table_name,
        UserPoolId=account.user_pool_id,
        OnboardingTableName=create_onboarding_table(account.dynamodb),
    )
    account.write([business(1)])
    account.create_user("sub-0001", "businesses")
    operations = ("DescribeStacks", "GetItem", "AdminListGroupsForUser", "ListUsers")
    other = ("AdminGetUser", "Query", "Scan", "DescribeTable", "BatchGetItem", "ListUsersInGroup")
    calls = account.aws.faults.calls
    before = [calls(operation) for operation in operations]

    def cost() -> list[int]:
        viewer.get(PAGE)
        return [calls(name) - start for name, start in zip(operations, before, strict=True)]

    assert cost() == [1, 2, 1, 1]
    assert cost() == [1, 4, 1, 2]
    assert [calls(operation) for operation in other] == [0] * len(other)


def test_groups_and_account_are_asked_for_at_the_same_time(
    deployed: Account, together: None, viewer: Client
) -> None:
    deployed.write([business(1)])
    response = viewer.get(PAGE)
    assert field(response, "groups") == "businesses"
    assert "does not list them yet" in field(response, "user")


@pytest.mark.usefixtures("as_impatient_as_staff")
def test_the_page_does_not_wait_long_for_a_cognito_that_is_silent(
    deployed: Account,
    viewer: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    deployed.write([business(1)])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv(COGNITO_VARIABLE, f"http://127.0.0.1:{silent.getsockname()[1]}")
        viewer.get(f"{LIST}nobody/change/")  # a process that is under way
        response = viewer.get(PAGE)
    # Of the page's own accord: a client that had given up would be "ReadTimeoutError".
    assert "The groups of 1 users are unknown: no answer in time" in caplog.messages
    assert field(response, "business_name") == "Business 1"
    assert field(response, "groups") == "unknown"
    assert "Cognito did not answer" in field(response, "user")
