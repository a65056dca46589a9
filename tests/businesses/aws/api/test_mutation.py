"""The mutation over gql, against real sockets that answer from a script."""

import asyncio
import itertools
import socket
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from businesses.aws.api.appsync import Api
from businesses.aws.api.mutation import Mutation, MutationCalls, RetryPolicy
from businesses.concurrency.turns import EvenRate
from businesses.concurrency.worker_pool import BatchedReads, WorkerPool
from businesses.exceptions import ApiRefused, ApiUnreachable
from businesses.records.onboarding import Person, Reason
from tests.businesses.aws.api.graphql_stub import DONE, Heard, always, error, graphql_stub
from tests.businesses.onboardings import onboarding
from tests.transient_errors import REFUSALS, TRANSIENT, ApiError

HOST = "abc123.appsync-api.eu-central-1.amazonaws.com"
QUICK = RetryPolicy(seconds=5, unanswered_tries=3, pause_seconds=0.002, longest_pause_seconds=0.01)


def api(connect_url: str) -> Api:
    return Api(
        url=f"https://{HOST}/graphql",
        region="eu-central-1",
        credentials=Credentials("AKIAEXAMPLE", "example", "token"),
        connect_url=connect_url,
    )


def onboard(
    url: str,
    people: Iterable[Person] = (onboarding(1).person,),
    *,
    policy: RetryPolicy = QUICK,
    at_once: int = 1,
) -> list[Reason | None]:
    stop = threading.Event()
    calls = Mutation(api(url), rate=EvenRate(None), policy=policy)
    workers = WorkerPool(
        partial(calls.connected, stop), MutationCalls.onboard, stop=stop, at_once=at_once
    )
    return list(workers.run(people))


def people(count: int) -> list[Person]:
    return [onboarding(number).person for number in range(count)]


def test_the_mutation_gets_the_recorded_arguments_signed_for_the_apis_own_host() -> None:
    person = replace(onboarding(1).person, name='Zoë "日本" & Söhne')
    with graphql_stub(always(200, DONE)) as stub:
        assert onboard(stub.url, [person]) == [None]
    [heard] = stub.heard
    assert heard.variables == person.to_variables()
    assert (heard.path, heard.headers["host"]) == ("/graphql", HOST)
    given = heard.headers["authorization"]
    signed = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-security-token", "content-type"} <= set(signed)
    headers = {name: heard.headers[name] for name in signed}
    request = AWSRequest("POST", f"https://{HOST}/graphql", headers, heard.body)
    request.context["timestamp"] = heard.headers["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIAEXAMPLE", "example", "token"), "appsync", "eu-central-1")
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    assert given.endswith(f"Signature={signature}")


BUSY: list[tuple[int, Any]] = [
    *((each.status, error(each.type, each.message)) for each in TRANSIENT),
    (429, b"slow down"),
    (502, b"<html>Bad gateway</html>"),
    (503, {"message": "Service Unavailable"}),
    (0, None),
]


@pytest.mark.parametrize(("status", "body"), BUSY)
def test_throttling_faults_and_lost_connections_are_tried_again(status: int, body: Any) -> None:
    answers = iter([(status, body), (status, body), (200, DONE)])
    with graphql_stub(lambda _: next(answers)) as stub:
        assert onboard(stub.url) == [None]
        assert len(stub.heard) == 3


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_not_tried_again(refusal: ApiError) -> None:
    answer = error(refusal.type, refusal.message)
    with graphql_stub(always(refusal.status, answer)) as stub:
        assert onboard(stub.url) == [Reason(refusal.type, refusal.message)]
        assert len(stub.heard) == 1


def test_a_pause_is_random_between_half_and_all_of_one_that_doubles_up_to_the_longest() -> None:
    asked: list[tuple[float, float]] = []

    def shortest(low: float, high: float) -> float:
        asked.append((low, high))
        return 0.0

    policy = replace(QUICK, busy_tries=5, pause_seconds=20, longest_pause_seconds=70)
    with graphql_stub(always(200, error("TooManyRequestsException"))) as stub:
        calls = Mutation(api(stub.url), rate=EvenRate(None), policy=policy, uniform=shortest)
        stop = threading.Event()
        workers = WorkerPool(
            partial(calls.connected, stop), MutationCalls.onboard, stop=stop, at_once=1
        )
        list(workers.run(people(1)))
        assert len(stub.heard) == 5
    # Had a pause not been as long as was asked for, this would have taken minutes.
    assert asked == [(10, 20), (20, 40), (35, 70), (35, 70)]


