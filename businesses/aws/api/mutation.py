"""The mutation createBusinessInGroup, called over gql with IAM signatures."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from gql import Client, GraphQLRequest, gql
from gql.client import AsyncClientSession
from gql.transport.exceptions import (
    TransportConnectionFailed,
    TransportProtocolError,
    TransportQueryError,
)

from businesses.aws.api.appsync import HTTP_OK, Answer, Api, graphql_reason
from businesses.aws.api.observed_call import observed_call
from businesses.aws.api.refusals import NOT_FOUND, is_transient, refuses_caller
from businesses.aws.call_errors import explain_call_error
from businesses.concurrency.turn_waits import TurnWaits, pause, turn_waits
from businesses.concurrency.turns import Rate
from businesses.concurrency.worker_pool import Cancelled
from businesses.exceptions import ApiNotCalled, ApiRefused, ApiUnreachable
from businesses.records.onboarding import Person, Reason

OPERATION = "createBusinessInGroup"
MUTATION = gql("""
mutation Onboard($email: AWSEmail!, $groupName: String!, $name: String!, $sub: ID!,
                 $username: String!) {
  createBusinessInGroup(email: $email, groupName: $groupName, name: $name, sub: $sub,
                        username: $username)
}
""")

MUTATION_TEXT: str = MUTATION.payload["query"]

BeforeTry = Callable[[], Awaitable[Person | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long to wait and how often to try.

    seconds: time limit for one answer. connect_seconds: time limit for a connection. busy_tries:
    the most tries for a call that is throttled or meets a server error of AWS. unanswered_tries:
    the most tries for a call that gets no answer. unanswered_people: after this many people in a
    row without an answer, nobody else is tried. pause_seconds: the longest pause after the first
    try; it doubles with each try, up to longest_pause_seconds.
    """

    seconds: float = 10.0
    connect_seconds: float = 3.0
    busy_tries: int = 8
    unanswered_tries: int = 2
    unanswered_people: int = 16
    pause_seconds: float = 0.2
    longest_pause_seconds: float = 5.0


class OnboardRequest(GraphQLRequest):
    """The mutation for one person. gql prints the document for each one; this prints it once."""

    @property
    def payload(self) -> dict[str, Any]:
        """The request's body, before it is encoded as JSON."""
        return {"query": MUTATION_TEXT, "variables": self.variable_values}


class Skipped(Exception):
    """A call was no longer wanted when its turn came, so none was made for that person."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one call failed. tries: the most tries in all."""

    reason: Reason
    tries: int = 1
    is_answer: bool = True


