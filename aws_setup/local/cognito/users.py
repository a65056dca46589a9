"""The users in ministack's store: their attributes, and who has a name or an address already."""

from collections.abc import Mapping
from typing import Any

from ministack.services import cognito as pools

EMAIL_TAKEN = "An account with the given email already exists."

Record = dict[str, Any]  # a pool or a user, as ministack stores it
_resolve_stock = pools._resolve_user  # noqa: SLF001


def attributes_of(user: Record) -> dict[str, str]:
    """Return a user's attributes, all strings."""
    return {item["Name"]: item["Value"] for item in user["Attributes"]}


def set_attributes(user: Record, attributes: Mapping[str, str]) -> None:
    """Replace all attributes of a user. One whose value is blank is deleted."""
    user["Attributes"] = [
        {"Name": name, "Value": value} for name, value in attributes.items() if value
    ]


def same(pool: Record, one: str, other: str) -> bool:
    """Return whether two names or addresses are one in this pool.

    Case counts, unless the pool says that it doesn't.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UsernameConfigurationType.html
    """
    if ignores_case(pool):
        return one.casefold() == other.casefold()
    return one == other


def ignores_case(pool: Record) -> bool:
    """Return whether the pool takes A@example.com and a@example.com for one person."""
    return (pool.get("UsernameConfiguration") or {}).get("CaseSensitive") is False


def resolve(pool: Record, username: str) -> Any:
    """Find a user as ministack does and, in a pool that ignores case, in any case.

    Returns the user and None, or None and an error.
    """
    user, error = _resolve_stock(pool, username)
    if user or not username or not ignores_case(pool):
        return user, error
    for each in pool["_users"].values():
        names = [each["Username"], *_aliases(pool, attributes_of(each))]
        if any(same(pool, name, username) for name in names):
            return each, None
    return None, error


def _aliases(pool: Record, attributes: Mapping[str, str]) -> list[str]:
    """Return what a user can sign in with beside the username; an alias only once verified."""
    names = set(pool.get("UsernameAttributes") or ())
    for alias in pool.get("AliasAttributes") or ():
        if alias == "preferred_username" or attributes.get(f"{alias}_verified") == "true":
            names.add(alias)
    return [attributes[name] for name in names if name in attributes]


def has_other_user(pool: Record, user: Record, attribute: str, value: str) -> bool:
    """Return whether an address is the one that another user of the pool signs in with."""
    names = {*(pool.get("UsernameAttributes") or ()), *(pool.get("AliasAttributes") or ())}
    if attribute not in names:
        return False
    return any(
        same(pool, each_alias, value)
        for each in pool["_users"].values()
        if each is not user
        for each_alias in _aliases(pool, attributes_of(each))
    )
