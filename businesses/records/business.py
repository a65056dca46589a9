"""Businesses and their owners as plain values, without an AWS client or Django."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self

from boto3.dynamodb.types import TypeDeserializer

from businesses.exceptions import InvalidRecord

TYPENAME = "Business"
KEY_LENGTH = 256  # how many UTF-16 units of a name or an e-mail address are kept for search

_plain = TypeDeserializer().deserialize


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """One item of the Business table.

    created_at, updated_at: ISO 8601 text, UTC, exactly as stored ("" when absent). `createdAt` is
    an index key, so it is never parsed and reformatted; `parse_time` only reads it.
    attributes: every attribute of the item as read, to be shown to people; not compared.
    """

    id: str
    owner: str
    name: str
    email: str
    group_name: str
    created_at: str
    updated_at: str
    attributes: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def username(self) -> str:
        """The owner's name in the user pool, from Amplify's owner format "sub::username"."""
        sub, separator, username = self.owner.partition("::")
        return username if separator else sub

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read an item as the low-level client returns it: `{"id": {"S": "..."}, ...}`.

        Attributes that this class does not know are only kept in `attributes`. Raises InvalidRecord
        when `id` or `createdAt` is missing.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
        """
        attributes = {name: _plain(value) for name, value in item.items()}
        record_id = _required(attributes, "id", "")
        return cls(
            id=record_id,
            owner=_text(attributes, "owner"),
            name=_text(attributes, "name"),
            email=_text(attributes, "email"),
            group_name=_text(attributes, "groupName"),
            created_at=_required(attributes, "createdAt", record_id),
            updated_at=_text(attributes, "updatedAt"),
            attributes=attributes,
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
        """Read a projected item of the low-level client, even if its attributes are incomplete."""
        return cls(
            group_name=item.get("groupName", {}).get("S", ""),
            created_at=parse_time(item.get("createdAt", {}).get("S", "")),
        )


@dataclass(frozen=True, slots=True)
class Membership:
    """What Cognito says about one user: the groups, in its order, or that the user is gone."""

    groups: tuple[str, ...] = ()
    user_exists: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user of the user pool, as ListUsers describes them.

    status: for example CONFIRMED. created_at, modified_at: aware. email: "" when there is none.
    """

    username: str
    status: str
    enabled: bool
    created_at: datetime
    modified_at: datetime
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
            email=attributes.get("email", ""),
            email_verified=attributes.get("email_verified") == "true",
        )


def search_key(text: str) -> str:
    """Return the text as createBusiness.js stores it for search: in lower case and truncated.

    JavaScript counts UTF-16 units and may cut a character in half; such a half is left out.
    """
    units = text.lower().encode("utf-16-le", "surrogatepass")
    return units[: 2 * KEY_LENGTH].decode("utf-16-le", "ignore")


def parse_time(text: str) -> datetime | None:
    """Read an ISO 8601 time as an aware datetime in UTC; None if the text is not such a time."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def format_time(moment: datetime) -> str:
    """Format an aware datetime as the tables store it: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(attributes: Mapping[str, Any]) -> str:
    """Format an item for people to read: every attribute, indented and sorted."""
    return json.dumps(attributes, indent=2, sort_keys=True, ensure_ascii=False, default=_json_value)


def _json_value(value: object) -> object:
    """Convert the DynamoDB types that JSON lacks: numbers, sets, and binary as Base64."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, set):
        return sorted(value, key=repr)
    binary: Any = value
    return base64.b64encode(binary.value).decode()


def _text(attributes: Mapping[str, Any], name: str) -> str:
    value = attributes.get(name)
    return value if isinstance(value, str) else ""


def _required(attributes: Mapping[str, Any], name: str, record_id: str) -> str:
    value = _text(attributes, name)
    if not value:
        raise InvalidRecord(record_id, name)
    return value