class Mutation:
    """Calls the mutation for one person after another, or for many at once.

    rate: gives every call its turn; shared by all callers that use the same quota.
    uniform: returns a random number between two others, so that callers that are throttled at the
    same time do not all try again at the same time.
    """

    def __init__(
        self,
        api: Api,
        *,
        rate: Rate,
        policy: RetryPolicy | None = None,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._api, self._rate, self._uniform = api, rate, uniform
        self._policy = policy or RetryPolicy()

    @asynccontextmanager
    async def connected(self, stop: threading.Event) -> AsyncIterator["MutationCalls"]:
        """Open connections on the running event loop. stop: once set, no call is started."""
        client = Client(
            transport=self._api.transport(
                seconds=self._policy.seconds, connect_seconds=self._policy.connect_seconds
            ),
            execute_timeout=self._policy.seconds + 1,
        )
        async with client as session, turn_waits(self._rate, stop) as waits:
            yield MutationCalls(session, waits, self._policy, self._uniform, stop)


class MutationCalls:
    """Makes the calls over one set of connections."""

    def __init__(
        self,
        session: AsyncClientSession,
        waits: TurnWaits,
        policy: RetryPolicy,
        uniform: Callable[[float, float], float],
        stop: threading.Event,
    ) -> None:
        self._session, self._waits, self._policy = session, waits, policy
        self._uniform, self._stop = uniform, stop
        self._turn = asyncio.Lock()
        self._unanswered = 0  # people in a row

    async def onboard(self, person: Person, before_try: BeforeTry | None = None) -> Reason | None:
        """Call the mutation; return why it failed, or None if the business exists now.

        Throttling, server errors of AWS and lost connections are tried again; a refusal is not.
        before_try: asked right before each try for the person to call with, or None if the call is
        no longer wanted. Raises Skipped if it returns None before the first try, ApiRefused if the
        API refuses this caller altogether, ApiUnreachable once the API has not answered for many
        people in a row, and Cancelled if the stop came before the first try.
        """
        if self._unanswered >= self._policy.unanswered_people:
            raise ApiUnreachable(self._unanswered)
        tried, failure = 0, None
        while True:
            wanted = await self._wait_for_turn(person, before_try, begun=tried > 0)
            if wanted is None:
                if failure is None:
                    raise Skipped
                return failure.reason
            failure = await self._try(wanted)
            tried += 1
            if failure is None or failure.is_answer:
                self._unanswered = 0
            if failure is None:
                return None
            if tried >= failure.tries or not await self._pause(tried):
                self._unanswered += not failure.is_answer
                return failure.reason

    async def _try(self, person: Person) -> Failure | None:
        """Make the call once; return why it failed, if it did."""
        with observed_call(OPERATION) as call:
            failure = await self._call(person)
            call.error = failure.reason.type if failure else ""
        return failure

    async def _call(self, person: Person) -> Failure | None:
        request = OnboardRequest(MUTATION, variable_values=person.to_variables())
        try:
            data = await self._session.execute(request)
        except Answer as answer:
            return self._failure(answer.reason, answer.status)
        except TransportQueryError as error:
            return self._failure(graphql_reason(error))
        except (TransportConnectionFailed, TimeoutError) as error:
            return self._unanswered_call(error)
        except TransportProtocolError:
            data = None
        if data == {OPERATION: True}:
            return None
        return Failure(
            Reason("UnexpectedAnswer", "The mutation answered neither true nor an error.")
        )

    def _unanswered_call(self, error: Exception) -> Failure:
        """Classify an error of the call itself. Raises ApiNotCalled if everybody would meet it."""
        found = explain_call_error(error, self._policy.seconds)
        if found.may_pass:
            return Failure(found.reason, self._policy.unanswered_tries, is_answer=False)
        if found.is_everybodys:
            raise ApiNotCalled(found.reason.type, found.reason.message, found.hint) from error
        return Failure(found.reason)

    def _failure(self, reason: Reason, status: int = HTTP_OK) -> Failure:
        """Classify an error that the API answered. Raises ApiRefused."""
        if refuses_caller(reason, status):
            raise ApiRefused(reason.type, reason.message, is_missing=status == NOT_FOUND)
        busy = is_transient(reason, status)
        return Failure(reason, self._policy.busy_tries if busy else 1)

    async def _wait_for_turn(
        self, person: Person, before_try: BeforeTry | None, *, begun: bool
    ) -> Person | None:
        """Wait until the next try may start; return whom to call with, or None for nobody."""
        # A call must start as soon as its turn comes. If several calls took turns and then waited
        # for something else, they could start together and exceed the limit per second.
        async with self._turn if self._waits.are_limited else nullcontext():
            if self._stop.is_set() and not begun:
                raise Cancelled
            wanted = await before_try() if before_try else person

            async def is_wanted() -> bool:
                nonlocal wanted
                wanted = await before_try() if before_try else person
                return wanted is not None

            if wanted is None or await self._waits.wait(is_wanted):
                return wanted
            if self._stop.is_set() and not begun:
                raise Cancelled
            return None

    async def _pause(self, tried: int) -> bool:
        """Wait before the next try; return False if it should not be made."""
        longest = min(
            self._policy.pause_seconds * 2 ** (tried - 1), self._policy.longest_pause_seconds
        )
        return await pause(self._uniform(longest / 2, longest), self._stop)
