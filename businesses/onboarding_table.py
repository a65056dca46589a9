"""The Onboarding table. Every write is conditional, so that nobody's is lost to another's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from businesses.exceptions import RecordChanged, RecordGone
from businesses.onboarding_reads import OnboardingReads
from businesses.onboarding_records import (
    COMPLETED,
    DISMISSED,
    FAILED,
    MOST_ATTEMPTS,
    SWEEP,
    Attempt,
    Onboarding,
    Person,
    Reason,
)
from businesses.records import format_time

MOST_TURNS = 20  # of writers that meet one gets through at each turn
# What a write may change; the person stays as recorded.
WRITTEN = (
    "status",
    "source",
    "reason",
    "firstFailedAt",
    "updatedAt",
    "expiresAt",
    "dismissal",
    "attempts",
)

_typed = TypeSerializer().serialize


class OnboardingTable(OnboardingReads):
    """The Onboarding table, read by key or by status, and written without losing a line.

    Every method raises TableMissing when there is no such table, and lets botocore's other
    errors pass.
    """

    def record_attempt(self, seen: Onboarding, attempt: Attempt, *, at: datetime) -> Onboarding:
        """Add an attempt to a record, and what follows from it; return the record as written.

        seen: the record as read; one that was changed since is read again, so that two attempts
        at once both leave their line. A write that is repeated, since its answer was lost, leaves
        one. at: the attempt's time. `Onboarding.after` says what follows. Raises RecordGone.
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
        """Complete a FAILED record of somebody who is fine by now; False if it changed since."""
        attempt = Attempt.completed(at, SWEEP, message)
        if seen.status != FAILED:
            return False
        return self._replace(seen, seen.after(attempt, at), attempt) is not None

    def put_missing(self, person: Person, reason: Reason, *, at: datetime, by: str = SWEEP) -> bool:
        """Record that a person was never onboarded; False where the record says otherwise.

        at: when somebody looked whether the person has a Business; by: who. A FAILED or DISMISSED
        record stays, and so does one that was completed since then.
        """
        moment, attempt = format_time(at), Attempt.failed(at, by, reason)
        item = _found(person, reason, attempt).to_item()
        key, condition = {"sub": item.pop("sub")}, "attribute_not_exists(#status)"
        if self._update(key, item, condition) is not None:
            return True
        seen = self.get(person.sub)
        if seen is None or seen.status != COMPLETED or seen.updated_at >= moment:
            return False
        again = replace(
            seen,
            status=FAILED,
            source=SWEEP,
            reason=reason,
            first_failed_at=moment,
            updated_at=moment,
            expires_at=None,
        )
        return self._replace(seen, again, attempt) is not None

    def dismiss(self, sub: str, *, by: str, reason: str, at: datetime) -> None:
        """Let a FAILED record stay undone. Raises RecordGone, or RecordChanged if not FAILED."""
        moment = format_time(at)
        given = {"by": {"S": by}, "at": {"S": moment}, "reason": {"S": reason}}
        values = {"status": {"S": DISMISSED}, "updatedAt": {"S": moment}, "dismissal": {"M": given}}
        self._move(sub, FAILED, values)

    def reopen(self, sub: str, *, at: datetime) -> None:
        """Take a dismissal back. Raises RecordGone, or RecordChanged if not DISMISSED."""
        values = {"status": {"S": FAILED}, "updatedAt": {"S": format_time(at)}}
        self._move(sub, DISMISSED, values, remove=("dismissal",))

    def _move(
        self, sub: str, status: str, values: Mapping[str, Any], *, remove: Sequence[str] = ()
    ) -> None:
        seen = {":seen": {"S": status}}
        if self._update({"sub": {"S": sub}}, values, "#status = :seen", seen, remove=remove):
            return
        current = self.get(sub)
        if current is None:
            raise RecordGone(sub)
        raise RecordChanged(sub, current.status, status)

    def _replace(self, seen: Onboarding, new: Onboarding, attempt: Attempt) -> Onboarding | None:
        """Write the new record with the attempt's line; None if it is no longer as it was seen."""
        item = new.to_item()
        values: dict[str, Any] = {name: item[name] for name in WRITTEN if name in item}
        lines = seen.attributes.get("attempts")
        # As it was read, with what an entry may hold that an Attempt doesn't.
        kept = lines if isinstance(lines, list) else []
        values["attempts"] = _typed([*kept, attempt.to_plain()][-MOST_ATTEMPTS:])
        conditions = ["#status = :seen"]
        known: dict[str, Any] = {":seen": {"S": seen.status}}
        if lines is None:
            conditions.append("attribute_not_exists(#attempts)")
        else:
            conditions.append("#attempts = :lines")
            known[":lines"] = _typed(lines)
        return self._update(
            {"sub": {"S": seen.sub}},
            values,
            " AND ".join(conditions),
            known,
            remove=[name for name in WRITTEN if name not in values],
        )

    def _update(
        self,
        key: Mapping[str, Any],
        values: Mapping[str, Any],
        condition: str,
        known: Mapping[str, Any] | None = None,
        *,
        remove: Sequence[str] = (),
    ) -> Onboarding | None:
        """Set and remove attributes and return the record; None if the condition does not hold.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
        """
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
        if remove:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in remove)
        try:
            with self.missing_table():
                answer = self._client.update_item(
                    TableName=self.name,
                    Key=key,
                    UpdateExpression=expression,
                    ConditionExpression=condition,
                    ExpressionAttributeNames={f"#{name}": name for name in (*values, *remove)},
                    ExpressionAttributeValues={
                        **{f":{name}": value for name, value in values.items()},
                        **(known or {}),
                    },
                    ReturnValues="ALL_NEW",
                )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return Onboarding.from_item(answer["Attributes"])


def _found(person: Person, reason: Reason, attempt: Attempt) -> Onboarding:
    """Return the record of a person of whom the sweep found none."""
    return Onboarding(
        sub=person.sub,
        username=person.username,
        email=person.email,
        name=person.name,
        group_name=person.group_name,
        status=FAILED,
        source=SWEEP,
        reason=reason,
        attempts=(attempt,),
        first_failed_at=attempt.at,
        updated_at=attempt.at,
    )
