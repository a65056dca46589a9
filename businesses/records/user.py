"""The users of the user pool as plain values, and the mutation's arguments for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from businesses.records.onboarding import Person

# Users who confirmed, whoever created them, and users who signed in through another provider.
CONFIRMED = frozenset({"CONFIRMED", "EXTERNAL_PROVIDER"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUser:
    """One user, as ListUsers describes them.

    status: for example CONFIRMED. created_at: aware. changed_at: aware; the time of the
    confirmation, or later.
    attributes: all of the user's attributes, including `sub`, as strings.
    """

    username: str
    status: str
    enabled: bool
    created_at: datetime
    changed_at: datetime
    attributes: Mapping[str, str]

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """Read one UserType.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserType.html
        """
        return cls(
            username=raw["Username"],
            status=raw["UserStatus"],
            enabled=raw["Enabled"],
            created_at=raw["UserCreateDate"],
            changed_at=max(raw["UserCreateDate"], raw["UserLastModifiedDate"]),
            attributes={each["Name"]: each.get("Value", "") for each in raw["Attributes"]},
        )

    @property
    def sub(self) -> str:
        """The user's key in the tables."""
        return self.attributes["sub"]

    @property
    def may_sign_in(self) -> bool:
        """Whether the user is enabled and confirmed."""
        return self.enabled and self.status in CONFIRMED

    def is_due(self, before: datetime) -> bool:
        """Whether a Business must exist: enabled, confirmed, and unchanged since `before`."""
        return self.may_sign_in and self.changed_at <= before


def person_of(user: PoolUser, group: str) -> Person:
    """Return the arguments with which the trigger would have called the mutation.

    The rules are those of aws_setup/triggers/post_confirmation.py, which is deployed on its own; a
    test compares the two. An argument that the user lacks is "".
    """
    attributes = user.attributes
    email = attributes.get("email") or ""
    names = attributes.get("custom:business_name"), attributes.get("name"), email.partition("@")[0]
    return Person(
        sub=user.sub,
        username=user.username,
        email=email,
        name=next((name.strip() for name in names if name and name.strip()), ""),
        group_name=group,
    )
