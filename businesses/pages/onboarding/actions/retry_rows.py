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
    """What a retry would do, in a sentence.

    rows: those that were looked at. count: how many are stuck in all. is_back: whether they are put
    back in their group.
    """

    def __init__(self, rows: Sequence[RetryRow], count: Count, *, is_back: bool = False) -> None:
        stuck = [row for row in rows if row.is_stuck]
        self._not_stuck = len(rows) - len(stuck)
        self._onboarded = sum(row.is_onboarded for row in stuck)
        self._will = sum(row.can_be_onboarded and not row.is_onboarded for row in stuck)
        self._cannot = len(stuck) - self._will - self._onboarded
        self.looked_at, self._count = len(stuck), count
        self._done = "put back in their group" if is_back else "onboarded"
        self._are = "people are not in their group" if is_back else "onboardings are stuck"
        self.outdated = sum(row.is_outdated for row in rows)
        self.doubtful = sum(row.is_doubtful for row in rows)
        self.busy = sum(row.busy is not None for row in rows)
        self.is_partial = not count.is_all or count.number > len(stuck)
        self.unknown = sum(row.is_account_unknown for row in rows)

    def __str__(self) -> str:
        parts = [f"{_people(self._will)} will be {self._done}"]
        if self._onboarded:
            have = (
                "has a business already, and its record is"
                if self._onboarded == 1
                else ("have a business already, and their records are")
            )
            parts.append(f"{self._onboarded:,} {have} completed")
        if self._cannot:
            parts.append(f"{self._cannot:,} cannot be, and here is why")
        if self._not_stuck:
            parts.append(f"{self._not_stuck:,} {'is' if self._not_stuck == 1 else 'are'} not stuck")
        words = f"{'; '.join(parts)}."
        if not self.is_partial:
            return words
        return f"{self._count} {self._are}. Of the first {self.looked_at:,}, {words}"


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


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
