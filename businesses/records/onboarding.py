"""The records of the Onboarding table as plain values, without an AWS client or Django."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from boto3.dynamodb.types import TypeSerializer

from businesses.records.attributes import Item, digits, entries, members, text
from businesses.records.business import format_time
from businesses.records.identity import Identity
from businesses.records.onboarding_problems import (
    SECONDS,
    STATUSES,
    other_problems,
    person_problems,
    status_problems,
)
from businesses.records.staff_marks import Dismissal, Request

FAILED, COMPLETED, DISMISSED, OUT_OF_GROUP = STATUSES
SETTLED = frozenset({COMPLETED, DISMISSED})
OPEN = frozenset({FAILED, OUT_OF_GROUP})  # what a retry can put right
TRIGGER, SWEEP, COMMAND = "trigger", "sweep", "command"
STAFF = "staff"  # the source of a record that "Onboard now" or "Put back in the group" made
NOT_IN_ITS_GROUP = "OutOfGroup"  # the type of the reason of an OUT_OF_GROUP record
MOST_ATTEMPTS = 20
KEPT_FOR = timedelta(days=90)  # how long a completed record is kept
DISMISSED_FOR = timedelta(days=400)  # how long a dismissed one is kept after anybody needed it

_typed = TypeSerializer().serialize


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The person to be onboarded, as exactly the arguments of the mutation."""

    sub: str
    username: str
    email: str
    name: str
    group_name: str

    @property
    def identity(self) -> Identity:
        """The person as a user of the user pool."""
        return Identity(self.sub, self.username)

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
    def from_members(cls, entry: Item) -> Self:
        """Read one entry of `attempts`; values that are absent or of another type are ""."""
        return cls(**{name: text(entry, name) for name in cls.__slots__})

    def to_plain(self) -> dict[str, str]:
        """Return the entry for `attempts`; an empty type or message is left out."""
        entry = {name: getattr(self, name) for name in ("at", "by", "outcome")}
        return entry | {name: text for name in ("type", "message") if (text := getattr(self, name))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """One item of the Onboarding table: an onboarding that failed after the confirmation.

    Values that are absent or of another type are "", () or None. status: "FAILED", "COMPLETED",
    "DISMISSED", or "OUT_OF_GROUP" for a person who has a Business but is not in its group; unless
    it has a problem. source: "trigger" (it failed), "sweep" (no trigger ran) or "staff".
    attempts: newest last. first_failed_at, updated_at: ISO 8601 text, UTC, as stored; the first is
    "" until an attempt has failed. expires_at: epoch seconds, set once completed or dismissed.
    dismissal: set on a dismissed record, and on one that was dismissed while a retry was under way
    that then succeeded. requested: set if staff asked for it.
    item: the item as read, to be shown to people; not compared.
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
    requested: Request | None = None
    item: Item = field(default_factory=dict, compare=False, repr=False)

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

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Why it cannot be retried as it is, a sentence each; () if it can, or is settled."""
        if self.status in SETTLED:
            return ()
        variables = self.person.to_variables()
        return (
            *status_problems(self.item, self.status),
            *person_problems(self.item, variables),
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence about each attribute that is missing or cannot be understood."""
        return (*self.obstacles, *other_problems(self.item))

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Read any item that the low-level client returns: `{"sub": {"S": "..."}, ...}`.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
        """
        reason, expires_at = members(item.get("reason")), digits(item, "expiresAt")
        attempts = (members(entry) for entry in entries(item, "attempts"))
        return cls(
            sub=text(item, "sub"),
            username=text(item, "username"),
            email=text(item, "email"),
            name=text(item, "name"),
            group_name=text(item, "groupName"),
            status=text(item, "status"),
            source=text(item, "source"),
            reason=Reason(text(reason, "type"), text(reason, "message")),
            attempts=tuple(Attempt.from_members(entry) for entry in attempts if entry),
            first_failed_at=text(item, "firstFailedAt"),
            updated_at=text(item, "updatedAt"),
            expires_at=int(expires_at) if SECONDS.fullmatch(expires_at) else None,
            dismissal=Dismissal.from_members(members(item.get("dismissal"))),
            requested=Request.from_members(members(item.get("requested"))),
            item=item,
        )

    def with_person(self, person: Person) -> Self:
        """Return the record with other arguments for its next retry."""
        values = person.to_variables()
        return replace(
            self,
            username=person.username,
            email=person.email,
            name=person.name,
            group_name=person.group_name,
            item={**self.item, **{name: _typed(value) for name, value in values.items()}},
        )

    def to_item(self) -> dict[str, dict[str, Any]]:
        """Return the item for this record; None and attributes without a field are left out."""
        values: dict[str, Any] = {
            **self.person.to_variables(),
            "status": self.status,
            "source": self.source,
            "reason": {"type": self.reason.type, "message": self.reason.message},
            "attempts": [attempt.to_plain() for attempt in self.attempts],
            "updatedAt": self.updated_at,
        }
        if self.first_failed_at:
            values["firstFailedAt"] = self.first_failed_at
        if self.requested is not None:
            values["requested"] = self.requested.to_plain()
        if self.expires_at is not None:
            values["expiresAt"] = self.expires_at
        if self.dismissal is not None:
            values["dismissal"] = self.dismissal.to_plain()
        item: dict[str, Any] = {name: _typed(value) for name, value in values.items()}
        return item

    def after(self, attempt: Attempt, at: datetime) -> Self:
        """Return the record with one more attempt. at: the attempt's time.

        A success completes the record whatever its status, because the person is in the group and
        the business exists; a dismissal made in the meantime is kept. A failure becomes the new
        reason of a FAILED record. A record with another status only gets the attempt: somebody
        else completed or dismissed it in the meantime, or it is OUT_OF_GROUP and still tells when
        and why that was found.
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
        is_told = self.first_failed_at or "firstFailedAt" in self.item
        return replace(
            longer,
            reason=Reason(attempt.type, attempt.message),
            first_failed_at=self.first_failed_at if is_told else attempt.at,
            updated_at=attempt.at,
        )
