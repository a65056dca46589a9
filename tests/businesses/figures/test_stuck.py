"""Who is stuck, read from a real index: also when there is more of it than one call returns."""

from typing import Any

from django.test import Client
from django.utils import timezone

from businesses.backend import get_backend
from businesses.figures.days import Window
from businesses.figures.names import forget_names, names_of
from businesses.figures.stuck import Stuck, read_stuck
from businesses.records.onboarding import Reason
from tests.businesses.deployed import Deployed
from tests.businesses.pages.said import STUCK

LARGE = Reason("TooManyRequestsException", "x" * 300_000)


def read() -> Stuck:
    return read_stuck(get_backend(), Window(timezone.localtime()))


def test_a_few_are_read_anew_for_every_page(deployed: Deployed, db: Any) -> None:
    deployed.stuck(2)
    assert read().number == 2
    deployed.stuck(1)
    assert read().number == 3


def test_many_are_kept_until_staff_do_something(deployed: Deployed, support: Client) -> None:
    subs = deployed.stuck(5, reason=LARGE)
    deployed.aws.faults.clear()
    assert (read().number, read().is_all) == (5, True)
    assert deployed.aws.faults.calls("Query") == 2
    support.post(f"{STUCK}dismiss/", {"sub": subs[0], "reason": "A test account."})
    assert read().number == 4


def test_an_odd_record_is_counted_all_the_same(deployed: Deployed, db: Any) -> None:
    item = {"sub": {"S": "odd"}, "status": {"S": "FAILED"}, "updatedAt": {"S": "yesterday"}}
    deployed.dynamodb.put_item(TableName=deployed.table.name, Item={**item, "reason": {"N": "1"}})
    found = read()
    assert (found.number, found.longest) == (1, None)
    assert [cause.reason_type for cause in found.causes] == [""]


def test_a_name_that_is_forgotten_is_read_again(deployed: Deployed, db: Any) -> None:
    [sub] = deployed.stuck(1, name="Zoe")
    assert names_of(get_backend(), [sub]) == {sub: "Zoe"}
    deployed.dynamodb.delete_item(TableName=deployed.table.name, Key={"sub": {"S": sub}})
    assert names_of(get_backend(), [sub]) == {sub: "Zoe"}
    forget_names([sub])
    assert names_of(get_backend(), [sub]) == {}
