"""Fixtures for a CloudFormation that answers from a script."""

from collections.abc import Iterator

import pytest

from aws_setup.stacks import StackDeployer
from tests.aws_setup.cloudformation_stub import STACK, FakeTime, Script, client_of


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def scripted(script: Script, fake_time: FakeTime) -> Iterator[StackDeployer]:
    """A deployer whose CloudFormation is the script, and whose waits take no time."""
    with client_of(script) as client:
        yield StackDeployer(client, STACK, pace=fake_time.pace(limit_seconds=600))
