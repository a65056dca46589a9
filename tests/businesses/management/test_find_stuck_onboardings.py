"""`manage.py find_stuck_onboardings` as an operator or cron runs it."""

import io
import os
import re
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from socket import gethostname
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from businesses.management.sweep_report import (
    MOST_LISTED,
    SweepTally,
    format_duration,
    format_progress,
)
from businesses.models import Sweep
from businesses.sweep.decisions import SweepDecision
from businesses.sweep.lease import SweepLease
from businesses.sweep.service import Finding, SweepStep
from tests.businesses.account import Account
from tests.businesses.onboardings import create_onboarding_table
from tests.businesses.sweep.big_pool import DRIFTED, OUTSIDE, BigPool, serving, sub_of
from tests.processes import manage, managed

COMMAND = "find_stuck_onboardings"
pytestmark = pytest.mark.django_db


class Aws:
    """Serves pools, each from its own address, which the environment leads to."""

    def __init__(self, stack: ExitStack, environment: pytest.MonkeyPatch) -> None:
        self._stack, self._environment = stack, environment

    def serve(self, pool: BigPool) -> dict[str, str]:
        variables = {
            "AWS_ENDPOINT_URL": self._stack.enter_context(serving(pool)),
            "AWS_ACCESS_KEY_ID": "AKIA",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-central-1",
        }
        for name, value in variables.items():
            self._environment.setenv(name, value)
        return variables


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with ExitStack() as stack:
        yield Aws(stack, monkeypatch)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


RECORDED = "recorded as such"


def run(*arguments: str, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    call_command(COMMAND, *arguments, stdout=out)
    return out.getvalue()


def test_the_summary_counts_and_names_who_is_stuck(aws: Aws) -> None:
    pool = BigPool(100)
    aws.serve(pool)
    said = run()
    [outside], [drifted] = OUTSIDE, DRIFTED
    assert "100 users checked, 2 of them newly found stuck." in said
    assert f"1 neither in the group nor with a Business, recorded:\n  {sub_of(outside)}\n" in said
    title = "1 with a Business but no longer in its group, recorded as such"
    assert f"{title}:\n  {sub_of(drifted)}" in said
    assert "1 no longer stuck, recorded as completed" in said
    assert "retry_onboardings" in said
    assert "@" not in said
    assert "\r" not in said


def test_what_it_found_and_when_is_kept_for_the_admin(aws: Aws) -> None:
    aws.serve(BigPool(100))
    before = timezone.now()
    run()
    latest = Sweep.objects.latest()
    assert (latest.users_seen, latest.found, latest.completed, latest.drifted) == (100, 2, 1, 1)
    assert (latest.dry_run, latest.error) == (False, "")
    assert latest.finished_at is not None
    assert before <= latest.started_at <= latest.finished_at
    assert str(latest).endswith("2 found, 1 completed")


def test_a_sweep_that_cloudwatch_did_not_learn_of_is_done_and_says_so(
    aws: Aws, settings: Any
) -> None:
    pool, out, err = BigPool(100), io.StringIO(), io.StringIO()
    aws.serve(pool)
    settings.SWEEP_ALARM_HOURS = 24
    call_command(COMMAND, stdout=out, stderr=err)
    assert "100 users checked, 2 of them newly found stuck." in out.getvalue()
    assert "AWS refused PutMetricData" in err.getvalue()
    assert "The sweep is done, but CloudWatch does not know of it" in err.getvalue()
    assert Sweep.objects.latest().error == ""


def test_a_dry_run_records_nothing_but_that_it_ran(aws: Aws) -> None:
    pool = BigPool(100)
    aws.serve(pool)
    said = run("--dry-run")
    assert "would be recorded" in said
    assert "retry_onboardings" not in said
    assert not pool.written
    assert Sweep.objects.latest().dry_run


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("2026-11-01", 2),
        ("2026-11-01T09:00Z", 2),
        ("2026-11-01T09:01Z", 0),
        ("2026-11-01T11:01+02:00", 0),
        ("0001-01-01", 2),
        ("0001-01-01T00:00+14:00", 2),
    ],
)
def test_who_was_created_earlier_is_left_out_if_asked(aws: Aws, given: str, found: int) -> None:
    pool = BigPool(100)
    aws.serve(pool)
    said = run("--confirmed-after", given, "--list-all")
    assert f"100 users checked, {found} of them newly found stuck." in said
    assert said.count(
        "left out, because they were created before the stack, or before --confirmed-after"
    ) == (
        0 if found else 3  # each of the two, and how many
    )


