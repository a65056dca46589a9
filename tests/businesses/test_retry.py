"""The retry service, against the deployed stack, over HTTP at every step."""

import itertools
import os
import signal
import subprocess
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from botocore.credentials import Credentials

from businesses.backend_commands import command_retry, command_stack
from businesses.even_rate import EvenRate
from businesses.exceptions import ApiRefused, BackendUnavailable
from businesses.mutation import Mutation
from businesses.onboarding import CALLS_AT_ONCE, Outcome, Result, Retry
from businesses.onboarding_choice import Choice
from businesses.onboarding_records import COMPLETED, DISMISSED, FAILED, SWEEP, TRIGGER
from tests.businesses.deployed import GROUP, Deployed
from tests.businesses.graphql_stub import Heard, graphql_stub
from tests.businesses.onboardings import minute
from tests.businesses.site_user import SiteUser
from tests.processes import managed


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
    assert outcome.text.startswith("GroupNotAllowed: ")
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
    assert {each.result for each in outcomes.values()} == {Result.REFUSED}
    assert outcomes[completed].text.startswith("It is COMPLETED since 20")
    assert outcomes[dismissed].text.startswith("It is DISMISSED since 20")
    assert outcomes["nobody"].text.startswith("There is no record")
    assert [outcomes[sub].is_fine for sub in (completed, dismissed, "nobody")] == [
        True,
        True,
        False,
    ]
    assert deployed.aws.faults.calls("GraphQL") == 0
    assert deployed.businesses([completed, dismissed]) == 0


def test_one_broken_item_does_not_keep_the_others_waiting(deployed: Deployed, retry: Retry) -> None:
    broken, *others = deployed.stuck(5)
    table = deployed.outputs["BusinessTableName"]
    deployed.dynamodb.put_item(TableName=table, Item={"id": {"S": broken}})
    outcomes = {each.sub: each for each in run(retry, broken, *others)}
    assert {outcomes[sub].result for sub in others} == {Result.COMPLETED}
    assert outcomes[broken].result is Result.REFUSED
    assert not outcomes[broken].is_fine
    assert outcomes[broken].text == (
        f'The record "{broken}" has no text attribute "createdAt". Open the item in the DynamoDB '
        "console and complete it. The mutation was not called."
    )
    assert deployed.record(broken).status == FAILED


def test_what_the_sweep_found_is_chosen_only_by_name(deployed: Deployed, retry: Retry) -> None:
    ours, swept = deployed.stuck(2), deployed.stuck(3, source=SWEEP)
    triggered = Choice(source=TRIGGER)
    assert sorted(record.sub for record in retry.stuck(triggered)) == sorted(ours)
    assert sorted(record.sub for record in retry.stuck(Choice(source=SWEEP))) == sorted(swept)
    assert retry.count_stuck(Choice(source=SWEEP)) == 3
    assert list(retry.stuck(Choice(reason_type="GroupNotAllowed"))) == []


def test_throttling_at_thirty_percent_fails_nobody(deployed: Deployed, retry: Retry) -> None:
    subs = deployed.stuck(40)
    deployed.aws.faults.fail("AdminAddUserToGroup", "TooManyRequestsException", times=17)
    assert counts(run(retry, *subs)) == {Result.COMPLETED: 40}
    assert deployed.aws.faults.calls("GraphQL") == 57
    assert deployed.businesses(subs) == 40


def test_wrong_credentials_are_one_clear_error_and_nothing_is_written(deployed: Deployed) -> None:
    subs = deployed.stuck(30)
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


def test_two_who_retry_the_same_hundred_make_a_hundred_businesses(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    subs = deployed.stuck(100)
    # The first rows of both are under way before anybody hears of the first.
    meeting, arrivals = threading.Barrier(2 * CALLS_AT_ONCE), itertools.count()

    def meet(heard: Heard) -> tuple[int, Any]:
        if next(arrivals) < 2 * CALLS_AT_ONCE:
            meeting.wait(20)
        return pass_on(deployed, heard)

    def one(by: str) -> list[Outcome]:
        with command_stack() as stack:
            return run(command_retry(stack), *subs, by=by)

    with graphql_stub(meet) as stub, ThreadPoolExecutor(2) as pool:
        monkeypatch.setenv("AWS_ENDPOINT_URL_APPSYNC", stub.url)
        vera, sam = pool.map(one, ("vera", "sam"))
    assert deployed.businesses(subs) == 100
    assert all(outcome.is_fine for outcome in (*vera, *sam))
    records = {sub: deployed.record(sub) for sub in subs}
    assert {record.status for record in records.values()} == {COMPLETED}
    for by, outcomes in (("vera", vera), ("sam", sam)):
        called = {each.sub for each in outcomes if each.result is Result.COMPLETED}
        left = {sub for sub, record in records.items() if by in [a.by for a in record.attempts]}
        assert left == called >= set(subs[:CALLS_AT_ONCE])
    lines = [attempt for record in records.values() for attempt in record.attempts]
    assert len(lines) == 100 + counts([*vera, *sam])[Result.COMPLETED]


def test_a_record_that_cannot_be_written_is_said_and_the_next_retry_finds_it_done(
    deployed: Deployed, retry: Retry
) -> None:
    [sub] = deployed.stuck(1)
    deployed.aws.faults.fail("UpdateItem", "AccessDeniedException")
    [outcome] = run(retry, sub)
    assert outcome.result is Result.UNRECORDED
    assert outcome.text == (
        "The mutation went through, but the record was not updated (AccessDeniedException). That "
        "is harmless: retry it, and it is found done."
    )
    assert deployed.business(sub) is not None
    assert deployed.record(sub).status == FAILED
    [outcome] = run(retry, sub)
    assert outcome.result is Result.COMPLETED
    assert outcome.text.startswith("The business was there already, since 20")
    assert deployed.record(sub).attempts[-1].message == outcome.text
    assert deployed.aws.faults.calls("GraphQL") == 1


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
    process: list[subprocess.Popen[str]] = []
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
    assert outcome.text.startswith("The business was there already")
    assert deployed.record(sub).status == COMPLETED


def test_a_record_that_changed_under_us_keeps_both(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sub] = deployed.stuck(1, group_name="strangers")

    def dismiss_meanwhile(_heard: Heard) -> tuple[int, Any]:
        deployed.table.dismiss(sub, by="sam", reason="A test account", at=minute(9))
        return 200, {"data": None, "errors": [{"errorType": "GroupNotAllowed", "message": "No."}]}

    with graphql_stub(dismiss_meanwhile) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_APPSYNC", stub.url)
        with command_stack() as stack:
            [outcome] = run(command_retry(stack), sub)
    record = deployed.record(sub)
    assert outcome.result is Result.FAILED
    assert record.status == DISMISSED
    assert [attempt.by for attempt in record.attempts] == ["trigger", "vera"]
    assert outcome.record == record
