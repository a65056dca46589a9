"""What has to be written to an item of the Business table to make its search keys right."""

from collections.abc import Mapping
from typing import Any

from businesses.records.business import TYPENAME
from businesses.records.record_change import RecordChange
from businesses.records.search_keys import search_key

TEXTS = {"name": "nameKey", "email": "emailKey"}  # the key of each text that is searched
READ = ("__typename", *TEXTS, *TEXTS.values())


def key_change(item: Mapping[str, Any]) -> RecordChange:
    """Compare an item with what its name and its address say. A missing text is left alone."""
    if item.get("__typename") != {"S": TYPENAME}:
        problem = f'its __typename is not "{TYPENAME}", so no search reads it'
        return RecordChange(item=item, texts={}, problems=(problem,))
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
    told_by = tuple(text for text, key in TEXTS.items() if key in keys)
    return RecordChange(item=item, texts=keys, told_by=told_by, problems=tuple(problems))
