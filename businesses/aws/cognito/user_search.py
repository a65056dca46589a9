"""Searches the user pool for the beginnings of what a user is known by."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from businesses.concurrency.ask_each import ask_each
from businesses.records.user import PoolUser

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.type_defs import UserTypeTypeDef

# Returns the users whose attribute (the first argument) is the second one, or begins with it, as
# the operator says (the third).
ListUsers = Callable[[str, str, str], "list[UserTypeTypeDef]"]


@dataclass(frozen=True, slots=True)
class FoundUsers:
    """Some users. is_whole: whether Cognito answered every question of the search."""

    users: tuple[PoolUser, ...]
    is_whole: bool


class UserSearch:
    """Finds users by a part of what they are known by.

    list_users: asks Cognito. executor: runs the questions. timeout_seconds: for all of them.
    """

    def __init__(
        self, list_users: ListUsers, *, executor: Executor, timeout_seconds: float
    ) -> None:
        self._list_users, self._executor = list_users, executor
        self._timeout_seconds = timeout_seconds

    def find(self, term: str) -> FoundUsers:
        """Return users with this sub, or with an e-mail address, username or name that begins so.

        Cognito searches no other part of a name, and no attribute of our own, so a business's name
        is not among these. Each value is looked up as it is written, an address also in lower
        case. Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
        """
        emails = [("email", value, "^=") for value in dict.fromkeys((term, term.lower()))]
        names = [("sub", term, "="), ("username", term, "^="), ("name", term, "^=")]
        wanted = emails if "@" in term else [*names, *emails]
        answers = ask_each(
            lambda each: self._executor.submit(self._ask, each),
            wanted,
            timeout_seconds=self._timeout_seconds,
            subject="accounts",
        )
        found = {user.username: user for users in answers.values() for user in users}
        return FoundUsers(tuple(found.values()), is_whole=len(answers) == len(wanted))

    def _ask(self, wanted: tuple[str, str, str]) -> list[PoolUser]:
        attribute, value, _ = wanted
        users = map(PoolUser.from_api, self._list_users(*wanted))
        # It is not documented how Cognito interprets unusual values; never show somebody else.
        return [user for user in users if _begins(user, attribute, value)]


def _begins(user: PoolUser, attribute: str, value: str) -> bool:
    held = user.username if attribute == "username" else user.attributes.get(attribute, "")
    return held.casefold().startswith(value.casefold())
