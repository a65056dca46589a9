"""The backend that the settings name: the only bridge between the admin and aws_setup."""

import functools
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.cache import cache

from aws_setup.clients import aws_session, explained_aws_errors
from aws_setup.exceptions import AwsSetupError, CredentialsUnusable
from aws_setup.stacks import StackDeployer
from businesses.cognito import UserDirectory
from businesses.dynamodb import BusinessTable, Cursor, Page
from businesses.exceptions import BackendUnavailable, BusinessesError, TableMissing, UserPoolMissing
from businesses.records import Business, Membership

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

OUTPUTS_SECONDS = 300
COUNT_SECONDS = 300
GROUP_CALLS_AT_ONCE = 16

# A person waits for the page, and must hear within 3 seconds that it won't come. The deadlines
# bound that wait; the clients' own limits bound what goes on behind it.
DEADLINE_SECONDS = 2.5
COUNT_DEADLINE_SECONDS = 1.0
CLIENT_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=GROUP_CALLS_AT_ONCE,
)


class Backend:
    """The table and the user pool of one stack, found through the stack's outputs.

    Safe to share between threads. No error of boto3 or of aws_setup comes out of it.
    clock: seconds, monotonic; it ages the outputs.
    """

    def __init__(
        self, stack_name: str, region: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stack_name = stack_name
        self._region = region
        self._clock = clock
        self._lock = threading.RLock()
        self._session: boto3.Session | None = None
        self._clients: dict[str, Any] = {}
        self._outputs: Mapping[str, str] = {}
        self._outputs_read_at = clock()
        self._questions = ThreadPoolExecutor(GROUP_CALLS_AT_ONCE, "backend")
        self._group_calls = ThreadPoolExecutor(GROUP_CALLS_AT_ONCE, "groups")

    def page(self, cursor: Cursor, limit: int) -> Page:
        """Read one page of businesses. Raises BackendUnavailable, TableMissing or InvalidRecord."""
        return self._ask_table(lambda table: table.page(cursor, limit))

    def get(self, record_id: str) -> Business | None:
        """Read one business. Raises BackendUnavailable, TableMissing or InvalidRecord."""
        return self._ask_table(lambda table: table.get(record_id))

    def approximate_count(self) -> int | None:
        """Return how many businesses there were some hours ago; None when DynamoDB won't say."""
        key = f"businesses:count:{self._region}:{self._stack_name}"
        count: int | None = cache.get(key)
        if count is None:
            try:
                count = self._ask_table(BusinessTable.approximate_count, COUNT_DEADLINE_SECONDS)
            except BusinessesError as error:
                logger.warning("The size of the table is unknown: %s", error)
                return None
            cache.set(key, count, COUNT_SECONDS)
        return count

    def groups_of(self, usernames: Iterable[str]) -> dict[str, Membership | None]:
        """Return what Cognito says of each user; None where it doesn't answer."""
        names = [name for name in dict.fromkeys(usernames) if name]
        if not names:
            return {}
        try:
            try:
                return self._within(DEADLINE_SECONDS, self._directory).groups_of(names)
            except UserPoolMissing:
                self._outputs = {}
                return self._within(DEADLINE_SECONDS, self._directory).groups_of(names)
        except BusinessesError as error:
            logger.warning("The groups of %d users are unknown: %s", len(names), error)
            return dict.fromkeys(names)

    def client(self, service: str) -> Any:
        """Return this process's one client of a service. Raises aws_setup's SettingMissing."""
        with self._lock:
            if self._session is None:
                self._session = aws_session(self._region)
            if service not in self._clients:
                self._clients[service] = self._session.client(  # type: ignore[call-overload]
                    service, config=CLIENT_CONFIG
                )
            return self._clients[service]

    def close(self) -> None:
        """Wait for the calls under way and close every connection."""
        self._questions.shutdown()
        self._group_calls.shutdown()
        self._forget_clients()

    def _ask_table(
        self, question: Callable[[BusinessTable], Answer], seconds: float = DEADLINE_SECONDS
    ) -> Answer:
        def ask() -> Answer:
            name = self._output("BusinessTableName")
            try:
                return question(BusinessTable(self.client("dynamodb"), name))
            except TableMissing:
                # The stack may have got a new table since its outputs were read.
                self._outputs = {}
                renewed = self._output("BusinessTableName")
                if renewed == name:
                    raise
                return question(BusinessTable(self.client("dynamodb"), renewed))

        return self._within(seconds, ask)

    def _directory(self) -> UserDirectory:
        return UserDirectory(
            self.client("cognito-idp"),
            self._output("UserPoolId"),
            cache=cache,
            executor=self._group_calls,
        )

    def _within(self, seconds: float, question: Callable[[], Answer]) -> Answer:
        """Run a question in a thread and translate what goes wrong, its lateness included."""
        answer = self._questions.submit(question)
        try:
            with explained_aws_errors():
                return answer.result(seconds)
        except TimeoutError as error:
            raise BackendUnavailable(
                f"AWS did not answer within {seconds} seconds.",
                "Try again. If it stays so, check the server's network and AWS_ENDPOINT_URL.",
            ) from error
        except CredentialsUnusable as error:
            self._forget_clients()  # so that renewed credentials are read without a restart
            raise BackendUnavailable(str(error), error.hint) from error
        except AwsSetupError as error:
            raise BackendUnavailable(str(error), error.hint) from error
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise BackendUnavailable(f"AWS refused {error.operation_name}: {code}.") from error
        except BotoCoreError as error:
            raise BackendUnavailable(f"The call to AWS failed: {error}") from error

    def _output(self, name: str) -> str:
        """Return one output of the stack, at most OUTPUTS_SECONDS old."""
        with self._lock:
            if not self._outputs or self._clock() - self._outputs_read_at > OUTPUTS_SECONDS:
                stack = StackDeployer(self.client("cloudformation"), self._stack_name)
                self._outputs = stack.outputs()
                self._outputs_read_at = self._clock()
            if name not in self._outputs:
                self._outputs = {}
                raise BackendUnavailable(
                    f"The stack {self._stack_name} has no output {name}.",
                    "Check AWS_REGION and BACKEND_STACK_NAME, then run `manage.py deploy_backend`.",
                )
            return self._outputs[name]

    def _forget_clients(self) -> None:
        with self._lock:
            clients, self._clients, self._session = self._clients, {}, None
        for client in clients.values():
            client.close()


@functools.lru_cache(maxsize=1)
def get_backend() -> Backend:
    """Return this process's one backend, as the settings name it."""
    return Backend(settings.BACKEND_STACK_NAME, settings.AWS_REGION)
