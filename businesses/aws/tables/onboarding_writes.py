"""Conditional writes of the Onboarding table, so that none overwrites another unseen."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from businesses.aws.tables.batch_reads import missing_table
from businesses.aws.tables.onboarding_reads import OnboardingReads
from businesses.exceptions import RecordChanged, RecordFull, RecordGone
from businesses.records.attributes import entries, is_of
from businesses.records.onboarding import MOST_ATTEMPTS, Attempt, Onboarding

UNREAD_ATTEMPTS = "unreadAttempts"  # where a value of `attempts` that is no list is moved
# What belongs to the end of an earlier story, or to its beginning.
OF_ONE_STORY = ("expiresAt", "dismissal", "requested")

typed = TypeSerializer().serialize
_NAME = re.compile(r"#(\w+)")  # a placeholder in an expression


class OnboardingWrites(OnboardingReads):
    """The ways in which a record is written; OnboardingTable says which writes there are.

    If an answer is lost, botocore repeats the write, and the condition then fails because the first
    write succeeded. So values that are already stored as they should be count as written.
    """

    def _move(
        self,
        sub: str,
        statuses: Collection[str],
        values: Mapping[str, Any],
        *,
        remove: Sequence[str] = (),
    ) -> Onboarding:
        """Change a record that has one of these statuses.

        Raises RecordGone, or RecordChanged if it has another.
        """
        known = {f":seen{number}": {"S": status} for number, status in enumerate(statuses)}
        condition = f"#status IN ({', '.join(known)})"
        written = self._update({"sub": {"S": sub}}, values, condition, known, remove=remove)
        if written is not None:
            return written
        current = self.get(sub)
        if current is None:
            raise RecordGone(sub)
        item = current.to_item()
        if any(item.get(name) != value for name, value in values.items()):
            raise RecordChanged(sub, current.status, " or ".join(statuses))
        return current

    def _has(self, sub: str, attempt: Attempt) -> bool:
        current = self.get(sub)
        return current is not None and attempt in current.attempts

    def _replace(
        self, seen: Onboarding, new: Onboarding, attempt: Attempt | None, *, is_whole: bool = False
    ) -> Onboarding | None:
        """Write the new record with the attempt, if any, added; None if the record has changed.

        is_whole: write every attribute of the new record; otherwise only those in which it differs,
        so that attributes which cannot be understood stay as they are.
        """
        before = {} if is_whole else seen.to_item()
        item = {key: value for key, value in new.to_item().items() if before.get(key) != value}
        item.pop("sub", None)
        lines = seen.item.get("attempts")
        kept = entries(seen.item, "attempts")  # as read: one may hold more than an Attempt does
        added = [typed(attempt.to_plain())] if attempt else []
        item["attempts"] = {"L": [*kept, *added][-MOST_ATTEMPTS:]}
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
            remove=[name for name in OF_ONE_STORY if name not in item] if is_whole else (),
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
