"""What has to be written to an item of the Business table to make its search keys right."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from businesses.records.business import TYPENAME
from businesses.records.search_keys import search_key

TEXTS = {"name": "nameKey", "email": "emailKey"}  # the key of each text that is searched


@dataclass(frozen=True, slots=True)
class KeyChange:
    """The new keys of one item, and what makes it impossible to tell them.

    item: as the low-level client returned it. keys: those that differ; "" for one that has to go,
    since DynamoDB takes no empty key. problems: one phrase each.
    """

    item: Mapping[str, Any]
    keys: Mapping[str, str]
    problems: tuple[str, ...]

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """Compare an item with what its name and its address say. A missing text is left alone."""
        if item.get("__typename") != {"S": TYPENAME}:
            return cls(item, {}, (f'its __typename is not "{TYPENAME}", so no search reads it',))
        keys, problems = {}, []
        for text, key in TEXTS.items():
            if text not in item:
                continue
            if "S" not in item[text]:
                problems.append(f"its {text} is no text")
                continue
            right = search_key(item[text]["S"])
            if item.get(key) != ({"S": right} if right else None):
                keys[key] = right
        return cls(item, keys, tuple(problems))

    @property
    def id(self) -> str:
        """The item's id."""
        record_id: str = self.item["id"]["S"]
        return record_id
