"""What has to be written to one item of the Business table to make it right."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """The new texts of one item, and what makes it impossible to tell others.

    item: as the low-level client returned it. texts: those that differ, by attribute; "" for one
    that has to go, since DynamoDB takes no empty key. told_by: the attributes from which they were
    told. problems: one phrase each, without personal data.
    """

    item: Mapping[str, Any]
    texts: Mapping[str, str]
    told_by: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The item's id."""
        record_id: str = self.item["id"]["S"]
        return record_id
