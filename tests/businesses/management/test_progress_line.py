"""How far a command is, whatever was counted before and whatever has come since."""

import re

from hypothesis import given
from hypothesis import strategies as st

from businesses.management import retry_report, sweep_report
from businesses.management.progress_line import BAR_WIDTH
from businesses.management.retry_report import RetryTally
from businesses.management.sweep_report import SweepTally
from businesses.retry.outcomes import Outcome, Result
from businesses.sweep.service import SweepStep
from tests.harness.counts import count

numbers = st.integers(0, 60)
seconds = st.floats(0, 1e6)


def check(line: str, done: int, estimated: int) -> None:
    """Check that a line tells of no more than there are, with a bar that fits its numbers."""
    found = re.match(r"\[(#*)-*\] .*?([\d,]+) of (?:about )?([\d,]+)\b", line)
    assert found
    told, total = (int(each.replace(",", "")) for each in found.groups()[1:])
    assert told == done <= total == max(done, estimated)
    assert len(found[1]) == (round(done / total * BAR_WIDTH) if total else BAR_WIDTH)
    count("lines of progress")


@given(done=numbers, estimated=numbers, seconds=seconds)
def test_a_retry_never_says_that_more_are_done_than_there_are(
    done: int, estimated: int, seconds: float
) -> None:
    tally = RetryTally()
    for _ in range(done):
        tally.add(Outcome(sub="a", result=Result.COMPLETED, text=""))
    check(retry_report.format_progress(tally, estimated, seconds), done, estimated)


@given(pages=st.lists(numbers, min_size=1, max_size=5), estimated=st.integers(0, 300))
def test_a_sweep_never_says_that_more_are_done_than_there_are(
    pages: list[int], estimated: int
) -> None:
    tally = SweepTally()
    for page in [*pages, 1]:
        tally.add(SweepStep(users=page))
        if tally.users:
            line = sweep_report.format_progress(tally, estimated, 3.0)
            check(line, tally.users, estimated)
