"""How long one request of a run lasts while every call to AWS takes long."""

import threading
import time
from contextlib import nullcontext
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User

from businesses.audit.history import Staff
from businesses.audit.runs import Run
from businesses.pages.onboarding.actions.run_actions import RETRY, given_by
from businesses.pages.runs.work import BATCH_SECONDS, work
from businesses.queries.onboarding_plan import Choice
from businesses.records.onboarding import COMPLETED
from businesses.retry.for_pages import PAGE_RETRY_POLICY, RETRY_CONFIG
from onboarding_site.serving.processes import LONGEST_BATCH_SECONDS
from tests.businesses.aws.api.graphql_stub import DONE, graphql_stub
from tests.businesses.deployed import Deployed
from tests.businesses.pages.onboarding.retrying import history

WRITE_SECONDS, BEGUN = 2.0, 30


def test_a_batch_ends_soon_after_its_time_with_an_end_in_every_history(
    deployed: Deployed, sally: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    subs = deployed.stuck(60)
    run = Run.begin(
        RETRY.name, Staff(sally.pk, "sally"), subs=subs, total=60, given=given_by(Choice())
    )
    deployed.aws.faults.slow_down("UpdateItem", WRITE_SECONDS)
    calls, over, at = count(1), threading.Event(), list[float]()

    def answer(_: object) -> tuple[int, Any]:
        if next(calls) == BEGUN:
            at.append(time.monotonic())
            over.set()
        return 200, DONE

    with graphql_stub(answer) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_APPSYNC", stub.url)
        staff = Staff(sally.pk, "sally")
        worked = work(run, RETRY, staff, time=lambda: nullcontext(over), size=60)
        lasted = time.monotonic() - at[0]
    deployed.aws.faults.clear()
    assert worked.problem is None
    assert worked.entries
    # Those under way are recorded a few at a time: two at a time would take half a minute.
    assert lasted < 5 * WRITE_SECONDS
    assert run.left is not None
    assert len(run.left) == 60 - len(worked.entries)
    for sub in subs:
        is_done = sub not in run.left
        assert (deployed.record(sub).status == COMPLETED) is is_done
        assert history(sub)[-1][1].startswith("Retry completed." if is_done else "Retry not made.")


def test_the_longest_batch_ends_before_its_process_may_be_ended() -> None:
    config: Any = RETRY_CONFIG
    tries = config.retries["total_max_attempts"]
    pauses = sum(2**number for number in range(tries - 1))  # botocore's, at the most
    call = tries * (config.connect_timeout + config.read_timeout) + pauses
    assert BATCH_SECONDS + PAGE_RETRY_POLICY.seconds + 2 * call < LONGEST_BATCH_SECONDS
