"""A Django ChangeList for rows that are not in SQL, with signed cursors in place of pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.signing import BadSignature
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from businesses.exceptions import NotUnderstood
from businesses.pages.addresses import change_address
from businesses.pages.live.filter import SearchForm, first_unknown
from businesses.pages.live.selection import Selection
from businesses.queries.paging import FIRST, LAST, Cursor
from businesses.queries.signed_cursors import sign, unsign

WAIT_VAR = "wait"  # in the address of a page that waits for Cognito, for browsers without scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of rows, as it is read for a list.

    rows: model instances. previous, next: the neighbouring pages; None if there is none.
    approximate_count: the size of the whole table; None when unknown or not worth showing.
    group_names: the groups to filter by; None if they are not known yet. problem: why nothing could
    be listed. notes: further remarks about the page. nothing: the text to show when there are no
    rows.
    """

    rows: list[Any]
    previous: Cursor | None
    next: Cursor | None
    approximate_count: int | None
    group_names: tuple[str, ...] | None = ()
    problem: str = ""
    notes: tuple[str, ...] = ()
    nothing: str = ""


class ListPlan(Protocol):
    """What a list needs to know about its plan."""

    @property
    def group(self) -> str:
        """The group whose members are listed, which works only forwards; "" for none."""

    @property
    def searched(self) -> str:
        """What was searched, in words; "" without a search."""

    @property
    def conflict(self) -> str:
        """Why the search and filters cannot be combined; "" when they can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource:
    """Where the rows of a LiveChangeList come from; a ModelAdmin has it as `list_source`.

    plan: plans the list for these filters and search; raises NotUnderstood.
    read_page: reads one page of a plan, and makes every call to AWS that it needs. read_selected:
    reads the rows with these ids, and leaves out those that do not exist.
    """

    plan: Callable[[Mapping[str, str]], ListPlan]
    read_page: Callable[[Any, Cursor, int], Listing]
    read_selected: Callable[[list[str]], list[Any]]


@dataclass(frozen=True, slots=True)
class NothingPlanned:
    """The plan of a list whose address is not understood: nothing is read."""

    group: str = ""
    searched: str = ""
    conflict: str = ""


class LiveChangeList(ChangeList):
    """A list whose rows come from its ModelAdmin's `list_source`, not from the database.

    An address that is not understood lists nothing, and a message says why. A POST to such an
    address raises NotUnderstood, so that no action is performed on rows that nobody saw.
    The template also gets plan, listing, group_names, count_text, and first_url, previous_url,
    next_url and last_url ("" if there is no such page to go to).
    """

    search_form_class = SearchForm
    refusal: NotUnderstood | None = None
    same_in_every_row: Mapping[str, str] = {}  # the values of columns that are left out, by name

    def get_queryset(
        self,
        request: HttpRequest,
        exclude_parameters: list[str | None] | None = None,  # noqa: ARG002
    ) -> QuerySet[Model]:
        """Plan the list without querying the database."""
        for parameters in (self.params, self.filter_params):
            parameters.pop(WAIT_VAR, None)  # no link of the page leads to another that waits
        try:
            self.plan = self._read_plan()
        except NotUnderstood as error:
            if request.method == "POST":
                raise
            self.plan, self.refusal = NothingPlanned(), error
            self._forget_unknown()
        found = self.get_filters(request)
        self.filter_specs, self.has_filters, _, _, self.has_active_filters = found
        self.clear_all_filters_qs = self.get_query_string(remove=list(self.get_filters_params()))
        selection = Selection(self.model, query=self.root_queryset.query)
        selection.fetch = self._source.read_selected
        return selection

    def url_for_result(self, result: Model) -> str:
        """Return the address of a row's page."""
        return change_address(self.model, result.pk)

    def _read_plan(self) -> ListPlan:
        """Plan the list. Raises NotUnderstood."""
        if unknown := first_unknown(self.get_filters_params(), self.list_filter):
            raise NotUnderstood(*unknown, "this list has no such filter")
        return self._source.plan({**self.params, SEARCH_VAR: self.query})

    def _forget_unknown(self) -> None:
        """Leave out of the page's links what is not understood, so that they lead out of it."""
        while unknown := first_unknown(self.get_filters_params(), self.list_filter):
            del self.params[unknown[0]], self.filter_params[unknown[0]]
        if self.refusal:
            self.filter_params.pop(self.refusal.name, None)

    def get_results(self, request: HttpRequest) -> None:
        """Read the page that the signed cursor in the URL names."""
        if self.refusal:
            messages.error(request, f"{self.refusal} {self.refusal.hint}")
        cursor = FIRST if self.refusal else self._read_cursor(request)
        page = self._read_page(request, cursor)
        self.listing, self.group_names = page, page.group_names or ()
        self.result_list = page.rows
        self.result_count = self.full_result_count = len(page.rows)
        self.count_text = self._describe_count(page)
        self.can_show_all = self.multi_page = self.show_full_result_count = False
        self.show_admin_actions = bool(page.rows)
        if self.plan.searched:
            self.search_help_text = self.plan.searched
        self._link(page, cursor)

    def _link(self, page: Listing, cursor: Cursor) -> None:
        one_way = bool(self.plan.group)
        self.previous_url, self.next_url = self._url(page.previous), self._url(page.next)
        is_first = cursor == FIRST if one_way else bool(page.previous is None and page.rows)
        is_last = one_way or bool(page.next is None and page.rows)
        is_all = cursor in {FIRST, LAST} and not (page.rows or page.previous or page.next)
        nowhere = bool(page.problem) or is_all
        self.first_url = "" if is_first or nowhere else self._url(FIRST)
        self.last_url = "" if is_last or nowhere else self._url(LAST)

    def _read_page(self, request: HttpRequest, cursor: Cursor) -> Listing:
        # An action reads the selected rows and shows another page.
        if self.refusal or self._is_action(request):
            return Listing(rows=[], previous=None, next=None, approximate_count=None)
        return self._source.read_page(self.plan, cursor, self.list_per_page)

    @property
    def _source(self) -> ListSource:
        return cast("ListSource", self.model_admin.list_source)  # type: ignore[attr-defined]

    def _is_action(self, request: HttpRequest) -> bool:
        return (
            request.method == "POST"
            and "_save" not in request.POST
            and bool(self.model_admin.get_actions(request))
            and not request.POST.keys().isdisjoint(("index", ACTION_CHECKBOX_NAME))
        )

    def _describe_count(self, page: Listing) -> str:
        one = self.result_count == 1
        noun = self.opts.verbose_name if one else self.opts.verbose_name_plural
        text = f"{self.result_count} {noun}"
        if page.previous or page.next:
            text += " on this page"
        if page.approximate_count is None:
            return text
        return f"{text}, about {page.approximate_count:,} in the table"

    def _url(self, cursor: Cursor | None) -> str:
        if cursor is None:
            return ""
        token = None if cursor == FIRST else sign(cursor, self._scope)
        return self.get_query_string({PAGE_VAR: token})

    def _read_cursor(self, request: HttpRequest) -> Cursor:
        token = request.GET.get(PAGE_VAR)
        if not token:
            return FIRST
        try:
            return unsign(token, self._scope)
        except BadSignature:
            messages.warning(request, "The address is not valid here. This is the first page.")
            return FIRST

    @property
    def _scope(self) -> str:
        """Return what identifies this list, because a position is meaningless in any other."""
        return repr((self.query, sorted(self.get_filters_params().items())))
