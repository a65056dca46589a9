"""The Onboarding table. Every write is conditional, so that none overwrites another unseen."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from businesses.aws.tables.batch_reads import missing_table
from businesses.aws.tables.onboarding_reads import OnboardingReads
from businesses.exceptions import RecordChanged, RecordFull, RecordGone
from businesses.records.attributes import entries, is_of
from businesses.records.business import format_time
from businesses.records.onboarding import (
    COMPLETED,
    DISMISSED,
    DISMISSED_FOR,
    FAILED,
    MOST_ATTEMPTS,
    SWEEP,
    Attempt,
    Dismissal,
    Onboarding,
    Person,
    Reason,
)

MOST_TURNS = 20  # of several writers at the same time, one succeeds at each turn
UNREAD_ATTEMPTS = "unreadAttempts"  # where a value of `attempts` that is no list is moved
ENDING = ("expiresAt", "dismissal")  # what a record has only when it is settled

_typed = TypeSerializer().serialize
_NAME = re.compile(r"#(\w+)")  # a placeholder in an expression


class OnboardingTable(OnboardingReads):
    """The Onboarding table, read by key or by status, and written without losing an attempt.

    If an answer is lost, botocore repeats the write, and the condition then fails because the first
    write succeeded. So values that are already stored as they should be count as written. Every
    method raises TableMissing when there is no such table, RecordFull when DynamoDB does not accept
    what would be written, and lets botocore's other errors pass.
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
        """Complete the FAILED record of a user who has a Business now; False if it has changed."""
        attempt = Attempt.completed(at, SWEEP, message)
        if seen.status != FAILED:
            return False
        written = self._replace(seen, seen.after(attempt, at), attempt)
        return written is not None or self._has(seen.sub, attempt)

    def put_missing(self, person: Person, reason: Reason, *, at: datetime, by: str = SWEEP) -> bool:
        """Record that a person was never onboarded; False if the record says otherwise.

        at: when it was checked whether the person has a Business. by: who checked. A FAILED or
        DISMISSED record stays, and so does one that was completed after the check; one that was
        completed before it becomes FAILED again, with the given person.
        """
        attempt = Attempt.failed(at, by, reason)
        found = _found(person, reason, attempt)
        item = found.to_item()
        key = {"sub": item.pop("sub")}
        if self._update(key, item, "attribute_not_exists(#sub)") is not None:
            return True
        seen = self.get(person.sub)
        if seen is None or attempt in seen.attempts:
            return seen is not None
        if seen.status != COMPLETED or seen.updated_at >= attempt.at:
            return False
        written = self._replace(seen, found, attempt, is_whole=True)
        return written is not None or self._has(person.sub, attempt)

    def refresh_person(self, sub: str, person: Person, *, at: datetime) -> Onboarding:
        """Replace the arguments of a FAILED record's next retry; return the record as written.

        Raises RecordGone, or RecordChanged if it is not FAILED.
        """
        own = {"status": FAILED, "updatedAt": format_time(at)}
        values = {**person.to_variables(), **own}
        del values["sub"]
        return self._move(sub, FAILED, {name: _typed(value) for name, value in values.items()})

    def dismiss(self, sub: str, *, by: str, reason: str, at: datetime) -> Onboarding:
        """Dismiss a FAILED record; return the record as written.

        Raises RecordGone, or RecordChanged if it is not FAILED.
        """
        given = Dismissal(by=by, at=format_time(at), reason=reason)
        values = {
            "status": DISMISSED,
            "updatedAt": given.at,
            "dismissal": given.to_plain(),
            "expiresAt": int((at + DISMISSED_FOR).timestamp()),
        }
        return self._move(sub, FAILED, {name: _typed(value) for name, value in values.items()})

    def reopen(self, sub: str, *, at: datetime) -> Onboarding:
        """Reopen a dismissed record; return the record as written.

        Raises RecordGone, or RecordChanged if it is not DISMISSED.
        """
        values = {"status": _typed(FAILED), "updatedAt": _typed(format_time(at))}
        return self._move(sub, DISMISSED, values, remove=("dismissal", "expiresAt"))

    def keep_dismissed(self, sub: str, *, at: datetime) -> bool:
        """Let a dismissed record expire only DISMISSED_FOR from now; False if it is none any more.

        Its place in the list stays, as nothing was done about it.
        """
        key, expiry = {"sub": {"S": sub}}, int((at + DISMISSED_FOR).timestamp())
        values = {"status": _typed(DISMISSED), "expiresAt": _typed(expiry)}
        return self._update(key, values, "#status = :status") is not None

    def _move(
        self, sub: str, status: str, values: Mapping[str, Any], *, remove: Sequence[str] = ()
    ) -> Onboarding:
        """Change a record that has this status. Raises RecordGone, or RecordChanged otherwise."""
        known = {":seen": {"S": status}}
        written = self._update({"sub": {"S": sub}}, values, "#status = :seen", known, remove=remove)
        if written is not None:
            return written
        current = self.get(sub)
        if current is None:
            raise RecordGone(sub)
        item = current.to_item()
        if any(item.get(name) != value for name, value in values.items()):
            raise RecordChanged(sub, current.status, status)
        return current

    def _has(self, sub: str, attempt: Attempt) -> bool:
        current = self.get(sub)
        return current is not None and attempt in current.attempts

    def _replace(
        self, seen: Onboarding, new: Onboarding, attempt: Attempt, *, is_whole: bool = False
    ) -> Onboarding | None:
        """Write the new record with the attempt added; None if the record has changed since.

        is_whole: write every attribute of the new record; otherwise only those in which it differs,
        so that attributes which cannot be understood stay as they are.
        """
        before = {} if is_whole else seen.to_item()
        item = {key: value for key, value in new.to_item().items() if before.get(key) != value}
        item.pop("sub", None)
        lines = seen.item.get("attempts")
        kept = entries(seen.item, "attempts")  # as read: one may hold more than an Attempt does
        item["attempts"] = {"L": [*kept, _typed(attempt.to_plain())][-MOST_ATTEMPTS:]}
        conditions = ["#status = :seen"]
        known: dict[str, Any] = {":seen": {"S": seen.status}}
        if lines is None:
            conditions.append("attribute_not_exists(#attempts)")
        else:
            conditions.append("#attempts = :lines")
            known[":lines"] = lines
            if not is_of(seen.item, "attempts", "L"):
                item[UNREAD_ATTEMPTS] = lines
        return self._update(
            {"sub": {"S": seen.sub}},
            item,
            " AND ".join(conditions),
            known,
            remove=[name for name in ENDING if name not in item] if is_whole else (),
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
        """Set and remove attributes, and return the record; None if the condition fails.

        Raises RecordFull if DynamoDB does not accept the item that this would make.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
        """
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
        if remove:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in remove)
        own = {f":{name}": value for name, value in values.items()}
        try:
            with missing_table(self.name):
                answer = self._client.update_item(
                    TableName=self.name,
                    Key=key,
                    UpdateExpression=expression,
                    ConditionExpression=condition,
                    ExpressionAttributeNames={
                        f"#{name}": name for name in _NAME.findall(f"{expression} {condition}")
                    },
                    ExpressionAttributeValues={**own, **(known or {})},
                    ReturnValues="ALL_NEW",
                )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationException":
                raise RecordFull(key["sub"]["S"], error.response["Error"]["Message"]) from error
            raise
        return Onboarding.from_item(answer["Attributes"])


def _found(person: Person, reason: Reason, attempt: Attempt) -> Onboarding:
    """Return the record of a person who was found without a Business."""
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
