"""`{% load lists %}`: what lists show beyond Django's own."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def labelled(cells: Iterable[str], headers: Iterable[Mapping[str, Any]]) -> Iterator[SafeString]:
    """Yield a row's cells with the names of their columns, which a narrow screen shows before them.

    cells: as django.contrib.admin renders them, already escaped: a `td` or, to head the row, a
    `th`, which needs no name. headers: those of the columns, in their order; that of the checkboxes
    has no name.
    """
    for cell, header in zip(cells, headers, strict=True):
        is_named = cell.startswith("<td") and "action-checkbox" not in header["class_attrib"]
        name = header["text"] if is_named else ""
        label = format_html(' data-label="{}"', str(name).capitalize()) if name else ""
        yield mark_safe(f"{cell[:3]}{label}{cell[3:]}")  # noqa: S308 - both parts are escaped
