"""The Onboarding table. Every write is conditional, so that none overwrites another unseen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from businesses.aws.tables.onboarding_writes import OnboardingWrites, typed
from businesses.exceptions import RecordChanged, RecordGone
from businesses.records.business import format_time
from businesses.records.onboarding import (
    COMPLETED,
    DISMISSED,
    DISMISSED_FOR,
    FAILED,
    NOT_IN_ITS_GROUP,
    OPEN,
    OUT_OF_GROUP,
    STAFF,
    SWEEP,
    Attempt,
    Onboarding,
    Person,
    Reason,
)
from businesses.records.staff_marks import Dismissal, Request

MOST_TURNS = 20  # of several writers at the same time, one succeeds at each turn


class OnboardingTable(OnboardingWrites):
    """The Onboarding table, read by key or by status, and written without losing an attempt.

    Every method raises TableMissing when there is no such table, RecordFull when DynamoDB does not
    accept what would be written, and lets botocore's other errors pass.
    """

    def record_attempt(self, seen: Onboarding, attempt: Attempt, *, at: datetime) -> Onboarding:
        """Add an attempt to a record, with its consequences; return the record as written.

        seen: the record as read. If it has changed since, it is read again, so that two attempts at
        the same time are both kept. at: the attempt's time. `Onboarding.after` defines the
        consequences. Raises RecordGone, or RecordChanged if the record keeps changing.
        """
        for _ in range(MOST_TURNS):
            written = self._replace(seen, seen.after(attempt, at), attempt)
            if written is not None:
                return written
            current = self.get(seen.sub)
            if current is None:
                raise RecordGone(seen.sub)
            if attempt in current.attempts:
                return current
            seen = current
        raise RecordChanged(seen.sub, seen.status)

    def complete_by_sweep(self, seen: Onboarding, message: str, *, at: datetime) -> bool:
        """Complete the record of a user who is fine now; False if it has changed.

        seen: a FAILED record whose person has a Business, or an OUT_OF_GROUP record whose person is
        in the group, or can no longer sign in.
        """
        if seen.status not in OPEN:
            return False
        attempt = Attempt.completed(at, SWEEP, message)
        written = self._replace(seen, seen.after(attempt, at), attempt)
        return written is not None or self._has(seen.sub, attempt)

    def put_missing(self, person: Person, reason: Reason, *, at: datetime) -> bool:
        """Record that the sweep found a person who was never onboarded.

        at: when it was checked whether the person has a Business. Returns False if the record says
        otherwise: a FAILED or DISMISSED one stays, and so does one that changed after the check.
        One that was COMPLETED or OUT_OF_GROUP before it becomes FAILED, with the given person.
        """
        attempt = Attempt.failed(at, SWEEP, reason)
        found = replace(_found(person, reason, at), attempts=(attempt,))
        return self._put(found, attempt, over=(COMPLETED, OUT_OF_GROUP), before=at)

    def put_requested(self, person: Person, reason: Reason, *, at: datetime, by: str) -> bool:
        """Record that a member of staff had a person onboarded, whom nobody had recorded.

        at: when it was checked whether the person has a Business. Nothing has been tried yet, so
        there is no attempt and no failure, unless they are those of a COMPLETED or OUT_OF_GROUP
        record. Returns False in the same cases as `put_missing`.
        """
        request = Request(by=by, at=format_time(at))
        found = _found(person, reason, at)
        found = replace(found, source=STAFF, first_failed_at="", requested=request)
        return self._put(found, None, over=(COMPLETED, OUT_OF_GROUP), before=at)

    def put_out_of_group(
        self, person: Person, message: str, *, at: datetime, members_as_of: datetime, by: str
    ) -> bool:
        """Record that a person has a Business, but is not in its group.

        person: with the group of the Business. at: when it was found. members_as_of: when the
        members of the group were known; a record that was completed since is newer, and stays.
        by: "sweep", or the member of staff who looked. Returns False if the record stays: a
        DISMISSED one, which says that staff left it so, does, and so does an OUT_OF_GROUP one,
        which tells since when that is known. A FAILED one tells of a step that is done by now.
        """
        reason = Reason(NOT_IN_ITS_GROUP, message)
        attempt = Attempt.failed(at, by, reason)
        source = SWEEP if by == SWEEP else STAFF
        found = replace(
            _found(person, reason, at), status=OUT_OF_GROUP, source=source, attempts=(attempt,)
        )
        return self._put(found, attempt, over=(COMPLETED, FAILED), before=members_as_of)

    def refresh_person(self, sub: str, person: Person, *, at: datetime) -> Onboarding:
        """Replace the arguments of a FAILED record's next retry; return the record as written.

        Raises RecordGone, or RecordChanged if it is not FAILED.
        """
        own = {"status": FAILED, "updatedAt": format_time(at)}
        values = {**person.to_variables(), **own}
        del values["sub"]
        return self._move(sub, [FAILED], {name: typed(value) for name, value in values.items()})

    def dismiss(self, sub: str, *, by: str, reason: str, at: datetime) -> Onboarding:
        """Dismiss a FAILED or OUT_OF_GROUP record; return the record as written.

        Raises RecordGone, or RecordChanged if it is neither.
        """
        given = Dismissal(by=by, at=format_time(at), reason=reason)
        values = {
            "status": DISMISSED,
            "updatedAt": given.at,
            "dismissal": given.to_plain(),
            "expiresAt": int((at + DISMISSED_FOR).timestamp()),
        }
        typed_values = {name: typed(value) for name, value in values.items()}
        return self._move(sub, [FAILED, OUT_OF_GROUP], typed_values)

    def reopen(self, sub: str, *, at: datetime) -> Onboarding:
        """Give a dismissed record the status back that it had; return the record as written.

        Raises RecordGone, or RecordChanged if it is not DISMISSED.
        """
        seen = self.get(sub)
        if seen is None:
            raise RecordGone(sub)
        status = OUT_OF_GROUP if seen.reason.type == NOT_IN_ITS_GROUP else FAILED
        values = {"status": typed(status), "updatedAt": typed(format_time(at))}
        return self._move(sub, [DISMISSED], values, remove=("dismissal", "expiresAt"))

    def keep_dismissed(self, sub: str, *, at: datetime) -> bool:
        """Let a dismissed record expire only DISMISSED_FOR from now; False if it is none any more.

        Its place in the list stays, as nothing was done about it.
        """
        key, expiry = {"sub": {"S": sub}}, int((at + DISMISSED_FOR).timestamp())
        values = {"status": typed(DISMISSED), "expiresAt": typed(expiry)}
        return self._update(key, values, "#status = :status") is not None

    def _put(
        self, found: Onboarding, attempt: Attempt | None, *, over: Sequence[str], before: datetime
    ) -> bool:
        """Write a record where there is none, or over one of these statuses, keeping its attempts.

        before: an OPEN or COMPLETED record that changed then or later stays. Returns whether the
        record is as it should be.
        """
        item = found.to_item()
        key = {"sub": item.pop("sub")}
        if self._update(key, item, "attribute_not_exists(#sub)") is not None:
            return True
        seen = self.get(found.sub)
        if seen is None:
            return False
        if _tells(seen, found, attempt):
            return True
        if seen.status not in over or seen.updated_at >= format_time(before):
            return False
        if self._replace(seen, found, attempt, is_whole=True) is not None:
            return True
        seen = self.get(found.sub)
        return seen is not None and _tells(seen, found, attempt)


def _tells(seen: Onboarding, found: Onboarding, attempt: Attempt | None) -> bool:
    """Return whether a record already holds what was to be written."""
    if attempt is not None:
        return attempt in seen.attempts
    return found.requested is not None and seen.requested == found.requested


def _found(person: Person, reason: Reason, at: datetime) -> Onboarding:
    """Return the record of a person whom the sweep found; nothing has been tried yet."""
    return Onboarding(
        sub=person.sub,
        username=person.username,
        email=person.email,
        name=person.name,
        group_name=person.group_name,
        status=FAILED,
        source=SWEEP,
        reason=reason,
        first_failed_at=format_time(at),
        updated_at=format_time(at),
    )