@pytest.mark.parametrize("given", ["", "yesterday", "2026-02-30", "2026-02-30T08:00", "08:00"])
def test_a_time_that_is_none_is_refused(aws: Aws, given: str) -> None:
    pool = BigPool(100)
    aws.serve(pool)
    with pytest.raises(CommandError, match=r"--confirmed-after: .* is no date"):
        run("--confirmed-after", given)
    assert not pool.calls


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
@pytest.mark.parametrize("given", ["9999-12-31", "9999-12-31T23:59:59-12:00", "2226-01-31T08:00Z"])
def test_a_time_to_come_is_refused_as_nobody_was_confirmed_after_it(
    aws: Aws, given: str, zone: str
) -> None:
    pool = BigPool(100)
    aws.serve(pool)
    with (
        timezone.override(zone),
        pytest.raises(CommandError, match=r"--confirmed-after: .* is yet to come"),
    ):
        run("--confirmed-after", given)
    assert not pool.calls


def test_a_second_run_finds_nothing_new(aws: Aws) -> None:
    pool = BigPool(100)
    aws.serve(pool)
    run()
    before = dict(pool.written)
    assert "100 users checked, 0 of them newly found stuck." in run()
    assert pool.written == before
    assert [each.found for each in Sweep.objects.all()] == [2, 0]


def test_users_younger_than_asked_for_are_left_out(aws: Aws) -> None:
    pool = BigPool(100)
    aws.serve(pool)
    assert "0 of them newly found stuck" in run("--older-than", "9999d")
    assert not pool.written


@pytest.mark.parametrize("age", ["5", "m", "-5m", "5 m", "1.5h", "999999d", ""])
def test_an_age_that_is_none_is_refused(age: str) -> None:
    with pytest.raises(CommandError, match="Write it as 90s, 5m, 2h or 1d"):
        run(f"--older-than={age}")
    assert not Sweep.objects.exists()


def test_a_second_sweep_of_a_stack_ends_at_once_with_one_line(aws: Aws) -> None:
    aws.serve(BigPool(100))
    of: Any = {"dry_run": False, "clock": timezone.now}
    SweepLease("another", "eu-central-1", **of)
    assert "100 users checked" in run()
    SweepLease("onboarding-test", "eu-central-1", **of)
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        run(out=out)
    [line] = str(caught.value).splitlines()
    assert f" UTC: process {os.getpid()} on {gethostname()}. Nothing was done. " in line
    assert "If it was killed, another can start at " in line
    assert (caught.value.returncode, out.getvalue()) == (1, "")


def test_records_of_runs_older_than_ninety_days_go(aws: Aws) -> None:
    aws.serve(BigPool(0))
    now = timezone.now()
    for days in (91, 89):
        Sweep.objects.create(started_at=now - timedelta(days=days))
    run()
    assert [(now - each.started_at).days for each in Sweep.objects.all()] == [89, -1]


def test_a_terminal_sees_how_far_it_is(aws: Aws) -> None:
    aws.serve(BigPool(900))
    said = run("--dry-run", out=Terminal())
    assert re.search(r"\r\x1b\[K(Reading the group: |\[#*-*\] +\d+%)", said)
    assert said.rpartition("\r")[2].startswith("\x1b[K900 users checked")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_it_with_a_summary_and_are_kept_as_such(
    aws: Aws, migrated: Path, tmp_path: Path, number: signal.Signals
) -> None:
    pool = BigPool(600, hold_at=6)
    variables = aws.serve(pool) | {"DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}"}
    shutil.copy(migrated, tmp_path / "site.sqlite3")
    with managed(COMMAND, variables=variables) as process:
        assert pool.held.wait(timeout=60)
        process.send_signal(number)
        assert process.stdout is not None
        said = process.stdout.read()
        assert process.wait() == 130
    assert "300 users checked, 6 of them newly found stuck." in said
    assert "CommandError: Interrupted. The records made so far are kept." in said
    assert "Traceback" not in said
    assert sum(item["status"]["S"] == "FAILED" for item in pool.written.values()) == 6
    with closing(sqlite3.connect(tmp_path / "site.sqlite3")) as database:
        kept = database.execute("SELECT users_seen, found, error FROM businesses_sweep").fetchall()
    assert kept == [(300, 6, "Interrupted.")]


