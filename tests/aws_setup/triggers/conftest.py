"""A stub of AWS, and the trigger in a new container that calls it."""

from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.aws_setup.triggers.lambda_runtime import new_container, set_environment
from tests.aws_setup.triggers.stub_aws import StubAws


@pytest.fixture
def stub() -> Iterator[StubAws]:
    with StubAws() as server:
        yield server


@pytest.fixture
def trigger(stub: StubAws, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    set_environment(monkeypatch, AWS_ENDPOINT_URL=stub.endpoint_url)
    return new_container()
