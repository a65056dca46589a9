"""Filters on an index see only what it projects, as in DynamoDB; ministack shows them whole items.

A global secondary index holds the attributes that it projects, and its queries fetch no others.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ministack.services import dynamodb

Item = Mapping[str, Any]

_page_stock = dynamodb._paginate_evaluated_items  # noqa: SLF001


def register() -> None:
    """Filter what ministack has read of an index; a second call changes nothing."""
    dynamodb._paginate_evaluated_items = _page  # noqa: SLF001


def _page(
    items: Sequence[Item], limit: int | None, table: Mapping[str, Any], index: str | None = None
) -> tuple[Sequence[Item], bool]:
    """Return the items of one page, before they are filtered, and whether others follow."""
    page, is_cut = _page_stock(items, limit, table, index)
    if any(each["IndexName"] == index for each in table.get("GlobalSecondaryIndexes") or ()):
        page = [dynamodb._apply_index_projection(each, table, index) for each in page]  # noqa: SLF001
    return page, is_cut
