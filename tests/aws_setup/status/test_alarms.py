"""Whether one of the stack's alarms has gone off, as `backend_status` tells it."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from aws_setup.local.server import LocalAws
from aws_setup.status.alarms import check_alarms
from aws_setup.status.checks import check_stack
from aws_setup.status.runner import Backend, CheckState, run_checks
from tests.deployment import REGION, deploy
from tests.settings import BACKEND_STACK_NAME

CHECKS = {"stack": check_stack, "alarms": check_alarms}
UNTOLD = "None of 6 has gone off. Nobody is told when one does: ALARM_EMAIL is empty. "


def found(aws: LocalAws) -> list[tuple[CheckState, str, str]]:
    backend = Backend(partial(aws.client, region=REGION), BACKEND_STACK_NAME)
    _, *results = run_checks(backend, CHECKS)
    return [(each.state, each.text, each.hint) for each in results]


def names(aws: LocalAws) -> dict[str, str]:
    """Return the names of the stack's alarms by the last part of their logical ids."""
    alarms = aws.client("cloudwatch", REGION).describe_alarms()["MetricAlarms"]
    return {each["AlarmName"].split("-")[-2]: each["AlarmName"] for each in alarms}


def count(aws: LocalAws, what: str) -> None:
    """Count one in a metric of the stack's own."""
    datum = {"MetricName": f"{BACKEND_STACK_NAME}-{what}", "Value": 1}
    aws.client("cloudwatch", REGION).put_metric_data(
        Namespace="BusinessOnboarding", MetricData=[datum]
    )


def test_what_is_not_set_up_is_told_where_all_is_quiet(local_aws: LocalAws) -> None:
    deploy(local_aws)
    [(state, text, hint)] = found(local_aws)
    assert (state, hint) == (CheckState.OK, "")
    assert text == f"{UNTOLD}None waits for the sweep: SWEEP_ALARM_HOURS is 0."


def test_an_alarm_that_went_off_or_is_gone_is_wrong(local_aws: LocalAws) -> None:
    deploy(local_aws)
    cloudwatch = local_aws.client("cloudwatch", REGION)
    cloudwatch.delete_alarms(AlarmNames=[names(local_aws)["TriggerErrorAlarm"]])
    count(local_aws, "failed")
    with local_aws.clock.at(datetime.now(UTC) + timedelta(minutes=2)):
        gone, rings = found(local_aws)
    assert gone[:2] == (CheckState.WRONG, "Somebody deleted TriggerErrorAlarm.")
    assert rings[0] == CheckState.WRONG
    assert rings[1].startswith("FailureAlarm has gone off, at 2")
    assert rings[2].startswith("A confirmation was not onboarded. See")


def test_an_alarm_on_the_sweep_goes_off_until_one_has_ended(
    local_aws: LocalAws, settings: Any
) -> None:
    settings.SWEEP_ALARM_HOURS, settings.ALARM_EMAIL = 24, "operations@example.com"
    deploy(local_aws)
    [(state, text, hint)] = found(local_aws)
    assert (state, hint[:21]) == (CheckState.WRONG, "The sweep is overdue.")
    assert text.startswith("SweepAlarm has gone off, at 2")
    count(local_aws, "swept")
    with local_aws.clock.at(datetime.now(UTC) + timedelta(minutes=2)):
        assert found(local_aws) == [(CheckState.OK, "None of 7 has gone off.", "")]


def test_credentials_that_may_not_look_do_not_say_that_all_is_well(local_aws: LocalAws) -> None:
    deploy(local_aws)
    local_aws.faults.fail("DescribeAlarms", "AccessDenied")
    [(state, text, _)] = found(local_aws)
    assert state == CheckState.NOT_CHECKED
    assert "AWS refused DescribeAlarms" in text
