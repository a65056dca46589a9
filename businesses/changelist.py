"""The admin's list over rows that are not in SQL: stock ChangeList, other rows, signed cursors."""

from dataclasses import dataclass
from typing import Any, Protocol, cast

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.signing import BadSignature, Signer
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from businesses.dynamodb import NEWEST, OLDEST, Cursor, Position

_signer = Signer(salt="businesses.cursor")


@dataclass(frozen=True, slots=True)
class Listing:
    """One page as a ModelAdmin's `get_page` hands it to the list.

    rows: model instances. newer, older: the pages beside it, None where there is none.
    approximate_count: of the whole table, None when unknown or when the page is all there is.
    """

    rows: list[Any]
    newer: Cursor | None
    older: Cursor | None
    approximate_count: int | None


class Source(Protocol):
    """What a ModelAdmin must have for its list to be a LiveChangeList."""

    def get_page(self, cursor: Cursor, limit: int) -> Listing:
        """Read one page, every call to AWS included."""


class LiveChangeList(ChangeList):
    """A list whose rows come from its ModelAdmin's `get_page`, not from the database.

    Adds for the template: newest_url, newer_url, older_url, oldest_url ("" where there is no such
    page to go to), is_newest and count_text.
    """

    def get_queryset(
        self,
        request: HttpRequest,
        exclude_parameters: list[str | None] | None = None,  # noqa: ARG002
    ) -> QuerySet[Model]:
        """Refuse a filter that the page does not know; ask the database nothing."""
        found = self.get_filters(request)
        self.filter_specs, self.has_filters, unknown, _, self.has_active_filters = found
        if unknown:
            raise IncorrectLookupParameters
        return self.root_queryset

    def get_results(self, request: HttpRequest) -> None:
        """Read the page that the signed cursor in the address names."""
        cursor = self._read_cursor(request)
        source = cast("Source", self.model_admin)
        page = source.get_page(cursor, self.list_per_page)
        self.result_list = page.rows
        self.result_count = self.full_result_count = len(page.rows)
        self.count_text = self._describe_count(page.approximate_count)
        self.can_show_all = self.multi_page = self.show_full_result_count = False
        self.show_admin_actions = bool(page.rows)
        self.is_newest = cursor == NEWEST
        self.newer_url, self.older_url = self._url(page.newer), self._url(page.older)
        self.newest_url = "" if page.newer is None and page.rows else self._url(NEWEST)
        self.oldest_url = "" if page.older is None and page.rows else self._url(OLDEST)

    def _describe_count(self, approximate_count: int | None) -> str:
        one = self.result_count == 1
        noun = self.opts.verbose_name if one else self.opts.verbose_name_plural
        text = f"{self.result_count} {noun}"
        if approximate_count is None:
            return text
        return f"{text} on this page, about {approximate_count:,} in the table"

    def _url(self, cursor: Cursor | None) -> str:
        if cursor is None:
            return ""
        return self.get_query_string({} if cursor == NEWEST else {PAGE_VAR: sign(cursor)})

    def _read_cursor(self, request: HttpRequest) -> Cursor:
        token = request.GET.get(PAGE_VAR)
        if not token:
            return NEWEST
        try:
            return unsign(token)
        except BadSignature:
            messages.warning(request, "That address names no page. These are the newest.")
            return NEWEST


def sign(cursor: Cursor) -> str:
    """Write a cursor for an address, so that nobody can make one up."""
    position = cursor.position
    key = [position.created_at, position.id] if position else []
    return _signer.sign_object([cursor.direction, *key])


def unsign(token: str) -> Cursor:
    """Read what `sign` wrote. Raises django.core.signing.BadSignature for anything else."""
    direction, *key = _signer.unsign_object(token)
    return Cursor(direction, Position(*key) if key else None)
