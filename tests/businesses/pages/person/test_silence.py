"""The page of one person while AWS answers in part, or not at all."""

import socket
from typing import Any

import pytest
from django.test import Client

from businesses.pages.addresses import person_address
from tests.businesses.deployed import Deployed
from tests.businesses.pages.said import said

COGNITO_VARIABLE = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"


def page(browser: Client, sub: str) -> Any:
    response = browser.get(person_address(sub))
    assert response.status_code == 200
    return said(response)


@pytest.mark.usefixtures("as_impatient_as_staff")
def test_cognito_is_silent(
    deployed: Deployed, support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sub, [stuck] = deployed.sign_up(), deployed.stuck(1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv(COGNITO_VARIABLE, f"http://127.0.0.1:{silent.getsockname()[1]}")
        text = page(support, sub)
        assert "Cognito did not answer, so nothing is known about the user." in text
        assert "Business written Done" in text
        assert "In the group businesses Unknown" in text
        assert "Retry" in page(support, stuck)


def test_cognito_refuses_only_the_account(deployed: Deployed, support: Client) -> None:
    sub = deployed.sign_up()
    deployed.aws.faults.fail("ListUsers", "InternalErrorException", status=500, times=2)
    text = page(support, sub)
    assert "Cognito did not answer, so nothing is known about the user." in text
    assert "In the group businesses Done" in text


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("GetItem", "Their record and Business are unknown now. Reload to ask again."),
        ("Query", "Not all of their businesses are known now."),
    ],
)
def test_dynamodb_refuses(deployed: Deployed, support: Client, operation: str, said: str) -> None:
    sub = deployed.sign_up()
    code = "InternalServerError"
    deployed.aws.faults.fail(operation, code, status=500, times=4)
    text = page(support, sub)
    deployed.aws.faults.clear()
    assert said in text
    assert "Confirmed Done" in text