def test_endless_throttling_ends_as_the_reason() -> None:
    with graphql_stub(always(200, error("TooManyRequestsException", "Slow down"))) as stub:
        assert onboard(stub.url) == [Reason("TooManyRequestsException", "Slow down")]
        assert len(stub.heard) == QUICK.busy_tries


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, error("GroupNotAllowed"), Reason("GroupNotAllowed", "It says no.")),
        (200, error("a.b#UserNotFoundException"), Reason("UserNotFoundException", "It says no.")),
        (200, error(None, "Invalid e-mail"), Reason("GraphQLError", "Invalid e-mail")),
        (200, error("Long", "x" * 5000), Reason("Long", "x" * 1000)),
        (400, error("MalformedHttpRequestException"), None),
        (413, b"too large", Reason("HttpStatus413", "HTTP status 413.")),
        (200, {"data": {"createBusinessInGroup": None}}, None),
        (200, b"<html>Welcome to the hotel</html>", None),
        (200, {"neither": "data nor errors"}, None),
    ],
)
def test_a_definite_refusal_is_not_tried_again(status: int, body: Any, reason: Any) -> None:
    with graphql_stub(always(status, body)) as stub:
        [given] = onboard(stub.url)
        assert len(stub.heard) == 1
    assert given is not None
    expected = "MalformedHttpRequestException" if status == 400 else "UnexpectedAnswer"
    assert given == reason or (reason is None and given.type == expected)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, error("UnauthorizedException", "Valid authorization header not provided.")),
        (403, error("UnrecognizedClientException", "The security token is invalid.")),
        (403, b"forbidden"),
        (400, error("BadRequestException", "The request signature does not match.")),
        (200, error("Unauthorized", "Not Authorized to access createBusinessInGroup")),
    ],
)
def test_wrong_credentials_stop_everything_at_once(status: int, body: Any) -> None:
    with graphql_stub(always(status, body)) as stub:
        with pytest.raises(ApiRefused, match="refused the site's credentials"):
            onboard(stub.url, people(50), at_once=4)
        assert len(stub.heard) <= 4


def test_an_api_that_is_gone_stops_everything_at_once() -> None:
    body = error("ResourceNotFoundException", "Unable to find the Api.")
    with (
        graphql_stub(always(404, body)) as stub,
        pytest.raises(ApiRefused, match="There is no such API") as raised,
    ):
        onboard(stub.url, people(50))
    assert len(stub.heard) == 1
    assert "deploy_backend" in raised.value.hint


def nobody_listens() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_an_api_that_is_down_is_named() -> None:
    [reason] = onboard(nobody_listens())
    assert reason is not None
    assert reason.type == "Unreachable"


def test_after_many_people_without_an_answer_nobody_else_is_tried() -> None:
    tried = []

    def watched() -> Iterable[Person]:
        for person in people(100):
            tried.append(person)
            yield person

    with pytest.raises(ApiUnreachable, match=r"for 1[6-9] people in a row"):
        onboard(nobody_listens(), watched(), at_once=4)
    assert len(tried) <= 16 + 3 * 4, "those under way, and some that were read ahead"


def test_an_answer_in_between_shows_that_the_api_is_there() -> None:
    turns = itertools.count()
    with graphql_stub(lambda _: (200, error("X")) if next(turns) % 40 == 39 else (0, None)) as stub:
        reasons = onboard(stub.url, people(60))
    assert len(reasons) == 60


def test_a_slow_api_is_given_up_after_the_time_out() -> None:
    hurry = replace(QUICK, seconds=0.15)
    release = threading.Event()

    def slow(_heard: Heard) -> tuple[int, Any]:
        release.wait(20)
        return 200, DONE

    with graphql_stub(slow) as stub:
        reasons = onboard(stub.url, policy=hurry)
        assert len(stub.heard) == hurry.unanswered_tries
        release.set()
    assert reasons == [Reason("Timeout", "The API did not answer within 0.15 s.")]


def test_an_api_that_is_slow_once_is_asked_again() -> None:
    release, turns = threading.Event(), itertools.count()

    def slow_once(_heard: Heard) -> tuple[int, Any]:
        if next(turns) == 0:
            release.wait(20)
        return 200, DONE

    with graphql_stub(slow_once) as stub:
        assert onboard(stub.url, policy=replace(QUICK, seconds=0.15)) == [None]
        release.set()


