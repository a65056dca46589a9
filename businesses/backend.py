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
from businesses.cognito import GROUP_CALLS_PER_SECOND, UserDirectory
from businesses.consoles import Place
from businesses.dynamodb import BusinessTable
from businesses.exceptions import (
    BackendUnavailable,
    BusinessesError,
    CannotCombine,
    TableMissing,
    UserPoolMissing,
)
from businesses.pace import Pace
from businesses.paging import Cursor, Page, read_page
from businesses.records import Business, Membership, User
from businesses.search import Plan

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

TABLE, POOL = "BusinessTableName", "UserPoolId"  # outputs of the stack
OUTPUTS_SECONDS = 300
COUNT_SECONDS = 300
GROUP_CALLS_AT_ONCE = 16

# Shares of the deadline. What a page can do without gets less of it.
GROUPS_SHARE = READ_SHARE = 0.8
COUNT_SHARE = CONNECT_SHARE = 0.4


class Backend:
    """The table and the user pool of one stack, found through the stack's outputs.

    Safe to share between threads. No error of boto3 or of aws_setup comes out of it.
    deadline_seconds: how long a person waits for an answer of AWS before the page says that none
    comes; the clients' own limits bound what goes on behind it. clock: seconds, monotonic; it ages
    the outputs.
    """

    def __init__(
        self,
        stack_name: str,
        region: str,
        *,
        deadline_seconds: float = 2.5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stack_name = stack_name
        self._region = region
        self._deadline = deadline_seconds
        self._client_config = Config(
            connect_timeout=deadline_seconds * CONNECT_SHARE,
            read_timeout=deadline_seconds * READ_SHARE,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=GROUP_CALLS_AT_ONCE,
        )
        self._clock = clock
        self._lock = threading.RLock()
        self._session: boto3.Session | None = None
        self._clients: dict[str, Any] = {}
        self._outputs: Mapping[str, str] = {}
        self._outputs_read_at = clock()
        self._questions = ThreadPoolExecutor(GROUP_CALLS_AT_ONCE, "backend")
        self._group_calls = ThreadPoolExecutor(GROUP_CALLS_AT_ONCE, "groups")
        self._pace = Pace(GROUP_CALLS_PER_SECOND)

    def page(self, plan: Plan, cursor: Cursor, limit: int) -> Page:
        """Read one page of a list.

        Raises BackendUnavailable, TableMissing, IndexMissing, InvalidRecord, GroupMissing,
        GroupPageGone, or CannotCombine where the plan has a conflict.
        """
        if plan.conflict:
            raise CannotCombine(plan.conflict)

        def read(table: BusinessTable) -> Page:
            if not plan.group:
                return read_page(table, plan, cursor, limit)
            members = self._directory().members(plan.group, limit, cursor.token)
            return members.page(table.get_many(members.subs))

        return self._ask_table(read)

    def get(self, record_id: str) -> Business | None:
        """Read one business. Raises BackendUnavailable, TableMissing or InvalidRecord."""
        return self._ask_table(lambda table: table.get(record_id))

    def get_many(self, record_ids: Iterable[str]) -> list[Business]:
        """Read those of some businesses that exist, 100 in a call. Raises what `get` raises."""
        return list(self._ask_table(lambda table: table.get_many(record_ids)).values())

    def approximate_count(self) -> int | None:
        """Return how many businesses there were some hours ago; None when DynamoDB won't say."""
        key = f"businesses:count:{self._region}:{self._stack_name}"
        count: int | None = cache.get(key)
        if count is None:
            try:
                count = self._ask_table(BusinessTable.approximate_count, COUNT_SHARE)
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
            return self._renewing(lambda: self._within(1, self._directory).groups_of(names))
        except BusinessesError as error:
            logger.warning("The groups of %d users are unknown: %s", len(names), error)
            return dict.fromkeys(names)

    def find_user(self, username: str) -> User | None:
        """Return one user, None when the pool lists none of that name.

        Raises BackendUnavailable or UserPoolMissing.
        """
        return self._ask_pool(lambda pool: pool.find(username))

    def place(self) -> Place:
        """Return where records and users are. Raises BackendUnavailable."""

        def read() -> Place:
            partition: str = self.client("dynamodb").meta.partition
            table, pool = self._output(TABLE), self._output(POOL)
            return Place(partition, self._region, table, pool)

        return self._within(1, read)

    def group_names(self) -> tuple[str, ...]:
        """Return the names of the pool's groups; () when Cognito doesn't answer."""
        try:
            return self._ask_pool(UserDirectory.group_names, COUNT_SHARE)
        except BusinessesError as error:
            logger.warning("The names of the groups are unknown: %s", error)
            return ()

    def client(self, service: str) -> Any:
        """Return this process's one client of a service. Raises aws_setup's SettingMissing."""
        with self._lock:
            if self._session is None:
                self._session = aws_session(self._region)
            if service not in self._clients:
                self._clients[service] = self._session.client(  # type: ignore[call-overload]
                    service, config=self._client_config
                )
            return self._clients[service]

    def close(self) -> None:
        """Wait for the calls under way and close every connection."""
        self._questions.shutdown()
        self._group_calls.shutdown()
        self._forget_clients()

    def _ask_table(self, question: Callable[[BusinessTable], Answer], share: float = 1) -> Answer:
        def ask() -> Answer:
            return question(BusinessTable(self.client("dynamodb"), self._output(TABLE)))

        return self._within(share, lambda: self._renewing(ask))

    def _ask_pool(self, question: Callable[[UserDirectory], Answer], share: float = 1) -> Answer:
        return self._within(share, lambda: self._renewing(lambda: question(self._directory())))

    def _renewing(self, question: Callable[[], Answer]) -> Answer:
        """Ask once more where a stack may have got a new table or pool since it was looked at."""
        try:
            return question()
        except (TableMissing, UserPoolMissing):
            self._outputs = {}
            return question()

    def _directory(self) -> UserDirectory:
        return UserDirectory(
            self.client("cognito-idp"),
            self._output(POOL),
            cache=cache,
            executor=self._group_calls,
            pace=self._pace,
            timeout_seconds=self._deadline * GROUPS_SHARE,
        )

    def _within(self, share: float, question: Callable[[], Answer]) -> Answer:
        """Run a question in a thread and translate what goes wrong, its lateness included.

        share: of the deadline that the question may take.
        """
        seconds = self._deadline * share
        answer = self._questions.submit(question)
        try:
            with explained_aws_errors():
                return answer.result(seconds)
        except TimeoutError as error:
            raise BackendUnavailable(
                f"AWS did not answer within {seconds:g} seconds.",
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
    return Backend(
        settings.BACKEND_STACK_NAME,
        settings.AWS_REGION,
        deadline_seconds=settings.AWS_DEADLINE_SECONDS,
    )
