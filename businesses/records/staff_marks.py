"""What members of staff leave on a record of the Onboarding table, besides their attempts."""

from dataclasses import dataclass
from typing import Self

from businesses.records.attributes import Item, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissal:
    """Who dismissed a record, when (ISO 8601) and why."""

    by: str
    at: str
    reason: str

    @classmethod
    def from_members(cls, given: Item) -> Self | None:
        """Read the attribute `dismissal`; None if there is none. Odd values are ""."""
        if not given:
            return None
        return cls(by=text(given, "by"), at=text(given, "at"), reason=text(given, "reason"))

    def to_plain(self) -> dict[str, str]:
        """Return the attribute `dismissal`."""
        return {"by": self.by, "at": self.at, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who asked for an onboarding that had no record, and when (ISO 8601)."""

    by: str
    at: str

    @classmethod
    def from_members(cls, given: Item) -> Self | None:
        """Read the attribute `requested`; None if there is none. Odd values are ""."""
        return cls(by=text(given, "by"), at=text(given, "at")) if given else None

    def to_plain(self) -> dict[str, str]:
        """Return the attribute `requested`."""
        return {"by": self.by, "at": self.at}
