"""The keys of a table and of its secondary indexes."""

from collections.abc import Iterable, Mapping
from typing import Any


def key_names(keyed: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the attributes in the key schemas of a table and of indexes."""
    return {key["AttributeName"] for each in keyed for key in each["KeySchema"]}
