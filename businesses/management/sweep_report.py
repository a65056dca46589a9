"""The text of a sweep's report to the operator. Nothing here does any I/O."""

import re
from collections import Counter
from datetime import timedelta

from businesses.management.progress_line import bar, one_line, share_and_total
from businesses.sweep.decisions import LEFT_OUT, STUCK, SweepDecision
from businesses.sweep.service import Finding, SweepStep

MOST_LISTED = 50
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


# The placeholder {} becomes "recorded" or "would be recorded".
TITLES = {
    SweepDecision.NOT_IN_GROUP: "neither in the group nor with a Business, {}",
    SweepDecision.NO_BUSINESS: "in the group but without a Business, {}",
    SweepDecision.COMPLETED: "no longer stuck, {} as completed",
    SweepDecision.REFRESHED: "stuck without an e-mail address or with another group, "
    "{} with Cognito's data",
    SweepDecision.DRIFTED: "with a Business but no longer in its group, {} as such",
    SweepDecision.RETURNED: "in the group of their Business again, {} as completed",
    SweepDecision.GONE: "out of their group, but no longer able to sign in, {} as completed",
    SweepDecision.KEPT: "dismissed and still without a Business, {} as still needed",
    SweepDecision.UNREADABLE: "skipped, because the record cannot be read or written: see its page",
    SweepDecision.EARLIER: "left out, because they were created before the stack, or before "
    "--confirmed-after",
    SweepDecision.ELSEWHERE: "left out, because they may have signed up through an app client that "
    "is not among ALLOWED_CLIENT_IDS; --confirmed-after takes them in",
}


class SweepTally:
    """What a sweep has seen so far: all the counts, and the first few subs of each kind.

    most_listed: how many subs of each kind to keep.
    """

    def __init__(self, most_listed: int = MOST_LISTED) -> None:
        self._most_listed = most_listed
        self.members = 0
        self.users = 0
        self._counts = Counter[SweepDecision]()
        self._subs: dict[SweepDecision, list[str]] = {decision: [] for decision in SweepDecision}

    def add(self, step: SweepStep) -> None:
        """Count one step, without findings that somebody else recorded first."""
        self.members += step.members
        self.users += step.users
        for finding in step.findings:
            if finding.is_new:
                self._counts[finding.decision] += 1
                # Those are no work to be done, and there may be a whole pool of them.
                is_listed = finding.decision not in LEFT_OUT
                if is_listed and len(self._subs[finding.decision]) < self._most_listed:
                    self._subs[finding.decision].append(finding.sub)

    @property
    def found(self) -> int:
        """How many stuck users had no record."""
        return sum(self._counts[decision] for decision in STUCK)

    @property
    def completed(self) -> int:
        """How many FAILED records belonged to users who are no longer stuck."""
        return self._counts[SweepDecision.COMPLETED]

    @property
    def drifted(self) -> int:
        """How many users have a Business but are not in its group."""
        return self._counts[SweepDecision.DRIFTED]

    def summary(self, *, dry_run: bool) -> list[str]:
        """Return the closing lines: how many users of each kind, and the subs of some of them."""
        lines = [f"{self.users:,} users checked, {self.found:,} of them newly found stuck."]
        for decision, title in TITLES.items():
            count, subs = self._counts[decision], self._subs[decision]
            if count:
                end = ":" if subs else "."
                lines.append(f"{count:,} {title.format(_recorded(dry_run=dry_run))}{end}")
                lines += [f"  {one_line(sub)}" for sub in subs]
            if count > len(subs) > 0:
                lines.append(f"  and {count - len(subs):,} more; use --list-all to list them all")
        return lines


def format_finding(finding: Finding, *, dry_run: bool) -> str:
    """Return one line about one user."""
    title = TITLES[finding.decision].format(_recorded(dry_run=dry_run))
    return f"{one_line(finding.sub)}  {title}"


def format_progress(tally: SweepTally, total: int, seconds: float) -> str:
    """Return one line: the progress, the rate, and the time left.

    total: roughly how many users there are. seconds: since the first user, or since the first step
    if no user has been seen yet.
    """
    if not tally.users:
        return f"Reading the group: {tally.members:,} members, {_rate(tally.members, seconds)}"
    share, total = share_and_total(tally.users, total)
    line = (
        f"{bar(share)} {share:4.0%}  {tally.users:,} of about {total:,} users, "
        f"{_rate(tally.users, seconds)}"
    )
    if share < 1:
        line += f", about {format_duration(seconds / tally.users * (total - tally.users))} left"
    return line


def format_duration(seconds: float) -> str:
    """Format a duration: "40 s", "12 min" or "1 h 05 min"."""
    minutes = round(seconds / 60)
    if seconds < 100:  # noqa: PLR2004
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"  # noqa: PLR2004


def parse_duration(text: str) -> timedelta:
    """Read "90s", "5m", "2h" or "1d". Raises ValueError for anything else."""
    match = re.fullmatch(r"(\d{1,5})([smhd])", text)
    if not match:
        raise ValueError(f'"{text}" is not a duration. Write it as 90s, 5m, 2h or 1d')
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _recorded(*, dry_run: bool) -> str:
    return "would be recorded" if dry_run else "recorded"


def _rate(count: int, seconds: float) -> str:
    return f"{count / seconds if seconds else 0:,.0f}/s"
