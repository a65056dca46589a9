"""What a retry would do for each of some rows, and for all of them in a sentence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from businesses.audit.runs import under_way
from businesses.backend import get_backend
from businesses.models import HistoryEntry
from businesses.pages.onboarding.reads import Count, read_states
from businesses.records.onboarding import FAILED, OPEN, Onboarding
from businesses.retry.forecast import is_expected_to_succeed, will_be_done
from businesses.retry.state import OnboardingState, differences


@dataclass(frozen=True, slots=True)
class RetryRow:
    """One row.

    record, state: None if there is no record. keep: as in `will_be_done`. busy: who is retrying it,
    if somebody is.
    """

    sub: str
    record: Onboarding | None
    state: OnboardingState | None
    words: str
    keep: bool = False
    busy: HistoryEntry | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether there is something to retry."""
        return self.record is not None and self.record.status in OPEN

    @property
    def is_onboarded(self) -> bool:
        """Whether the record is stuck, but the Business is there."""
        is_failed = self.record is not None and self.record.status == FAILED
        return is_failed and self.state is not None and self.state.business is not None

    @property
    def can_be_onboarded(self) -> bool:
        """Whether a retry is expected to succeed."""
        record, state = self.record, self.state
        return (
            self.is_stuck
            and record is not None
            and state is not None
            and is_expected_to_succeed(record, state, keep=self.keep)
        )

    @property
    def group_gone(self) -> str:
        """The group to join, if the user pool has none of this name; "" otherwise."""
        state = self.state
        is_gone = self.is_stuck and not self.is_onboarded and state and state.is_group_gone
        return state.group if state and is_gone else ""

    @property
    def is_doubtful(self) -> bool:
        """Whether a retry would onboard somebody who is currently disabled or not confirmed."""
        state = self.state
        return self.is_stuck and state is not None and state.is_in_doubt

    @property
    def is_account_unknown(self) -> bool:
        """Whether Cognito can be asked for the account, and was not."""
        state = self.state
        return self.is_stuck and state is not None and state.is_confirmed is None

    @property
    def is_outdated(self) -> bool:
        """Whether Cognito is known to hold other data than the record."""
        return bool(self.record and self.state and differences(self.record, self.state))

    @property
    def is_exception(self) -> bool:
        """Whether somebody should look at the row before it is retried."""
        is_odd = self.is_doubtful or self.is_outdated or self.busy is not None
        return is_odd or not self.can_be_onboarded

    @property
    def title(self) -> str:
        """The label of the row."""
        return (self.record.email or self.record.name if self.record else "") or self.sub


class Summary:
    """What is known of a retry beforehand, in a sentence that promises nothing.

    rows: those that were looked at. count: how many are stuck in all. is_back: whether they are put
    back in their group.
    """

    def __init__(self, rows: Sequence[RetryRow], count: Count, *, is_back: bool = False) -> None:
        stuck = [row for row in rows if row.is_stuck]
        self._not_stuck = len(rows) - len(stuck)
        self._onboarded = sum(row.is_onboarded for row in stuck)
        self._may = sum(row.can_be_onboarded and not row.is_onboarded for row in stuck)
        self._cannot = len(stuck) - self._may - self._onboarded
        self.looked_at, self._count = len(stuck), count
        self._done = "put back in their group" if is_back else "retried"
        self._are = "not in their group" if is_back else "stuck"
        self.outdated = sum(row.is_outdated for row in rows)
        self.doubtful = sum(row.is_doubtful for row in rows)
        self.busy = sum(row.busy is not None for row in rows)
        self.is_partial = not count.is_all or count.number > len(stuck)
        self.unknown = sum(row.is_account_unknown for row in rows)
        self.group_gone = next((row.group_gone for row in stuck if row.group_gone), "")

    def __str__(self) -> str:
        parts = self._parts()
        if not self.is_partial:
            return f"{'; '.join(parts)}."
        done = self._done.removesuffix(" in their group")
        before = f"{self._count} people are {self._are}, and all will be {done}."
        if self._may == self.looked_at and not self.group_gone:
            looked = "1, who was" if self.looked_at == 1 else f"{self.looked_at:,}, who were"
            return f"{before} Nothing known stands in the way of the newest {looked} looked at."
        return f"{before} Of the newest {self.looked_at:,}: {'; '.join(parts)}."

    def _parts(self) -> list[str]:
        parts = []
        if self._may:
            parts.append(self._may_be_done())
        if self._onboarded:
            have = (
                "has a business already, and the record is"
                if self._onboarded == 1
                else "have a business already, and their records are"
            )
            parts.append(f"{self._onboarded:,} {have} completed")
        if self._cannot:
            fails = "is" if self._cannot == 1 else "are"
            parts.append(f"{self._cannot:,} {fails} expected to fail, and here is why")
        if self._not_stuck:
            parts.append(f"{self._not_stuck:,} {'is' if self._not_stuck == 1 else 'are'} not stuck")
        return parts

    def _may_be_done(self) -> str:
        """Say of those who may succeed what is known, which is no more than nothing against it."""
        people = "1 person" if self._may == 1 else f"{self._may:,} people"
        if self.group_gone:
            return f"{people} will fail again while the group is missing"
        if self.is_partial:
            return f"nothing known stands in the way of {people}"
        return f"{people} will be {self._done}, and nothing known stands in the way"


def rows_of(
    request: HttpRequest, records: Mapping[str, Onboarding], *, keep: bool
) -> list[RetryRow]:
    """Read the states of these records, by sub. keep: as in `will_be_done`."""
    states = read_states(get_backend(), (record.person for record in records.values()))
    busy = under_way(records, but=request.user.get_username())
    return [
        RetryRow(
            sub,
            record,
            states[sub],
            will_be_done(record, states[sub], keep=keep),
            keep,
            busy.get(sub),
        )
        for sub, record in records.items()
    ]


def named_rows(
    request: HttpRequest, subs: Iterable[str], found: Mapping[str, Onboarding], *, keep: bool
) -> list[RetryRow]:
    """Read the states of the rows that were found; the others say that there is no record."""
    subs = list(subs)
    named = {sub: found[sub] for sub in subs if sub in found}
    rows = {row.sub: row for row in rows_of(request, named, keep=keep)}
    missing = will_be_done(None, OnboardingState(group="", exists=None))
    return [rows.get(sub) or RetryRow(sub, None, None, missing) for sub in subs]
