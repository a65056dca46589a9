"""The retry service, against the deployed stack, over HTTP at every step."""

import itertools
import os
import re
import signal
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from django.conf import settings
from django.test import override_settings

from aws_setup.local.controls.faults import Faults
from businesses.aws.api.mutation import Mutation, RetryPolicy
from businesses.aws.stack import Stack
from businesses.concurrency.turns import EvenRate
from businesses.exceptions import ApiRefused, BackendUnavailable
from businesses.management.backend import command_retry, command_stack
from businesses.queries.onboarding_plan import Choice
from businesses.records.onboarding import COMPLETED, DISMISSED, FAILED, SWEEP, TRIGGER, Reason
from businesses.retry.for_pages import get_retry_services
from businesses.retry.outcomes import Outcome, Result
from businesses.retry.service import CALLS_AT_ONCE, FRESH, Retry, now_utc
from tests.businesses.account import REGION, STACK_NAME
from tests.businesses.aws.api.graphql_stub import (
    DONE,
    GraphqlStub,
    Heard,
    always,
    error,
    graphql_stub,
)
from tests.businesses.deployed import GROUP, Deployed
from tests.businesses.onboardings import minute
from tests.businesses.site_user import SiteUser
from tests.processes import Process, managed


@pytest.fixture
def retry(deployed: Deployed) -> Iterator[Retry]:
    with command_stack() as stack:
        yield command_retry(stack)


def counts(outcomes: list[Outcome]) -> dict[Result, int]:
    return dict(Counter(outcome.result for outcome in outcomes))


def run(retry: Retry, *subs: str, by: str = "vera") -> list[Outcome]:
    return list(retry.run(subs, by=by))


def test_a_stuck_onboarding_is_done_by_a_retry(deployed: Deployed, retry: Retry) -> None:
    [sub] = deployed.stuck(1)
    before = deployed.record(sub)
    [outcome] = run(retry, sub)
    after = deployed.record(sub)
    assert (outcome.result, outcome.record) == (Result.COMPLETED, after)
    assert after.status == COMPLETED
    assert [attempt.by for attempt in after.attempts] == ["trigger", "vera"]
    assert after.updated_at == after.attempts[-1].at > before.updated_at
    assert deployed.groups(sub) == [GROUP]
    business = deployed.business(sub)
    assert business["owner"] == {"S": f"{sub}::{before.username}"}
    assert {business[name]["S"] for name in ("email", "name")} == {before.email, before.name}


def test_the_group_goes_three_sign_up_the_group_comes_back(
    deployed: Deployed, retry: Retry
) -> None:
    with deployed.without_group():
        subs = [deployed.sign_up() for _ in range(3)]
        assert counts(run(retry, *subs)) == {Result.FAILED: 3}
    for sub in subs:
        record = deployed.record(sub)
        assert (record.status, record.reason.type) == (FAILED, "ResourceNotFoundException")
    assert sorted(record.sub for record in retry.stuck(Choice())) == sorted(subs)
    assert retry.count_stuck(Choice()) == 3
    assert counts(list(retry.run((each.sub for each in retry.stuck(Choice())), by="vera"))) == {
        Result.COMPLETED: 3
    }
    assert deployed.businesses(subs) == 3
    assert [len(deployed.record(sub).attempts) for sub in subs] == [3, 3, 3]


def test_a_definite_refusal_is_called_once_and_is_the_new_reason(
    deployed: Deployed, retry: Retry
) -> None:
    [stranger] = deployed.stuck(1, group_name="strangers")
    [outcome] = run(retry, stranger)
    assert outcome.result is Result.FAILED
    assert outcome.text.startswith("Nobody may join this group (GroupNotAllowed: ")
    record = deployed.record(stranger)
    assert (record.status, record.reason) == (FAILED, outcome.reason)
    assert record.attempts[-1].type == "GroupNotAllowed"
    assert deployed.aws.faults.calls("GraphQL") == 1
    assert deployed.business(stranger) is None


