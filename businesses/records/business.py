"""Businesses and their owners as plain values, without an AWS client or Django."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from businesses.records.attributes import Item, is_absent, mistyped, text
from businesses.records.identity import Identity
from businesses.records.search_keys import search_key

TYPENAME = "Business"
TEXTS = ("id", "owner", "name", "email", "groupName", "createdAt", "updatedAt")
DELETED = "_deleted"  # of an item that DataStore deleted, which stays until its time to live ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """One item of the Business table. Values that are absent or of another type are "".

    created_at, updated_at: ISO 8601 text, UTC, exactly as stored. `createdAt` is an index key, so
    it is never parsed and reformatted; `parse_time` only reads it.
    item: the item as read, to be shown to people; not compared.
    """

    id: str
    owner: str
    name: str
    email: str
    group_name: str
    created_at: str
    updated_at: str
    item: Item = field(default_factory=dict, compare=False, repr=False)

    @property
    def owner_identity(self) -> Identity:
        """The owner as a user of the user pool."""
        return Identity.of_owner(self.owner)

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence about each attribute that cannot be understood."""
        missing = "There is no createdAt, so the list of all businesses leaves this record out."
        return (
            *([missing] if not self.created_at and is_absent(self.item, "createdAt") else []),
            *mistyped(self.item, TEXTS),
            *unreadable_times(self.item, ("createdAt", "updatedAt")),
        )

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Read any item that the low-level client returns: `{"id": {"S": "..."}, ...}`.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
        """
        return cls(
            id=text(item, "id"),
            owner=text(item, "owner"),
            name=text(item, "name"),
            email=text(item, "email"),
            group_name=text(item, "groupName"),
            created_at=text(item, "createdAt"),
            updated_at=text(item, "updatedAt"),
            item=item,
        )

    def to_item(self) -> dict[str, dict[str, str]]:
        """Return the item that the pipeline writes for this record, including the index keys."""
        values = {
            "__typename": TYPENAME,
            "id": self.id,
            "owner": self.owner,
            "name": self.name,
            "nameKey": search_key(self.name),
            "email": self.email,
            "emailKey": search_key(self.email),
            "groupName": self.group_name,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        }
        return {name: {"S": value} for name, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessSummary:
    """What decisions need to know about a Business. created_at: None if the item has none."""

    group_name: str
    created_at: datetime | None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read any projected item of the low-level client."""
        return cls(
            group_name=text(item, "groupName"), created_at=parse_time(text(item, "createdAt"))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user of the user pool, as ListUsers describes them.

    status: for example CONFIRMED. created_at, modified_at: aware. email, name: "" when there
    is none; the name is that of the business, or else the user's own.
    """

    username: str
    status: str
    enabled: bool
    created_at: datetime
    modified_at: datetime
    name: str
    email: str
    email_verified: bool

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """Read one UserType; the values of all attributes are strings.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserType.html
        """
        attributes = {each["Name"]: each.get("Value", "") for each in raw.get("Attributes", ())}
        return cls(
            username=raw["Username"],
            status=raw["UserStatus"],
            enabled=raw["Enabled"],
            created_at=raw["UserCreateDate"],
            modified_at=raw["UserLastModifiedDate"],
            name=attributes.get("custom:business_name") or attributes.get("name", ""),
            email=attributes.get("email", ""),
            email_verified=attributes.get("email_verified") == "true",
        )


def is_deleted(item: Item) -> bool:
    """Whether an item only says that DataStore deleted a record.

    https://docs.aws.amazon.com/appsync/latest/devguide/conflict-detection-and-sync.html
    """
    return bool(item.get(DELETED) == {"BOOL": True})


def parse_time(text: str) -> datetime | None:
    """Read an ISO 8601 time as an aware datetime in UTC; None if the text is not such a time.

    A time that lies outside the years 1 to 9999 in UTC is None too.
    """
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def format_time(moment: datetime) -> str:
    """Format an aware datetime as the tables store it: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unreadable_times(item: Item, names: Iterable[str]) -> Iterator[str]:
    """Yield a sentence about each attribute that is a text but not a time."""
    for name in names:
        stored = text(item, name)
        if stored and parse_time(stored) is None:
            yield f"{name} is not a time that can be read."
