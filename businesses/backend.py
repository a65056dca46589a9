"""The backend for pages: answers within a deadline, with one set of clients per process."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import TypeVar

from botocore.config import Config
from botocore.exceptions import ClientError
from django.conf import settings
from django.core.cache import cache

from businesses.aws.cognito.pool_calls import CALLS_AT_ONCE, PoolCalls
from businesses.aws.cognito.user_directory import UserDirectory
from businesses.aws.deadline import answer_within
from businesses.aws.shared_outputs import SharedOutputs
from businesses.aws.stack import POOL, Stack, translated_errors
from businesses.aws.tables.business_table import BusinessTable
from businesses.aws.tables.out_of_group import out_of_group_page
from businesses.concurrency.threads import Threads
from businesses.exceptions import (
    BusinessesError,
    CannotCombine,
    CredentialsRefused,
    TableMissing,
    UserPoolMissing,
)
from businesses.queries.business_plan import Plan
from businesses.queries.onboarding_plan import OnboardingPlan
from businesses.queries.paging import Cursor, Page, read_page
from businesses.records.business import Business
from businesses.records.drift import Drift
from businesses.records.identity import Identity, Membership
from businesses.records.onboarding import Onboarding, Person

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Asked = TypeVar("Asked")

QUESTIONS_AT_ONCE = 16

# Shares of the deadline. Answers that a page can do without get a smaller share.
GROUPS_SHARE = READ_SHARE = 0.8
COUNT_SHARE = CONNECT_SHARE = 0.4


class Backend:
    """The tables and the user pool of one stack, found through the stack's outputs.

    Safe to share between threads. It raises no error of boto3 or aws_setup.
    deadline_seconds: how long a page waits for AWS before it says that there was no answer; calls
    that go on after that end with the clients' own time limits. clock: seconds, monotonic; it
    determines the age of the outputs. shared: the outputs that other processes have read.
    """

    def __init__(
        self,
        stack_name: str,
        region: str,
        *,
        deadline_seconds: float = 2.5,
        clock: Callable[[], float] = time.monotonic,
        shared: SharedOutputs | None = None,
    ) -> None:
        self._deadline = deadline_seconds
        self._stack = Stack(
            stack_name,
            region,
            config=Config(
                connect_timeout=deadline_seconds * CONNECT_SHARE,
                read_timeout=deadline_seconds * READ_SHARE,
                retries={"mode": "standard", "total_max_attempts": 2},
                max_pool_connections=CALLS_AT_ONCE,
            ),
            clock=clock,
            shared=shared,
        )
        self._questions = Threads(QUESTIONS_AT_ONCE, "backend")
        self._pool_calls = PoolCalls()

    def business_page(self, plan: Plan, cursor: Cursor, limit: int) -> Page[Business]:
        """Read one page of the list of businesses.

        Raises BackendUnavailable, TableMissing, IndexMissing, GroupMissing, GroupPageGone, or
        CannotCombine if the plan has a conflict.
        """
        if plan.conflict:
            raise CannotCombine(plan.conflict)
        if plan.is_out_of_group:
            return self.ask(
                lambda stack: out_of_group_page(
                    stack.onboardings(), stack.businesses(), cursor, limit
                )
            )

        def read(table: BusinessTable) -> Page[Business]:
            if not plan.group:
                return read_page(table, plan, cursor, limit)
            members = self._directory().members(plan.group, limit, cursor.token)
            return members.page(table.get_many(members.subs))

        return self._ask_table(read)

    def onboarding_page(self, plan: OnboardingPlan, cursor: Cursor, limit: int) -> Page[Onboarding]:
        """Read one page of the list of onboardings. Raises BackendUnavailable or TableMissing."""
        return self.ask(lambda stack: read_page(stack.onboardings(), plan, cursor, limit))

    def get_business(self, record_id: str) -> Business | None:
        """Read one business. Raises BackendUnavailable or TableMissing."""
        return self._ask_table(lambda table: table.get(record_id))

    def get_businesses(self, record_ids: Iterable[str]) -> list[Business]:
        """Read the businesses with these ids that exist, 100 per call.

        Raises the errors of `get_business`.
        """
        return list(self._ask_table(lambda table: table.get_many(record_ids)).values())

    def known_groups_of(self, identities: Iterable[Identity]) -> dict[Identity, Membership]:
        """Return what is cached about these users, without asking Cognito."""
        return self._within(1, self._directory).memberships.cached(identities)

    def known_group_names(self) -> tuple[str, ...] | None:
        """Return the names of the pool's groups if they are cached, without asking Cognito."""
        return self._within(1, self._directory).known_group_names()

    def groups_of(
        self,
        identities: Iterable[Identity],
        *,
        fresh: bool = False,
        usernames: Mapping[str, str | None] | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
        compared: Sequence[Person] = (),
    ) -> dict[Identity, Membership | None]:
        """Return what Cognito says about each user who has a sub; None if it does not say.

        fresh: ask now and cache no answer; otherwise, answers may be a minute old. usernames: those
        that the pool is known to list, by sub; otherwise it is asked, within its quota. is_wanted:
        whether somebody still waits for the answers. compared: as in `Memberships.of`.
        """
        wanted = [each for each in dict.fromkeys(identities) if each.sub]
        return self._of_each(
            wanted,
            lambda pool: pool.memberships.of(
                wanted, fresh=fresh, usernames=usernames, is_wanted=is_wanted, compared=compared
            ),
        )

    def known_drifts_of(self, people: Iterable[Person]) -> dict[Person, Drift]:
        """Return what is cached about these records' data, without asking Cognito."""
        return self._within(1, self._directory).drifts.cached(people)

    def drifts_of(
        self, people: Iterable[Person], is_wanted: Callable[[], bool] = lambda: True
    ) -> dict[Person, Drift | None]:
        """Return how each record differs from what Cognito holds; None if it does not say."""
        wanted = [each for each in dict.fromkeys(people) if each.sub]
        return self._of_each(wanted, lambda pool: pool.drifts.of(wanted, is_wanted=is_wanted))

    def _of_each(
        self, wanted: list[Asked], question: Callable[[UserDirectory], dict[Asked, Answer | None]]
    ) -> dict[Asked, Answer | None]:
        if not wanted:
            return {}
        try:
            with translated_errors():
                return self._renewing(lambda: question(self._within(1, self._directory)))
        except BusinessesError as error:
            logger.warning("Cognito does not say how %d users are: %s", len(wanted), error)
            return dict.fromkeys(wanted)

    def group_names(self) -> tuple[str, ...]:
        """Return the names of the pool's groups; () if Cognito does not answer."""
        try:
            # Not among the questions: a silent Cognito would leave no thread for the tables.
            names = partial(self._renewing, lambda: self._directory().group_names())
            return self._within(COUNT_SHARE, names, self._pool_calls.groups)
        except BusinessesError as error:
            logger.warning("The names of the groups are unknown: %s", error)
            return ()

    def stack_with(self, config: Config) -> Stack:
        """Return the stack with clients configured for work that takes longer than a page."""
        return self._stack.with_config(config)

    def ask(self, question: Callable[[Stack], Answer], share: float = 1) -> Answer:
        """Ask the stack a question. Raises BackendUnavailable, and the question's own errors.

        share: the part of the deadline that it may take. The question is asked a second time if the
        stack has another table by now.
        """
        return self._within(share, lambda: self._renewing(lambda: question(self._stack)))

    def ask_pool(self, question: Callable[[UserDirectory], Answer], share: float = 1) -> Answer:
        """Ask the user pool. Raises BackendUnavailable or UserPoolMissing."""
        return self.ask(lambda _: question(self._directory()), share)

    def close(self) -> None:
        """Wait for the calls under way and close every connection."""
        self._questions.shutdown()
        self._pool_calls.shutdown()
        self._stack.close()

    def _ask_table(self, question: Callable[[BusinessTable], Answer]) -> Answer:
        return self.ask(lambda stack: question(stack.businesses()))

    def _renewing(self, question: Callable[[], Answer]) -> Answer:
        """Ask, and ask once more if the stack has got a new table or pool in the meantime."""
        known = self._stack.outputs.known
        try:
            return question()
        except (TableMissing, UserPoolMissing, ClientError) as error:
            if not self._stack.outputs.are_others_after(error, known):
                raise
            return question()

    def _directory(self) -> UserDirectory:
        return UserDirectory(
            self._stack.client("cognito-idp"),
            self._stack.outputs[POOL],
            cache=cache,
            **self._pool_calls.named(),
            timeout_seconds=self._deadline * GROUPS_SHARE,
        )

    def _within(
        self, share: float, question: Callable[[], Answer], executor: Threads | None = None
    ) -> Answer:
        """Answer a question within a share of the deadline."""
        try:
            return answer_within(self._deadline * share, question, executor or self._questions)
        except CredentialsRefused:
            # So that renewed credentials are read without a restart.
            self._stack.close()
            raise


@lru_cache(maxsize=1)
def get_backend() -> Backend:
    """Return this process's one backend, which the settings name."""
    return Backend(
        settings.BACKEND_STACK_NAME,
        settings.AWS_REGION,
        deadline_seconds=settings.AWS_DEADLINE_SECONDS,
        shared=SharedOutputs(cache),
    )