def test_a_user_who_is_gone_is_a_refusal(deployed: Deployed, retry: Retry) -> None:
    [sub] = deployed.stuck(1)
    deployed.cognito.admin_delete_user(UserPoolId=deployed.pool, Username=sub)
    [outcome] = run(retry, sub)
    assert outcome.reason is not None
    assert outcome.reason.type == "UserNotFoundException"
    assert deployed.aws.faults.calls("GraphQL") == 1


def test_what_is_not_failed_is_refused_with_what_it_is(deployed: Deployed, retry: Retry) -> None:
    [completed] = deployed.stuck(1, status=COMPLETED)
    [dismissed] = deployed.stuck(1, status=DISMISSED)
    outcomes = {each.sub: each for each in run(retry, completed, dismissed, "nobody")}
    assert outcomes["nobody"].result is Result.REFUSED
    assert {outcomes[sub].result for sub in (completed, dismissed)} == {Result.SETTLED}
    assert outcomes[completed].text.startswith("It has been COMPLETED since 20")
    assert outcomes[dismissed].text.startswith("It has been DISMISSED since 20")
    assert outcomes["nobody"].text.startswith("There is no record")
    assert [outcomes[sub].is_fine for sub in (completed, dismissed, "nobody")] == [
        True,
        True,
        False,
    ]
    assert deployed.aws.faults.calls("GraphQL") == 0
    assert deployed.businesses([completed, dismissed]) == 0


def test_a_business_counts_whatever_else_its_item_lacks(deployed: Deployed, retry: Retry) -> None:
    [sub] = deployed.stuck(1)
    table = deployed.outputs["BusinessTableName"]
    deployed.dynamodb.put_item(TableName=table, Item={"id": {"S": sub}})
    [outcome] = run(retry, sub)
    assert (outcome.result, outcome.text) == (
        Result.COMPLETED,
        "The business already existed.",
    )
    assert deployed.record(sub).status == COMPLETED


def test_one_broken_item_does_not_keep_the_others_waiting(deployed: Deployed, retry: Retry) -> None:
    broken, *others = deployed.stuck(5)
    deployed.dynamodb.put_item(TableName=deployed.table.name, Item={"sub": {"S": broken}})
    outcomes = {each.sub: each for each in run(retry, broken, *others)}
    assert {outcomes[sub].result for sub in others} == {Result.COMPLETED}
    assert outcomes[broken].result is Result.REFUSED
    assert not outcomes[broken].is_fine
    assert outcomes[broken].text.startswith("The record has no status. The record has no username.")
    assert outcomes[broken].text.endswith("The mutation was not called.")
    assert deployed.business(broken) is None


def test_what_the_sweep_found_is_chosen_only_by_name(deployed: Deployed, retry: Retry) -> None:
    ours, swept = deployed.stuck(2), deployed.stuck(3, source=SWEEP)
    triggered = Choice(source=TRIGGER)
    assert sorted(record.sub for record in retry.stuck(triggered)) == sorted(ours)
    assert sorted(record.sub for record in retry.stuck(Choice(source=SWEEP))) == sorted(swept)
    assert retry.count_stuck(Choice(source=SWEEP)) == 3
    assert list(retry.stuck(Choice(reason_type="GroupNotAllowed"))) == []


