"""Onboarding records that are odd, each in another way."""

from collections.abc import Iterable, Iterator
from typing import Any

from tests.businesses.deployed import Deployed
from tests.businesses.onboardings import onboarding

Item = dict[str, Any]

SO_MANY = 1000  # people, among whom every odd record of this module has its place


def nested(levels: int) -> Any:
    """Return a value inside this many lists and maps, in turn."""
    value: Any = {"S": "x"}
    for level in range(levels):
        value = {"L": [value]} if level % 2 else {"M": {"deeper": value}}
    return value


# What an attribute may hold instead of a text.
OTHERS: tuple[Any, ...] = (
    {"N": "0"},
    {"N": "-1"},
    {"N": "12345678901234567890123456789012345678"},
    {"N": "1E125"},
    {"N": "1E-130"},
    {"N": "-9.9999999999999999999999999999999999999E125"},
    {"B": b""},
    {"B": b"\x00\xff"},
    {"B": b"person@example.com"},
    {"BOOL": True},
    {"BOOL": False},
    {"L": []},
    {"L": [{"S": "person@example.com"}]},
    {"L": [{"N": "1"}, {"NULL": True}]},
    {"M": {}},
    {"M": {"S": {"S": "person@example.com"}}},
    {"M": {"a\nb": {"B": b"x"}}},
    nested(30),
    nested(31),
    {"SS": ["", "b"]},
    {"NS": ["1", "1E40"]},
    {"BS": [b"", b"x"]},
)
# The embedded AWS deletes a record with such a time to live within a minute. DynamoDB leaves it
# alone, as the time is more than five years ago.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
EXPIRED = [{"N": number} for number in ("0", "-1", "1E-130", f"-9.{'9' * 37}E125")]
ABSENT: tuple[Any, ...] = (None, {"NULL": True}, {"S": ""}, {"S": " \n"})
TIMES = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "10000-01-01T00:00:00Z", "?")


def unusable() -> Iterator[Item]:
    """Yield changes of a stuck record, more than 100; with any of them, it cannot be retried.

    None stands for an attribute that is not there.
    """
    for name in ("username", "email", "groupName", "name"):
        yield from ({name: value} for value in (*OTHERS, *ABSENT))


def harmless() -> Iterator[Item]:
    """Yield changes of a stuck record that do not matter to a retry."""
    for name in ("reason", "attempts", "expiresAt", "dismissal", "source", "firstFailedAt"):
        for value in (*OTHERS, None, {"S": "?"}):
            if name != "expiresAt" or value not in EXPIRED:
                yield {name: value}
    yield from ({name: {"S": time}} for name in ("firstFailedAt", "updatedAt") for time in TIMES)
    yield {"attempts": {"L": list(OTHERS[:15])}}
    yield {"": {"S": "?"}, "a\nb": nested(31), "'\"<>": {"N": "1E40"}}


def put_odd(deployed: Deployed, subs: list[str], changes: Iterable[Item]) -> list[Item]:
    """Make each stuck record odd, and return them as they are stored then."""
    items = []
    for sub, change in zip(subs, changes, strict=True):
        key = {"sub": {"S": sub}}
        usual = deployed.dynamodb.get_item(TableName=deployed.table.name, Key=key)["Item"]
        item = {name: value for name, value in {**usual, **change}.items() if value is not None}
        deployed.dynamodb.put_item(TableName=deployed.table.name, Item=item)
        items.append(stored(deployed, sub))
    return items


def stored(deployed: Deployed, sub: str) -> Item:
    """Return the item as DynamoDB has it."""
    key = {"sub": {"S": sub}}
    item: Item = deployed.dynamodb.get_item(TableName=deployed.table.name, Key=key)["Item"]
    return item


def every_tenth_odd(deployed: Deployed, count: int) -> tuple[list[str], dict[str, Item]]:
    """Create stuck people, of whom every tenth cannot be retried, each for another reason.

    Returns the subs of those who can be retried, many of them odd too, and the items of the others.
    """
    subs = deployed.stuck(count)
    odd = subs[::10]
    fine = [sub for sub in subs if sub not in set(odd)]
    reasons = list(unusable())
    step = len(reasons) // len(odd)
    items = put_odd(deployed, odd, reasons[::step][: len(odd)])
    small = list(harmless())[:: 1 if count >= SO_MANY else 7][: len(fine)]
    put_odd(deployed, fine[: len(small)], small)
    return fine, dict(zip(odd, items, strict=True))


def stuck_item(number: int, **changes: Any) -> Item:
    """Return the item of a stuck record with these changes, which may hold None."""
    item = {**onboarding(number).to_item(), **changes}
    return {name: value for name, value in item.items() if value is not None}
