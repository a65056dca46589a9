"""Fixtures for a CloudFormation that answers from a script."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from aws_setup.stack.change_sets import ChangeSets
from aws_setup.stack.stack import StackDeployer
from tests.aws_setup.cloudformation_stub import REGION, STACK, FakeTime, Script, client_of, serving
from tests.aws_setup.operator import Operator


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def scripted_client(script: Script) -> Iterator[Any]:
    """A client of CloudFormation, which answers from the script."""
    with client_of(script) as client:
        yield client


@pytest.fixture
def change_sets(scripted_client: Any, fake_time: FakeTime) -> ChangeSets:
    """Plans changes in the scripted CloudFormation; its waits take no time."""
    return ChangeSets(
        scripted_client, STACK, poll_interval=fake_time.poll_interval(limit_seconds=600)
    )


@pytest.fixture
def deployer(scripted_client: Any, fake_time: FakeTime) -> StackDeployer:
    """Executes changes in the scripted CloudFormation; its waits take no time."""
    return StackDeployer(
        scripted_client, STACK, poll_interval=fake_time.poll_interval(limit_seconds=600)
    )


@pytest.fixture
def endpoint(script: Script, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The variables that lead to a scripted AWS; they are in this environment too."""
    script.on("GetCallerIdentity", {"Account": "123456789012"})
    with serving(script) as url:
        variables = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "AKIA",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": REGION,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield variables


@pytest.fixture
def operator(script: Script) -> Iterator[Operator]:
    """Somebody who deploys with a CloudFormation that answers from the script."""
    script.on("GetCallerIdentity", {"Account": "123456789012"})
    with ExitStack() as opened:
        yield Operator(lambda service: opened.enter_context(client_of(script, service)))