def test_an_aws_that_is_not_there_is_told_with_the_mend(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.serve(BigPool(0))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(CommandError, match="could not be reached") as caught:
        run()
    assert "AWS_ENDPOINT_URL" in str(caught.value)
    assert "could not be reached" in Sweep.objects.latest().error
    assert Sweep.objects.latest().finished_at is not None


def test_a_database_that_was_not_migrated_is_told_with_the_mend(aws: Aws, tmp_path: Path) -> None:
    variables = aws.serve(BigPool(0)) | {"DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}"}
    result = manage(COMMAND, variables=variables)
    assert result.returncode == 1
    assert "manage.py migrate" in result.stderr
    assert "Traceback" not in result.stderr


def tally(*steps: SweepStep) -> SweepTally:
    tally = SweepTally()
    for step in steps:
        tally.add(step)
    return tally


def test_only_the_first_of_a_kind_are_listed() -> None:
    findings = tuple(Finding(f"sub-{number}", SweepDecision.DRIFTED) for number in range(1_200))
    lines = tally(SweepStep(users=1_200, findings=findings)).summary(dry_run=False)
    assert len(lines) == MOST_LISTED + 3
    assert lines[-1] == f"  and {1_200 - MOST_LISTED:,} more; use --list-all to list them all"


def test_everybody_is_named_on_request_as_they_are_found(aws: Aws) -> None:
    aws.serve(BigPool(200))
    lines = run("--list-all").splitlines()
    [drifted] = DRIFTED
    end = lines.index("200 users checked, 4 of them newly found stuck.")
    for number in (drifted, 100 + drifted):
        line = f"{sub_of(number)}  with a Business but no longer in its group, {RECORDED}"
        assert line in lines[:end]
    assert f"2 with a Business but no longer in its group, {RECORDED}." in lines[end:]


def test_what_somebody_else_did_first_is_not_counted() -> None:
    assert tally(SweepStep(findings=(Finding("a", SweepDecision.NO_BUSINESS, False),))).found == 0


@pytest.mark.parametrize(
    ("step", "total", "seconds", "line"),
    [
        (SweepStep(members=1_200), 20_000, 2.0, "Reading the group: 1,200 members, 600/s"),
        (
            SweepStep(users=5_000),
            20_000,
            10.0,
            "[######------------------]  25%  5,000 of about 20,000 users, 500/s, about 30 s left",
        ),
        (
            SweepStep(users=20_100),
            20_000,
            10.0,
            "[########################] 100%  20,100 of about 20,100 users, 2,010/s",
        ),
        (SweepStep(users=1), 0, 0.0, "[########################] 100%  1 of about 1 users, 0/s"),
    ],
)
def test_progress_has_a_rate_and_an_estimate(
    step: SweepStep, total: int, seconds: float, line: str
) -> None:
    assert format_progress(tally(step), total, seconds) == line


def test_a_time_to_wait_is_told_in_its_own_unit() -> None:
    assert [format_duration(each) for each in (0, 99, 100, 3_500, 3_900)] == [
        "0 s",
        "99 s",
        "2 min",
        "58 min",
        "1 h 05 min",
    ]


def test_a_stack_that_lacks_an_output_is_told_with_the_mend(account: Account) -> None:
    account.deploy(UserPoolId=account.user_pool_id)
    with pytest.raises(CommandError, match="onboarding-test has no output BusinessTableName"):
        run()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("InvalidParameterException", "AWS refused ListUsers: InvalidParameterException"),
        ("AccessDeniedException", "Have ListUsers allowed for these credentials"),
    ],
)
def test_a_refusal_in_the_middle_says_what_stays(account: Account, code: str, said: str) -> None:
    account.deploy(
        UserPoolId=account.user_pool_id,
        GroupName="businesses",
        BusinessTableName=account.table_name,
        OnboardingTableName=create_onboarding_table(account.dynamodb),
    )
    account.aws.faults.fail("ListUsers", code)
    out = io.StringIO()
    with pytest.raises(CommandError, match=said) as caught:
        run(out=out)
    assert "The records made so far are kept" in str(caught.value)
    assert out.getvalue() == "0 users checked, 0 of them newly found stuck.\n"
    assert Sweep.objects.latest().error
