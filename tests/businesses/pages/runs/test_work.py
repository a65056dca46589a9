"""How far one request gets with its rows, and where the next one goes on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest
from django.contrib.auth.models import User
from django.test import override_settings

from businesses.audit.history import Staff
from businesses.audit.runs import Run
from businesses.pages.onboarding.actions.run_actions import RETRY, given_by
from businesses.pages.runs.work import Worked, time_limit, work
from businesses.queries.onboarding_plan import Choice
from tests.businesses.aws.api.graphql_stub import DONE, GraphqlStub, Heard, error, graphql_stub
from tests.businesses.deployed import Deployed
from tests.businesses.pages.onboarding.retrying import history

MISSED = "Retry not made. There was no time left for it, so the record is unchanged."


@pytest.fixture
def staff(sally: User) -> Staff:
    return Staff(sally.pk, "sally")


@contextmanager
def slow_api(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch, *, refused: str = ""
) -> Iterator[GraphqlStub]:
    """Serve an API during whose third answer the time is up; one sub it refuses."""

    def script(heard: Heard) -> tuple[int, object]:
        if len(stub.heard) == 3:
            stop.set()
        return 200, error("No") if heard.variables["sub"] == refused else DONE

    with graphql_stub(script) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_APPSYNC", stub.url)
        yield stub


def begun(staff: Staff, subs: list[str] | None, total: int = 0) -> Run:
    return Run.begin(RETRY.name, staff, subs=subs, total=total, given=given_by(Choice()))


def do(run: Run, staff: Staff, stop: threading.Event, size: int = 100) -> Worked:
    """Do a batch that ends when the event is set."""
    return work(run, RETRY, staff, size=size, time=lambda: nullcontext(stop))


def tried(worked: Worked) -> set[str]:
    return {entry.object_id for entry in worked.entries}


@override_settings(RETRY_RATE_PER_SECOND=5)  # so that the stop comes in time on a busy machine
def test_named_rows_that_found_no_time_are_left_and_their_history_says_so(
    deployed: Deployed, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    subs, stop = deployed.stuck(12), threading.Event()
    run = begun(staff, subs)
    with slow_api(stop, monkeypatch) as stub:
        worked = do(run, staff, stop)
        assert 3 <= len(stub.heard) < 12
    assert worked.problem is None
    assert tried(worked) == {heard.variables["sub"] for heard in stub.heard}
    assert run.left is not None
    assert set(run.left) == set(subs) - tried(worked)
    for sub in run.left:
        assert [message for _, message in history(sub)] == ["Retry begun.", MISSED]


@override_settings(RETRY_RATE_PER_SECOND=5)  # so that the stop comes in time on a busy machine
def test_all_go_on_from_the_first_that_found_no_time_and_each_is_met_once(
    deployed: Deployed, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    subs = deployed.stuck(12)
    refused = subs[-1]  # the newest, so the first; it moves to the front once more
    met, turns, run = list[str](), 0, begun(staff, None)
    stop = threading.Event()
    with slow_api(stop, monkeypatch, refused=refused) as stub:
        while run.finished_at is None:
            met += tried(do(run, staff, stop, size=12))
            turns, stop = turns + 1, threading.Event()
    assert sorted(met) == sorted(subs)
    assert len(stub.heard) == 12
    assert turns == 2


def test_a_record_that_goes_before_its_turn_has_an_end_in_its_history(
    deployed: Deployed, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    subs = deployed.stuck(20)

    def delete_others(heard: Heard) -> tuple[int, object]:
        if len(stub.heard) == 1:
            for sub in set(subs) - {heard.variables["sub"]}:
                key = {"sub": {"S": sub}}
                deployed.dynamodb.delete_item(TableName=deployed.table.name, Key=key)
        return 200, DONE

    with graphql_stub(delete_others) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_APPSYNC", stub.url)
        do(begun(staff, [*subs, "nobody"]), staff, threading.Event())
    for sub in subs:
        assert len(history(sub)) == 2
    [(_, message)] = history("nobody")
    assert message.startswith("No retry was made. There is no record with this sub.")


def test_without_any_time_at_all_nothing_is_changed_and_that_is_said(
    deployed: Deployed, staff: Staff
) -> None:
    [sub] = deployed.stuck(1)
    before, stop = deployed.record(sub), threading.Event()
    stop.set()
    by_name, among_all = begun(staff, [sub]), begun(staff, None)
    assert "No retry could start" in str(do(by_name, staff, stop).problem)
    assert by_name.left == [sub]
    assert "No retry could start" in str(do(among_all, staff, stop).problem)
    assert (among_all.position, among_all.finished_at) == ("", None)
    assert deployed.record(sub) == before


def test_the_time_is_up_after_its_seconds_and_the_clock_is_put_away_before() -> None:
    with time_limit(0) as over:
        assert over.wait(30)
    with time_limit(3600) as over:
        pass
    assert not over.is_set()
    assert not any(isinstance(each, threading.Timer) for each in threading.enumerate())