def test_throttled_at_thirty_percent_everybody_gets_through() -> None:
    turns = itertools.count()
    throttled, lock = {1, 4, 8}, threading.Lock()

    def throttling(_heard: Heard) -> tuple[int, Any]:
        with lock:
            is_throttled = next(turns) % 10 in throttled
        return 200, error("TooManyRequestsException") if is_throttled else DONE

    with graphql_stub(throttling) as stub:
        assert onboard(stub.url, people(100), at_once=16) == [None] * 100
        assert len(stub.heard) >= 140


def test_a_stop_lets_the_calls_under_way_finish_and_begins_no_other() -> None:
    release, stop = threading.Event(), threading.Event()
    arrived: list[Heard] = []
    ready = threading.Barrier(5)

    def held(heard: Heard) -> tuple[int, Any]:
        arrived.append(heard)
        ready.wait(20)
        release.wait(20)
        return 200, DONE

    def stop_when_four_wait() -> None:
        ready.wait(20)
        stop.set()
        release.set()

    with graphql_stub(held) as stub:
        helper = threading.Thread(target=stop_when_four_wait)
        helper.start()
        calls = Mutation(api(stub.url), rate=EvenRate(None), policy=QUICK)
        workers = WorkerPool(
            partial(calls.connected, stop), MutationCalls.onboard, stop=stop, at_once=4
        )
        results = list(workers.run(people(50)))
        helper.join()
    assert results == [None] * 4
    assert len(arrived) == 4


def test_a_stop_ends_a_pause_and_the_last_reason_counts() -> None:
    stop = threading.Event()

    def throttled(_heard: Heard) -> tuple[int, Any]:
        stop.set()
        return 200, error("TooManyRequestsException")

    with graphql_stub(throttled) as stub:
        patient = replace(QUICK, pause_seconds=60, longest_pause_seconds=60)
        calls = Mutation(api(stub.url), rate=EvenRate(None), policy=patient)
        workers = WorkerPool(
            partial(calls.connected, stop), MutationCalls.onboard, stop=stop, at_once=1
        )
        assert list(workers.run(people(3))) == [Reason("TooManyRequestsException", "It says no.")]
        assert len(stub.heard) == 1


# -- The worker pool -------------------------------------------------------------------------------


@asynccontextmanager
async def nothing() -> AsyncIterator[None]:
    yield


def test_an_error_stops_the_crew_after_what_is_under_way() -> None:
    begun, both = [], asyncio.Event()

    async def work(_connection: None, item: int) -> int:
        begun.append(item)
        if len(begun) == 2:
            both.set()
        await both.wait()
        if item == 0:
            raise LookupError("broken")
        await asyncio.sleep(0)
        return item

    workers = WorkerPool(nothing, work, stop=threading.Event(), at_once=2)
    results = workers.run(range(100))
    assert next(results) == 1
    with pytest.raises(LookupError, match="broken"):
        list(results)
    assert len(begun) < 10


def test_an_error_of_the_items_comes_out() -> None:
    async def work(_connection: None, item: int) -> int:
        return item

    def items() -> Iterable[int]:
        yield 1
        raise LookupError("no more")

    workers = WorkerPool(nothing, work, stop=threading.Event(), at_once=2)
    with pytest.raises(LookupError, match="no more"):
        list(workers.run(items()))


def test_whoever_asks_during_a_read_shares_the_next_one() -> None:
    reads: list[list[str]] = []
    began, release = threading.Event(), threading.Event()

    def read(keys: list[str]) -> dict[str, int]:
        reads.append(sorted(keys))
        began.set()
        release.wait(20)
        return {key: len(reads) for key in keys if key != "nobody"}

    async def ask() -> list[int | None]:
        gathered = BatchedReads(read)
        asked = [asyncio.create_task(gathered.get("a"))]
        await asyncio.to_thread(began.wait, 20)
        asked += [asyncio.create_task(gathered.get(key)) for key in ("a", "b", "nobody")]
        await asyncio.sleep(0)
        release.set()
        return await asyncio.gather(*asked)

    assert asyncio.run(ask()) == [1, 2, 2, None]
    assert reads == [["a"], ["a", "b", "nobody"]]


def test_closing_the_results_stops_the_crew() -> None:
    async def work(_connection: None, item: int) -> int:
        return item

    stop = threading.Event()
    results = WorkerPool(nothing, work, stop=stop, at_once=2).run(itertools.count())
    next(results)
    results.close()
    assert stop.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("workers")]
