"""Settings and stack outputs to table and user pool."""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core import signing
from django.core.cache import cache

from businesses.aws.outputs import LOOK_SECONDS, OUTPUTS_SECONDS
from businesses.aws.shared_outputs import KEY, SALT, SharedOutputs
from businesses.backend import Backend, get_backend
from businesses.exceptions import BackendUnavailable, TableMissing
from businesses.pages.business.listing import approximate_count
from businesses.queries.business_plan import EVERYTHING
from businesses.queries.paging import FIRST
from businesses.records.identity import Identity, Membership
from tests.businesses.account import REGION, STACK_NAME, Account, business

ANN = Identity("ann", "ann")


class Clock:
    """Time that passes when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def backend(account: Account, clock: Clock) -> Iterator[Backend]:
    # A machine that runs tests may be slow; a test of the deadline makes a backend of its own.
    backend = Backend(STACK_NAME, REGION, deadline_seconds=30, clock=clock)
    yield backend
    backend.close()


def test_the_stacks_outputs_lead_to_table_and_pool(account: Account, backend: Backend) -> None:
    account.deploy()
    account.write([business(1)])
    account.create_user("sub-0001", "businesses")
    assert backend.business_page(EVERYTHING, FIRST, 50).items == (business(1),)
    assert backend.get_business("sub-0001") == business(1)
    owner, nobody = business(1).owner_identity, Identity("", "")
    assert backend.groups_of([owner, nobody, owner]) == {owner: Membership(("businesses",))}


def test_outputs_are_read_once_in_a_while(account: Account, backend: Backend, clock: Clock) -> None:
    account.deploy()
    before = account.aws.faults.calls("DescribeStacks")

    def reads() -> int:
        backend.get_business("a")
        return account.aws.faults.calls("DescribeStacks") - before

    assert [reads(), reads()] == [1, 1]
    clock.now += OUTPUTS_SECONDS + 1
    assert reads() == 2


def test_a_table_that_was_replaced_is_found_at_once(account: Account, backend: Backend) -> None:
    account.deploy()
    assert backend.get_business("sub-0001") is None
    account.dynamodb.delete_table(TableName=account.table_name)
    account.table_name = account.create_table("businesses-2")
    account.write([business(1)])
    account.redeploy()
    # IAM refuses the old table, which the site's policy names no more.
    assert backend.get_business("sub-0001") == business(1)


def test_all_processes_use_the_outputs_that_one_has_read(account: Account) -> None:
    account.deploy()
    clocks = [Clock() for _ in range(2)]
    first, second = (
        Backend(STACK_NAME, REGION, deadline_seconds=30, clock=clock, shared=SharedOutputs(cache))
        for clock in clocks
    )
    before = account.aws.faults.calls("DescribeStacks")
    assert [each.get_business("sub-0001") for each in (first, second)] == [None, None]
    assert account.aws.faults.calls("DescribeStacks") == before + 1
    old = account.table_name
    account.table_name = account.create_table("businesses-2")
    account.write([business(1)])
    account.redeploy()
    account.dynamodb.delete_table(TableName=old)
    assert first.get_business("sub-0001") == business(1)
    reads = account.aws.faults.calls("DescribeStacks")
    clocks[1].now += LOOK_SECONDS + 1
    assert second.get_business("sub-0001") == business(1)
    assert account.aws.faults.calls("DescribeStacks") == reads
    for each in (first, second):
        each.close()


@pytest.mark.parametrize("text", ["", "{}", "eyJHcmFwaHFsVXJsIjoiaHR0cHM6Ly9ldmlsIn0:1x:forged"])
def test_outputs_that_the_site_did_not_sign_are_not_used(text: str) -> None:
    shared = SharedOutputs(cache)
    shared.set({"GraphqlUrl": "https://ours"}, 10)
    assert shared.get(10) == {"GraphqlUrl": "https://ours"}
    assert "ours" in str(signing.loads(cache.get(KEY), salt=SALT))
    cache.set(KEY, text)
    assert shared.get(10) == {}


def test_a_pool_that_was_replaced_is_found_at_once(account: Account, backend: Backend) -> None:
    account.deploy()
    assert backend.groups_of([ANN]) == {ANN: Membership(user_exists=False)}
    cache.clear()
    account.cognito.delete_user_pool(UserPoolId=account.user_pool_id)
    account.user_pool_id = account.create_user_pool()
    account.create_user("ann", "businesses")
    account.redeploy()
    assert backend.groups_of([ANN]) == {ANN: Membership(("businesses",))}


def test_a_table_that_is_gone_is_named(account: Account, backend: Backend) -> None:
    account.deploy()
    account.dynamodb.delete_table(TableName=account.table_name)
    with pytest.raises(TableMissing, match=account.table_name):
        backend.get_business("a")
    assert approximate_count(backend) is None


def test_a_pool_that_is_gone_leaves_groups_unknown(account: Account, backend: Backend) -> None:
    account.deploy()
    account.cognito.delete_user_pool(UserPoolId=account.user_pool_id)
    assert backend.groups_of([ANN]) == {ANN: None}


def test_a_missing_output_is_named_and_looked_for_again(account: Account, backend: Backend) -> None:
    account.deploy(UserPoolId=account.user_pool_id)
    with pytest.raises(BackendUnavailable, match="no output BusinessTableName") as caught:
        backend.get_business("a")
    assert "deploy_backend" in caught.value.hint
    account.redeploy(BusinessTableName=account.table_name)
    assert backend.get_business("a") is None


def test_the_table_is_counted_once_in_a_while(account: Account, backend: Backend) -> None:
    account.deploy()
    account.write(business(number) for number in range(3))
    assert [approximate_count(backend), approximate_count(backend)] == [3, 3]
    assert account.aws.faults.calls("DescribeTable") == 1


def test_an_error_that_nobody_expects_is_told_by_its_code(
    account: Account, backend: Backend
) -> None:
    account.deploy()
    account.aws.faults.fail("GetItem", "ItemCollectionSizeLimitExceededException")
    with pytest.raises(
        BackendUnavailable, match="refused GetItem: ItemCollectionSizeLimitExceededException"
    ):
        backend.get_business("a")


def test_a_call_that_boto_refuses_to_make_is_told(account: Account, backend: Backend) -> None:
    account.deploy()
    with pytest.raises(BackendUnavailable, match="boto3 does not send that to AWS"):
        backend.business_page(EVERYTHING, FIRST, -1)


def test_credentials_are_read_again_once_they_were_refused(
    account: Account, backend: Backend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.deploy()
    right = Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).read_text()
    wrong = tmp_path / "wrong"
    wrong.write_text(re.sub(r"(?<=secret_access_key = ).*", "wrong", right))
    with monkeypatch.context() as without:
        without.setenv("AWS_SHARED_CREDENTIALS_FILE", str(wrong))
        with pytest.raises(BackendUnavailable, match="signature"):
            backend.get_business("a")
    assert backend.get_business("a") is None


def test_nobody_waits_longer_for_aws_than_the_deadline(
    monkeypatch: pytest.MonkeyPatch, account: Account
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        backend = Backend(STACK_NAME, REGION)
        with pytest.raises(BackendUnavailable, match=r"did not answer within 2\.5 seconds"):
            backend.business_page(EVERYTHING, FIRST, 50)
    backend.close()


def test_a_process_has_one_backend(account: Account) -> None:
    assert get_backend() is get_backend()
