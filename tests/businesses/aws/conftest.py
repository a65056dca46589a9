"""The user directory of an account, for tests that talk to the embedded AWS."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from django.core.cache import cache

from businesses.aws.cognito.user_directory import UserDirectory
from tests.businesses.account import REGION, Account

LONG = 30  # seconds: what is tested is the answer, on a machine that may be busy


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as executor:
        yield executor


@pytest.fixture
def cognito(account: Account) -> Iterator[Any]:
    # The environment leads to the embedded AWS. One attempt: a fault is not retried away.
    client = boto3.Session().client(
        "cognito-idp",
        region_name=REGION,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=16
        ),
    )
    yield client
    client.close()


@pytest.fixture
def directory(account: Account, cognito: Any, executor: ThreadPoolExecutor) -> UserDirectory:
    return UserDirectory(
        cognito, account.user_pool_id, cache=cache, executor=executor, timeout_seconds=LONG
    )
