"""The records of the Onboarding table as plain values, without an AWS client or Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from businesses.exceptions import InvalidRecord
from businesses.records.business import format_time

FAILED, COMPLETED, DISMISSED = "FAILED", "COMPLETED", "DISMISSED"
TRIGGER, SWEEP, COMMAND = "trigger", "sweep", "command"
MOST_ATTEMPTS = 20
KEPT_FOR = timedelta(days=90)  # how long a completed record is kept

_plain = TypeDeserializer().deserialize
_typed = TypeSerializer().serialize


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The person to be onboarded, as exactly the arguments of the mutation."""

    sub: str
    username: str
    email: str
    name: str
    group_name: str

    def to_variables(self) -> dict[str, str]:
        """Return the variables of the GraphQL mutation."""
        return {
            "email": self.email,
            "groupName": self.group_name,
            "name": self.name,
            "sub": self.sub,
            "username": self.username,
        }


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an onboarding failed. message: for staff only; the person never sees it."""

    type: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to onboard a person.

    at: ISO 8601 text, UTC, as stored. by: "trigger", "sweep", "command" or a staff user's name.
    outcome: "FAILED" or "COMPLETED". type, message: the error; a success may have a message too.
    """

    at: str
    by: str
    outcome: str
    type: str = ""
    message: str = ""

    @classmethod
    def completed(cls, at: datetime, by: str, message: str = "") -> Self:
        """Return an attempt that succeeded."""
        return cls(at=format_time(at), by=by, outcome=COMPLETED, message=message)

    @classmethod
    def failed(cls, at: datetime, by: str, reason: Reason) -> Self:
        """Return an attempt that failed."""
        return cls(
            at=format_time(at), by=by, outcome=FAILED, type=reason.type, message=reason.message
        )

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Self:
        """Read one entry of `attempts`; missing values are ""."""
        return cls(**{name: _text(value, name) for name in cls.__slots__})

    def to_plain(self) -> dict[str, str]:
        """Return the entry for `attempts`; an empty type or message is left out."""
        entry = {name: getattr(self, name) for name in ("at", "by", "outcome")}
        return entry | {name: text for name in ("type", "message") if (text := getattr(self, name))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissal:
    """Who dismissed a stuck onboarding, when (ISO 8601) and why."""

    by: str
    at: str
    reason: str

    def to_plain(self) -> dict[str, str]:
        """Return the attribute `dismissal`."""
        return {"by": self.by, "at": self.at, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """One item of the Onboarding table: an onboarding that failed after the confirmation.

    status: "FAILED", "COMPLETED" or "DISMISSED". source: "trigger" (it failed) or "sweep" (no
    trigger ran). attempts: newest last. first_failed_at, updated_at: ISO 8601 text, UTC, as stored;
    "" when absent. expires_at: epoch seconds, set once completed. dismissal: set on a dismissed
    record, and on one that was dismissed while a retry was under way that then succeeded.
    attributes: every attribute of the item as read, to be shown to people; not compared.
    """

    sub: str
    username: str
    email: str
    name: str
    group_name: str
    status: str
    source: str
    reason: Reason = Reason()
    attempts: tuple[Attempt, ...] = ()
    first_failed_at: str
    updated_at: str
    expires_at: int | None = None
    dismissal: Dismissal | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def person(self) -> Person:
        """The person to be onboarded."""
        return Person(
            sub=self.sub,
            username=self.username,
            email=self.email,
            name=self.name,
            group_name=self.group_name,
        )

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read an item as the low-level client returns it: `{"sub": {"S": "..."}, ...}`.

        Values that are absent or of another type become "", () or None. Raises InvalidRecord when
        `sub` or `status` is missing.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
        """
        attributes = {name: _plain(value) for name, value in item.items()}
        for name in ("sub", "status"):
            if not _text(attributes, name):
                raise InvalidRecord(_text(attributes, "sub"), name)
        reason, expires_at = _map(attributes, "reason"), attributes.get("expiresAt")
        return cls(
            sub=attributes["sub"],
            username=_text(attributes, "username"),
            email=_text(attributes, "email"),
            name=_text(attributes, "name"),
            group_name=_text(attributes, "groupName"),
            status=attributes["status"],
            source=_text(attributes, "source"),
            reason=Reason(_text(reason, "type"), _text(reason, "message")),
            attempts=_attempts(attributes.get("attempts")),
            first_failed_at=_text(attributes, "firstFailedAt"),
            updated_at=_text(attributes, "updatedAt"),
            expires_at=int(expires_at) if isinstance(expires_at, Decimal) else None,
            dismissal=_dismissal(_map(attributes, "dismissal")),
            attributes=attributes,
        )

    def to_item(self) -> dict[str, dict[str, Any]]:
        """Return the item for this record; None and attributes without a field are left out."""
        values: dict[str, Any] = {
            **self.person.to_variables(),
            "status": self.status,
            "source": self.source,
            "reason": {"type": self.reason.type, "message": self.reason.message},
            "attempts": [attempt.to_plain() for attempt in self.attempts],
            "firstFailedAt": self.first_failed_at,
            "updatedAt": self.updated_at,
        }
        if self.expires_at is not None:
            values["expiresAt"] = self.expires_at
        if self.dismissal is not None:
            values["dismissal"] = self.dismissal.to_plain()
        item: dict[str, Any] = {name: _typed(value) for name, value in values.items()}
        return item

    def after(self, attempt: Attempt, at: datetime) -> Self:
        """Return the record with one more attempt. at: the attempt's time.

        A success completes the record whatever its status, because the business exists; a dismissal
        made in the meantime is kept. A failure becomes the new reason of a FAILED record. A record
        with another status only gets the attempt, because somebody else completed or dismissed it
        in the meantime.
        """
        longer = replace(self, attempts=(*self.attempts, attempt)[-MOST_ATTEMPTS:])
        if attempt.outcome == COMPLETED:
            return replace(
                longer,
                status=COMPLETED,
                updated_at=attempt.at,
                expires_at=int((at + KEPT_FOR).timestamp()),
            )
        if self.status != FAILED:
            return longer
        return replace(longer, reason=Reason(attempt.type, attempt.message), updated_at=attempt.at)


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _map(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def _attempts(value: object) -> tuple[Attempt, ...]:
    entries = value if isinstance(value, list) else ()
    return tuple(Attempt.from_plain(entry) for entry in entries if isinstance(entry, dict))


def _dismissal(value: Mapping[str, Any]) -> Dismissal | None:
    if not value:
        return None
    return Dismissal(by=_text(value, "by"), at=_text(value, "at"), reason=_text(value, "reason"))
