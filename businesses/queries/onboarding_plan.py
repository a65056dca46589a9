"""Plans the reads that answer a request for a list of stuck onboardings, without AWS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from businesses.queries.business_sources import Span
from businesses.queries.order import Order
from businesses.queries.paging import Position
from businesses.queries.periods import EARLIEST
from businesses.records.addresses import spellings
from businesses.records.onboarding import FAILED, SWEEP, Onboarding

BY_STATUS = "byStatus"
MOST_TYPES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The records of one status, newest first, or some of them.

    source: "sweep" for what the sweep recorded, "trigger" for everything else, which includes a
    record whose source cannot be read; "" for both. reason_type: only this, or only these with
    commas between them, unless "". email: only this address, in any of its `spellings`, unless "".
    since, until: ISO 8601 texts; only records that changed then or later, and before, unless "".
    failed: only records whose first failure was then; None for any time. No index has that time,
    but nothing has changed before it, so DynamoDB reads only what changed since.
    """

    status: str = FAILED
    source: str = ""
    reason_type: str = ""
    email: str = ""
    since: str = ""
    until: str = ""
    failed: Span | None = None

    number: ClassVar[int] = 0

    @property
    def changed_since(self) -> str:
        """The earliest time of the last change; "" for any."""
        return max(self.since, self.failed.since if self.failed else "")

    @property
    def has_times(self) -> bool:
        """Whether it is limited to times that somebody chose."""
        return bool(self.until or self.failed)

    @property
    def reason_types(self) -> tuple[str, ...]:
        """The types to choose; () for any. DynamoDB takes at most 100 in one filter."""
        return tuple(filter(None, self.reason_type.split(",")))[:MOST_TYPES]

    def query(self) -> dict[str, Any]:
        """Return the Query's arguments, except its direction.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
        """
        names = {"#status": "status"}
        values = {":status": {"S": self.status}}
        condition = "#status = :status"
        if self.until:
            names["#updatedAt"], values[":until"] = "updatedAt", {"S": self.until}
            # DynamoDB refuses a beginning after the end, where nothing can be.
            values[":since"] = {"S": min(self.changed_since or EARLIEST, self.until)}
            condition += " AND #updatedAt BETWEEN :since AND :until"
        elif self.changed_since:
            names["#updatedAt"], values[":since"] = "updatedAt", {"S": self.changed_since}
            condition += " AND #updatedAt >= :since"
        filters = []
        if self.source:
            names["#source"], values[":sweep"] = "source", {"S": SWEEP}
            filters.append("#source = :sweep" if self.source == SWEEP else "NOT #source = :sweep")
        if self.reason_types:
            names |= {"#reason": "reason", "#type": "type"}
            types = {f":type{i}": {"S": kind} for i, kind in enumerate(self.reason_types)}
            values |= types
            filters.append(f"#reason.#type IN ({', '.join(types)})")
        if self.failed:
            names["#failed"] = "firstFailedAt"
            values |= {
                ":failedSince": {"S": self.failed.since},
                ":failedUntil": {"S": self.failed.until},
            }
            filters.append("#failed BETWEEN :failedSince AND :failedUntil")
        if self.email:
            names["#email"] = "email"
            typed = {f":email{at}": {"S": each} for at, each in enumerate(spellings(self.email))}
            values |= typed
            filters.append(f"#email IN ({', '.join(typed)})")
        return {
            "IndexName": BY_STATUS,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            **({"FilterExpression": " AND ".join(filters)} if filters else {}),
        }

    def start(self, after: Position | None, *, forwards: bool) -> dict[str, Any] | None:
        """Return the argument that starts the Query after a position; None if nothing follows.

        DynamoDB refuses a start outside the key condition, and as time passes, an old position may
        end up there. forwards: towards older records.
        """
        if after is None:
            return {}
        if self.until and after.key > self.until:
            return {} if forwards else None
        if after.key < min(self.changed_since, self.until or self.changed_since):
            return None if forwards else {}
        key = {"status": self.status, "updatedAt": after.key, "sub": after.id}
        return {"ExclusiveStartKey": {name: {"S": value} for name, value in key.items()}}

    @staticmethod
    def position_of(item: Mapping[str, Any]) -> Position:
        """Return the position of an item, or of a LastEvaluatedKey, that a Query returned."""
        return Position(Choice.number, item["updatedAt"]["S"], item["sub"]["S"])


@dataclass(frozen=True, slots=True)
class BySub:
    """At most one record: the one with this sub, whatever its status."""

    sub: str

    number: ClassVar[int] = 0


Source = Choice | BySub


@dataclass(frozen=True, slots=True)
class OnboardingPlan:
    """How one list is read. choice: the chosen filters. term: the search term, or ""."""

    choice: Choice
    term: str = ""

    group: ClassVar[str] = ""  # Cognito's groups are not searched here,
    conflict: ClassVar[str] = ""  # so everything can be combined,
    order: ClassVar[None] = None  # and every list begins with what changed last.
    columns: ClassVar[tuple[str, ...]] = ()
    ends: ClassVar[tuple[str, str]] = Order.NEWEST.ends

    @property
    def sources(self) -> tuple[Source, ...]:
        """What to read: the records of one status, or the record with one sub."""
        if self.term and "@" not in self.term:
            return (BySub(self.term),)
        return (self.choice,)

    @property
    def is_newest_first(self) -> bool:
        """Whether whatever comes into the list comes in at its beginning."""
        return not self.term

    @property
    def searched(self) -> str:
        """Say what was searched; "" without a search."""
        if not self.term:
            return ""
        what = "e-mail address" if "@" in self.term else "sub"
        return f"Searched for exactly the {what} “{self.term}”."

    def is_of_earlier_source(self, record: Onboarding, number: int) -> bool:  # noqa: ARG002
        """Return False, because there is only one source."""
        return False
