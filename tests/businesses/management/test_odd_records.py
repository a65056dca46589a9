"""`manage.py retry_onboardings --all` where every tenth record is odd in another way."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from businesses.records.onboarding import COMPLETED
from tests.businesses.deployed import Deployed
from tests.businesses.odd_records import SO_MANY, every_tenth_odd, put_odd, stored
from tests.harness.counts import count


@pytest.mark.parametrize("number", [30, pytest.param(SO_MANY, marks=pytest.mark.long)])
@override_settings(RETRY_RATE_PER_SECOND=1000)
def test_the_odd_ones_are_named_and_all_others_are_done(deployed: Deployed, number: int) -> None:
    fine, odd = every_tenth_odd(deployed, number)
    output = StringIO()
    with pytest.raises(CommandError, match="Some are not onboarded") as ended:
        call_command("retry_onboardings", all=True, stdout=output)
    assert ended.value.returncode == 1
    *lines, summary = output.getvalue().splitlines()
    assert [line for line in lines if " failed: " in line] == []
    assert re.fullmatch(rf"{len(fine)} completed, {len(odd)} not retried, in .* s\.", summary)
    told = dict(re.findall(r"^(\S+)  not retried: (.*)$", "\n".join(lines), re.MULTILINE))
    assert told.keys() == odd.keys()
    for sub, item in odd.items():
        assert told[sub].endswith("The mutation was not called.")
        assert stored(deployed, sub) == item
        assert deployed.business(sub) is None
    assert {deployed.record(sub).status for sub in fine} == {COMPLETED}
    assert deployed.businesses(fine) == len(fine)
    count("odd records among those that the command retried", len(odd))


def test_a_dry_run_names_them_too(deployed: Deployed) -> None:
    fine, odd = every_tenth_odd(deployed, 20)
    output = StringIO()
    call_command("retry_onboardings", all=True, dry_run=True, stdout=output)
    *lines, summary = output.getvalue().splitlines()
    assert summary == (
        "18 would be retried, and 2 could not be, for the reasons above. Nothing was changed."
    )
    assert sum("  would not be retried: " in line for line in lines) == 2
    assert {line.split("  ")[0] for line in lines} == {*fine, *odd}


def test_a_record_that_nothing_can_be_read_of_takes_one_line(deployed: Deployed) -> None:
    [sub] = deployed.stuck(1)
    put_odd(deployed, [sub], [{"status": {"S": "\x1b[2J\n"}, "email": {"B": b"x"}}])
    output = StringIO()
    call_command("retry_onboardings", sub, dry_run=True, stdout=output)
    first, summary = output.getvalue().splitlines()
    assert (
        "would not be retried: The status is not one of FAILED, COMPLETED, DISMISSED, OUT" in first
    )
    assert summary.startswith("0 would be retried, and 1 could not be")
    with pytest.raises(CommandError, match="Some are not onboarded"):
        call_command("retry_onboardings", sub, stdout=output)
    assert "\x1b" not in output.getvalue()
