"""The alarm on a sweep that is overdue, with the site's own rights."""

import io
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from aws_setup.local.server import LocalAws
from businesses.aws.sweep_metric import NAMESPACE
from businesses.management.progress_line import INTERRUPTED
from businesses.models import Sweep
from tests.businesses.deployed import Deployed
from tests.businesses.site_user import REGION, SiteUser
from tests.deployment import deploy

NOON = datetime(2026, 5, 14, 12, 0, 10, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PUT_METRIC = "cloudwatch:PutMetricData"

pytestmark = pytest.mark.django_db


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


class Site:
    """The site of a deployed stack, which sweeps as a user who has the site's policy alone."""

    def __init__(self, aws: LocalAws, user: SiteUser) -> None:
        self.aws, self.user = aws, user
        self._cloudwatch = aws.client("cloudwatch", REGION)

    def sweep(self, *options: str) -> str:
        """Run the sweep, and return what it says to standard error."""
        err = io.StringIO()
        call_command("find_stuck_onboardings", *options, stdout=io.StringIO(), stderr=err)
        return err.getvalue()

    def state(self) -> str:
        """Return the state of the alarm."""
        alarms = self._cloudwatch.describe_alarms()["MetricAlarms"]
        [found] = [each for each in alarms if "-SweepAlarm-" in each["AlarmName"]]
        return str(found["StateValue"])

    def has_written(self) -> bool:
        found = self._cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]
        return any(each["MetricName"].endswith("-swept") for each in found)


@pytest.fixture
def site(
    aws_environment: LocalAws, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """The stack with an alarm on two hours without a sweep."""
    settings.SWEEP_ALARM_HOURS = 2
    yield from _site(aws_environment, tmp_path, monkeypatch)


@pytest.fixture
def site_without_alarm(
    aws_environment: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    yield from _site(aws_environment, tmp_path, monkeypatch)


def _site(aws: LocalAws, folder: Path, environment: pytest.MonkeyPatch) -> Iterator[Site]:
    deploy(aws)
    user = SiteUser(aws, folder)
    user.attach(Deployed(aws).outputs["SitePolicyArn"])
    user.enter(environment)
    yield Site(aws, user)


def test_it_goes_off_while_no_sweep_ends_and_is_quiet_after_one(site: Site) -> None:
    with site.aws.clock.at(NOON):
        assert site.state() == "ALARM"  # none has ever ended
        assert site.sweep() == ""
    with site.aws.clock.at(NOON + MINUTE):
        assert site.state() == "OK"
    # CloudWatch looks two periods further back than the two of the alarm.
    with site.aws.clock.at(NOON + 4 * HOUR):
        assert site.state() == "OK"
    with site.aws.clock.at(NOON + 4 * HOUR + MINUTE):
        assert site.state() == "ALARM"
        assert site.sweep() == ""
    with site.aws.clock.at(NOON + 4 * HOUR + 2 * MINUTE):
        assert site.state() == "OK"
    site.user.check()


def test_a_sweep_that_failed_or_was_cut_off_or_wrote_nothing_does_not_count(site: Site) -> None:
    site.aws.faults.fail("ListUsers", "InvalidParameterException")
    with pytest.raises(CommandError, match="AWS refused ListUsers"):
        site.sweep()
    site.aws.faults.lose_connection("ListUsers", hook=press_ctrl_c)
    with pytest.raises(CommandError, match="Interrupted"):
        site.sweep()
    site.sweep("--dry-run")
    assert not site.has_written()
    site.user.check()


def test_one_that_is_cut_off_while_it_tells_cloudwatch_is_kept_as_finished(site: Site) -> None:
    site.aws.faults.lose_connection("PutMetricData", hook=press_ctrl_c)
    with pytest.raises(CommandError, match=r"Interrupted\. The sweep is done") as caught:
        site.sweep()
    assert caught.value.returncode == INTERRUPTED
    kept = Sweep.objects.latest()
    assert (kept.error, kept.finished_at is not None) == ("", True)
    site.user.check()


def test_without_the_setting_the_site_neither_writes_the_metric_nor_may_it(
    site_without_alarm: Site, settings: Any
) -> None:
    site = site_without_alarm
    assert site.sweep() == ""
    assert PUT_METRIC not in {each.action for each in site.user.decisions}
    settings.SWEEP_ALARM_HOURS = 24  # the stack is not deployed with it
    assert "but CloudWatch does not know of it" in site.sweep()
    assert [each.action for each in site.user.decisions if not each.is_allowed] == [PUT_METRIC]
    assert not site.has_written()