def test_throttled_at_thirty_percent_throughout_nobody_fails(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    subs, turns = deployed.stuck(20), itertools.count()

    def throttling(heard: Heard) -> tuple[int, Any]:
        if next(turns) % 10 in {1, 4, 8}:
            return 200, error("TooManyRequestsException")
        return pass_on(deployed, heard)

    with graphql_stub(throttling) as stub, calling(stub, monkeypatch) as retry:
        assert counts(run(retry, *subs)) == {Result.COMPLETED: 20}
    assert 3 * len(stub.heard) // 10 - 1 <= len(stub.heard) - 20 <= 3 * len(stub.heard) // 10 + 2
    assert deployed.businesses(subs) == 20


def test_an_api_slower_than_the_time_out_is_the_reason_on_record(deployed: Deployed) -> None:
    [sub] = deployed.stuck(1)
    release = threading.Event()

    def slow(heard: Heard) -> tuple[int, Any]:
        release.wait(20)
        return pass_on(deployed, heard)

    hurry = RetryPolicy(seconds=0.2, unanswered_tries=2, pause_seconds=0.001)
    with graphql_stub(slow) as stub, command_stack() as stack:
        api = replace(stack.api(), connect_url=stub.url)
        mutation = Mutation(api, rate=EvenRate(None), policy=hurry)
        retry = Retry(stack.onboardings(), stack.businesses(), mutation)
        [outcome] = run(retry, sub)
        record = deployed.record(sub)
        release.set()
    assert outcome.result is Result.FAILED
    assert (record.status, record.reason) == (
        FAILED,
        Reason("Timeout", "The API did not answer within 0.2 s."),
    )
    assert [line.type for line in record.attempts] == ["TooManyRequestsException", "Timeout"]
    # What the API did all the same, the next retry finds.
    with command_stack() as stack:
        [outcome] = run(command_retry(stack), sub)
    assert deployed.record(sub).status == COMPLETED


def test_wrong_credentials_are_one_clear_error_and_nothing_is_written(deployed: Deployed) -> None:
    subs = deployed.stuck(CALLS_AT_ONCE + 4)
    wrong = Credentials(deployed.aws.access_key_id, "wrong" * 8)
    with command_stack() as stack:
        # The tables are reached as before; only the mutation is signed with the wrong secret.
        mutation = Mutation(replace(stack.api(), credentials=wrong), rate=EvenRate(None))
        retry = Retry(stack.onboardings(), stack.businesses(), mutation)
        with pytest.raises(ApiRefused, match="refused the site's credentials"):
            run(retry, *subs)
    assert deployed.aws.faults.calls("GraphQL") <= 16
    assert {deployed.record(sub).status for sub in subs} == {FAILED}
    assert {len(deployed.record(sub).attempts) for sub in subs} == {1}


def test_without_credentials_nothing_is_asked(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    with (
        pytest.raises(BackendUnavailable, match="No AWS credentials were found"),
        command_stack() as stack,
    ):
        command_retry(stack)


def pass_on(deployed: Deployed, heard: Heard) -> tuple[int, Any]:
    """Let the deployed API answer."""
    request = urllib.request.Request(
        f"{deployed.aws.endpoint_url}{heard.path}", heard.body, heard.headers
    )
    with closing(urllib.request.urlopen(request)) as response:
        return response.status, response.read()


@contextmanager
def calling(
    stub: GraphqlStub,
    environment: pytest.MonkeyPatch,
    clock: Callable[[], datetime] = now_utc,
) -> Iterator[Retry]:
    """Open the service that calls the stub instead of the API."""
    environment.setenv("AWS_ENDPOINT_URL_APPSYNC", stub.url)
    with command_stack() as stack:
        mutation = Mutation(stack.api(), rate=EvenRate(settings.RETRY_RATE_PER_SECOND))
        yield Retry(stack.onboardings(), stack.businesses(), mutation, clock=clock)


def test_two_who_retry_the_same_twenty_make_twenty_businesses(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    subs = deployed.stuck(CALLS_AT_ONCE + 4)
    # The first rows of both are under way before anybody hears of the first.
    meeting, arrivals = threading.Barrier(2 * CALLS_AT_ONCE), itertools.count()

    def meet(heard: Heard) -> tuple[int, Any]:
        if next(arrivals) < 2 * CALLS_AT_ONCE:
            meeting.wait(60)
        return pass_on(deployed, heard)

    # Whoever meets the others late on a busy machine is not taken for unanswered.
    patient = RetryPolicy(seconds=60)

    def one(by: str) -> list[Outcome]:
        with command_stack() as stack:
            return run(Retry.of_stack(stack, rate=EvenRate(None), policy=patient), *subs, by=by)

    with graphql_stub(meet) as stub, ThreadPoolExecutor(2) as pool:
        monkeypatch.setenv("AWS_ENDPOINT_URL_APPSYNC", stub.url)
        vera, sam = pool.map(one, ("vera", "sam"))
    assert deployed.businesses(subs) == len(subs) == 20
    assert all(outcome.is_fine for outcome in (*vera, *sam))
    records = {sub: deployed.record(sub) for sub in subs}
    assert {record.status for record in records.values()} == {COMPLETED}
    for by, outcomes in (("vera", vera), ("sam", sam)):
        called = {each.sub for each in outcomes if each.result is Result.COMPLETED}
        left = {sub for sub, record in records.items() if by in [a.by for a in record.attempts]}
        assert left == called >= set(subs[:CALLS_AT_ONCE])
    lines = [attempt for record in records.values() for attempt in record.attempts]
    assert len(lines) == len(subs) + counts([*vera, *sam])[Result.COMPLETED]


def test_a_record_that_cannot_be_written_is_said_and_the_next_retry_finds_it_done(
    deployed: Deployed, retry: Retry
) -> None:
    [sub] = deployed.stuck(1)
    deployed.aws.faults.fail("UpdateItem", "AccessDeniedException")
    [outcome] = run(retry, sub)
    assert outcome.result is Result.UNRECORDED
    assert outcome.text == (
        "The mutation succeeded, but the record was not updated (AccessDeniedException). This "
        "is harmless: another retry will find the work done and complete the record."
    )
    assert deployed.business(sub) is not None
    assert deployed.record(sub).status == FAILED
    [outcome] = run(retry, sub)
    assert outcome.result is Result.COMPLETED
    assert outcome.text.startswith("The business already existed, since 20")
    assert deployed.record(sub).attempts[-1].message == outcome.text
    assert deployed.aws.faults.calls("GraphQL") == 1


def fault(error_type: str, status: int = 400) -> Callable[[Faults], None]:
    return lambda faults: faults.fail("UpdateItem", error_type, status=status, times=9)


def lost(faults: Faults) -> None:
    faults.lose_connection("UpdateItem", times=9)


@pytest.mark.parametrize(
    ("break_write", "group", "said"),
    [
        (
            fault("AccessDeniedException"),
            "strangers",
            r"was not updated \(Acc.*The record is unchanged",
        ),
        (
            fault("InternalServerError", 500),
            "strangers",
            "it is not known whether .* Reload the record",
        ),
        (
            lost,
            "strangers",
            r"it is not known whether the record was updated \(.*Reload the record",
        ),
        (lost, GROUP, "succeeded, but it is not known whether .* This is harmless"),
    ],
)
def test_what_is_said_of_a_record_is_what_is_known_of_it(
    deployed: Deployed, break_write: Callable[[Faults], None], group: str, said: str
) -> None:
    [sub] = deployed.stuck(1, group_name=group)
    break_write(deployed.aws.faults)
    once = Config(retries={"total_max_attempts": 1})
    with closing(Stack(STACK_NAME, REGION, config=once)) as stack:
        mutation = Mutation(stack.api(), rate=EvenRate(None))
        [outcome] = run(Retry(stack.onboardings(), stack.businesses(), mutation), sub)
    assert outcome.result is Result.UNRECORDED
    assert re.search(said, outcome.text)


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ("strangers", "the record no longer exists. Search for the sub to onboard the person."),
        (GROUP, "the record no longer exists. Nothing is left to do."),
    ],
)
def test_a_record_that_somebody_removed_meanwhile_is_not_there_to_be_retried(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, group: str, said: str
) -> None:
    [sub] = deployed.stuck(1, group_name=group)

    def remove_meanwhile(heard: Heard) -> tuple[int, Any]:
        deployed.dynamodb.delete_item(TableName=deployed.table.name, Key={"sub": {"S": sub}})
        return pass_on(deployed, heard)

    with graphql_stub(remove_meanwhile) as stub, calling(stub, monkeypatch) as retry:
        [outcome] = run(retry, sub)
    assert outcome.result is Result.UNRECORDED
    assert outcome.text.endswith(said)


def test_a_failure_that_cannot_be_written_is_said_too(deployed: Deployed, retry: Retry) -> None:
    [sub] = deployed.stuck(1, group_name="strangers")
    deployed.aws.faults.fail("UpdateItem", "AccessDeniedException")
    [outcome] = run(retry, sub)
    assert outcome.result is Result.UNRECORDED
    assert outcome.text.startswith("The mutation failed (GroupNotAllowed: ")
    assert not outcome.is_fine


def test_a_process_killed_between_mutation_and_record_leaves_what_the_next_retry_finds_done(
    deployed: Deployed, site_user: SiteUser, retry: Retry
) -> None:
    [sub] = deployed.stuck(1)
    process: list[Process] = []
    started = threading.Event()

    def answer_to_nobody(heard: Heard) -> tuple[int, Any]:
        """Let the API do its work, then kill who asked before they hear of it."""
        started.wait(20)
        pass_on(deployed, heard)
        process[0].send_signal(signal.SIGKILL)
        return 0, None

    with graphql_stub(answer_to_nobody) as stub:
        variables = site_user.environment | {
            "AWS_ENDPOINT_URL_APPSYNC": stub.url,
            "BACKEND_STACK_NAME": "onboarding-test",
        }
        with managed("retry_onboardings", sub, variables=variables) as command:
            process.append(command)
            started.set()
            assert command.wait(60) == -signal.SIGKILL
    assert deployed.business(sub) is not None
    assert len(deployed.record(sub).attempts) == 1
    [outcome] = run(retry, sub)
    assert outcome.text.startswith("The business already existed")
    assert deployed.record(sub).status == COMPLETED


def test_a_record_that_changed_under_us_keeps_both(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sub] = deployed.stuck(1, group_name="strangers")

    def dismiss_meanwhile(_heard: Heard) -> tuple[int, Any]:
        deployed.table.dismiss(sub, by="sam", reason="A test account", at=minute(9))
        return 200, {"data": None, "errors": [{"errorType": "GroupNotAllowed", "message": "No."}]}

    with graphql_stub(dismiss_meanwhile) as stub, calling(stub, monkeypatch) as retry:
        [outcome] = run(retry, sub)
    record = deployed.record(sub)
    assert outcome.result is Result.FAILED
    assert record.status == DISMISSED
    assert [attempt.by for attempt in record.attempts] == ["trigger", "vera"]
    assert outcome.record == record


def test_nobody_is_called_whose_record_was_dismissed_a_while_before_their_turn(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    subs, release = deployed.stuck(CALLS_AT_ONCE + 4), threading.Event()
    arrived = threading.Semaphore(0)
    later = threading.Event()

    def clock() -> datetime:
        return now_utc() + 2 * FRESH * later.is_set()

    def held(heard: Heard) -> tuple[int, Any]:
        arrived.release()
        release.wait(30)
        return pass_on(deployed, heard)

    with (
        graphql_stub(held) as stub,
        calling(stub, monkeypatch, clock) as retry,
        ThreadPoolExecutor(1) as pool,
    ):
        running = pool.submit(run, retry, *subs)
        for _ in range(CALLS_AT_ONCE):
            assert arrived.acquire(timeout=30)
        called = {heard.variables["sub"] for heard in stub.heard}
        waiting = [sub for sub in subs if sub not in called]
        for sub in waiting:
            deployed.table.dismiss(sub, by="sam", reason="A test account", at=minute(9))
        # One whose call is under way: it goes through, and who dismissed it stays to be seen.
        late, *_ = called
        dismissed = deployed.table.dismiss(late, by="sam", reason="Too late", at=minute(9))
        later.set()
        release.set()
        outcomes = {outcome.sub: outcome for outcome in running.result()}
    assert {heard.variables["sub"] for heard in stub.heard} == called
    assert {outcomes[sub].result for sub in waiting} == {Result.SETTLED}
    assert {outcomes[sub].text.partition(" since")[0] for sub in waiting} == {
        "It has been DISMISSED"
    }
    assert deployed.businesses(waiting) == 0
    record = deployed.record(late)
    assert (record.status, record.dismissal) == (COMPLETED, dismissed.dismissal)


def test_nobody_is_tried_again_whose_record_was_dismissed_during_the_pause(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sub] = deployed.stuck(1)

    def dismiss_meanwhile(_heard: Heard) -> tuple[int, Any]:
        deployed.table.dismiss(sub, by="sam", reason="A test account", at=minute(9))
        return 200, error("TooManyRequestsException")

    with graphql_stub(dismiss_meanwhile) as stub, calling(stub, monkeypatch) as retry:
        [outcome] = run(retry, sub)
    assert len(stub.heard) == 1
    assert outcome.reason is not None
    record = deployed.record(sub)
    assert (record.status, len(record.attempts)) == (DISMISSED, 2)


def test_a_further_try_is_made_with_what_the_record_says_by_then(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sub] = deployed.stuck(1)
    person = replace(deployed.record(sub).person, email="new@example.com")

    def refresh_meanwhile(heard: Heard) -> tuple[int, Any]:
        if heard.variables["email"] == person.email:
            return 200, DONE
        deployed.table.refresh_person(sub, person, at=minute(9))
        return 200, error("TooManyRequestsException")

    with graphql_stub(refresh_meanwhile) as stub, calling(stub, monkeypatch) as retry:
        [outcome] = run(retry, sub)
    assert outcome.result is Result.COMPLETED
    assert stub.heard[-1].variables["email"] == deployed.record(sub).email == person.email


def test_a_try_that_was_made_is_recorded_although_the_record_cannot_be_read_before_the_next(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sub] = deployed.stuck(1)

    def break_off(_heard: Heard) -> tuple[int, Any]:
        deployed.aws.faults.fail("BatchGetItem", "AccessDeniedException")
        return 200, error("TooManyRequestsException")

    with graphql_stub(break_off) as stub, calling(stub, monkeypatch) as retry:
        [outcome] = run(retry, sub)
    assert len(stub.heard) == 1
    assert outcome.result is Result.FAILED
    assert deployed.record(sub).reason.type == "TooManyRequestsException"


@contextmanager
def site_retry() -> Iterator[Retry]:
    with get_retry_services().service() as retry:
        yield retry


@contextmanager
def commands_retry() -> Iterator[Retry]:
    with command_stack() as stack:
        yield command_retry(stack)


@pytest.mark.parametrize("opened", [site_retry, commands_retry])
def test_the_setting_bounds_how_many_calls_begin_in_a_second(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, opened: Any
) -> None:
    subs = deployed.stuck(14)
    with graphql_stub(always(200, DONE)) as stub, override_settings(RETRY_RATE_PER_SECOND=10):
        monkeypatch.setenv("AWS_ENDPOINT_URL_APPSYNC", stub.url)
        with opened() as retry:
            assert counts(run(retry, *subs)) == {Result.COMPLETED: 14}
    # Two, three or four, if some are late; without the limit they come twelve at a time.
    assert most_within(0.2, stub.arrivals) < 8


def most_within(seconds: float, times: list[float]) -> int:
    return max(sum(start <= each < start + seconds for each in times) for start in times)


@pytest.mark.parametrize("opened", [site_retry, commands_retry])
def test_sixteen_calls_are_under_way_and_no_more(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, opened: Any
) -> None:
    subs, full = deployed.stuck(CALLS_AT_ONCE + 4), threading.Barrier(CALLS_AT_ONCE)
    turns = itertools.count()

    def held(_heard: Heard) -> tuple[int, Any]:
        if next(turns) < CALLS_AT_ONCE:
            full.wait(30)
            # Four turns of the rate, in which another would come.
            threading.Event().wait(4 / 25)
        return 200, DONE

    with graphql_stub(held) as stub, override_settings(RETRY_RATE_PER_SECOND=25):
        monkeypatch.setenv("AWS_ENDPOINT_URL_APPSYNC", stub.url)
        with opened() as retry:
            assert counts(run(retry, *subs)) == {Result.COMPLETED: len(subs)}
    assert CALLS_AT_ONCE == stub.most_at_once == 16
