"""Who a record is about: a sub, which is never used again, and a username, which may be."""

import re
from dataclasses import dataclass
from typing import Self

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """The user whom a record names.

    sub: "" if the record does not name one. username: the user's own; once the user is deleted,
    somebody else may have it. "" if the record does not name one.
    """

    sub: str
    username: str

    @classmethod
    def of_owner(cls, owner: str) -> Self:
        """Read Amplify's format for owners, "sub::username"; without a "::" it is the sub."""
        sub, _, username = owner.partition("::")
        return cls(sub, username)

    @property
    def is_unmistakable(self) -> bool:
        """Whether the username can be nobody else's, because it is the sub.

        That is so in a pool where people sign in with their e-mail address.
        https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
        """
        return self.sub == self.username != ""


def looks_like_sub(text: str) -> bool:
    """Whether a text is a UUID, as every sub is; a username may be one too."""
    return _UUID.fullmatch(text) is not None


# What the id of the item in the Business table begins with that counts an owner's businesses.
# resolvers/businesses/createBusiness.js writes it.
COUNT = "count#"


@dataclass(frozen=True, slots=True)
class Membership:
    """What Cognito says about one user: the groups, in its order, or that the user is gone.

    is_replaced: whether somebody else has the username of a user who is gone.
    """

    groups: tuple[str, ...] = ()
    user_exists: bool = True
    is_replaced: bool = False


REPLACED = "This user is gone; the username belongs to somebody else now."
