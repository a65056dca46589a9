"""The users of the user pool as plain values, and the mutation's arguments for them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    def has_verified_email(self) -> bool:
        """Whether the user has proved to own the e-mail address."""
        return self.attributes.get("email_verified") == "true"

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
    email = user.attributes.get("email") or ""
    return Person(
        sub=user.sub,
        username=user.username,
        email=email,
        name=_name_of(user) or email.partition("@")[0].strip(),
        group_name=group,
    )


def renewed(recorded: Person, user: PoolUser, group: str) -> Person:
    """Return a recorded person with what Cognito holds now.

    An e-mail address takes the place of another one only if the user has verified it, and a name
    only if Cognito has one: otherwise the name is made from the address.
    """
    now = person_of(user, group)
    if recorded.email.strip() and not (now.email and user.has_verified_email):
        now = replace(now, email=recorded.email)
    if recorded.name.strip() and not _name_of(user):
        now = replace(now, name=recorded.name)
    return now


def _name_of(user: PoolUser) -> str:
    """Return the name of the user's business, or else of the user; "" if Cognito has neither."""
    of_person = user.attributes.get("given_name", ""), user.attributes.get("family_name", "")
    names = user.attributes.get("custom:business_name"), user.attributes.get("name")
    return next(
        (each.strip() for each in (*names, " ".join(of_person)) if each and each.strip()), ""
    )
