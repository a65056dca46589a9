"""A Django ChangeList for rows that are not in SQL, with sealed cursors in place of pages."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.core.signing import BadSignature
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from businesses.exceptions import NotUnderstood
from businesses.pages.addresses import change_address
from businesses.pages.live.filter import SearchForm, first_unknown, refuse_contradictions
from businesses.pages.live.late import LateRequest
from businesses.pages.live.late_drift import complete_drifts, drift_note
from businesses.pages.live.list_source import Listing, ListPlan, ListSource, NothingPlanned
from businesses.pages.live.ordering import SortedChangeList, order_field
from businesses.pages.live.selection import Selection
from businesses.queries.order import Order
from businesses.queries.paging import FIRST, LAST, Cursor
from businesses.queries.sealed_cursors import seal, unseal

WAIT_VAR = "wait"  # in the address of a page that waits for Cognito, for browsers without scripts


class LiveChangeList(SortedChangeList):
    """A list whose rows come from its ModelAdmin's `list_source`, not from the database.

    An address that is not understood lists nothing, and a message says why. A POST to such an
    address raises NotUnderstood, so that no action is performed on rows that nobody saw.
    The template also gets plan, listing, group_names, count_text, newest (the cursor of what is
    newer than this page, or ""), newest_url, and first_url, previous_url, next_url and last_url (""
    if there is no such page to go to).
    """

    search_form_class = SearchForm
    refusal: NotUnderstood | None = None
    same_in_every_row: Mapping[str, str] = {}  # the values of columns that are left out, by name
    plan: ListPlan = NothingPlanned()

    def get_queryset(
        self,
        request: HttpRequest,
        exclude_parameters: list[str | None] | None = None,  # noqa: ARG002
    ) -> QuerySet[Model]:
        """Plan the list without querying the database."""
        self.order = self.params.get(ORDER_VAR, "")
        given = {**self.filter_params}
        for parameters in (self.params, self.filter_params):
            parameters.pop(WAIT_VAR, None)  # no link of the page leads to another that waits
            parameters.pop(ORDER_VAR, None)  # see kept_order
        try:
            refuse_contradictions(given)
            self.plan = self._read_plan()
        except NotUnderstood as error:
            if request.method == "POST":
                raise
            self.plan, self.refusal = NothingPlanned(), error
            self._forget_unknown()
        self.sortable_by = [
            str(name) for name in self.list_display if order_field(self, name) in self.plan.columns
        ]
        found = self.get_filters(request)
        self.filter_specs, self.has_filters, _, _, self.has_active_filters = found
        self.clear_all_filters_qs = self.get_query_string(remove=list(self.get_filters_params()))
        selection = Selection(self.model, query=self.root_queryset.query)
        selection.fetch = self.source.read_selected
        return selection

    @property
    def sorted_by(self) -> Order | None:
        """The order that the plan has chosen or found."""
        return self.plan.order

    def url_for_result(self, result: Model) -> str:
        """Return the address of a row's page."""
        return change_address(self.model, result.pk)

    def _read_plan(self) -> ListPlan:
        """Plan the list. Raises NotUnderstood."""
        if unknown := first_unknown(self.get_filters_params(), self.list_filter):
            raise NotUnderstood(*unknown, "this list has no such filter")
        return self.source.plan({**self.params, SEARCH_VAR: self.query, ORDER_VAR: self.order})

    def _forget_unknown(self) -> None:
        """Leave out of the page's links what is not understood, so that they lead out of it."""
        while unknown := first_unknown(self.get_filters_params(), self.list_filter):
            del self.params[unknown[0]], self.filter_params[unknown[0]]
        if self.refusal:
            self.filter_params.pop(self.refusal.name, None)

    def get_results(self, request: HttpRequest) -> None:
        """Read the page that the sealed cursor in the URL names."""
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
        wait = WAIT_VAR in request.GET
        self.late_requests = [] if self.refusal else list(self.complete(page.rows, wait=wait))
        self.drift_note = drift_note(row.drift for row in page.rows)
        waiting = request.GET.copy()
        waiting[WAIT_VAR] = "1"
        self.waiting_url = f"?{waiting.urlencode()}"

    def complete(self, rows: list[Any], *, wait: bool) -> Iterator[LateRequest]:
        """Add what only Cognito knows: now if `wait`, or else yield what the script asks for."""
        if late := complete_drifts(rows, wait=wait):
            yield late

    def _link(self, page: Listing, cursor: Cursor) -> None:
        one_way = bool(self.plan.group)
        self.newest, self.newest_url = self._newest(page, cursor), self._url(FIRST)
        self.previous_url, self.next_url = self._url(page.previous), self._url(page.next)
        is_first = cursor == FIRST if one_way else bool(page.previous is None and page.rows)
        is_last = one_way or bool(page.next is None and page.rows)
        is_all = cursor in {FIRST, LAST} and not (page.rows or page.previous or page.next)
        nowhere = bool(page.problem) or is_all
        self.first_url = "" if is_first or nowhere else self._url(FIRST)
        self.last_url = "" if is_last or nowhere else self._url(LAST)

    def _newest(self, page: Listing, cursor: Cursor) -> str:
        if cursor != FIRST or not self.plan.is_newest_first:
            return ""
        [source] = self.plan.sources
        first = source.position_of(page.rows[0].record.item) if page.rows else None
        return seal(Cursor("previous", first), self.scope)

    def _read_page(self, request: HttpRequest, cursor: Cursor) -> Listing:
        # An action reads the selected rows and shows another page.
        if self.refusal or self._is_action(request):
            return Listing(rows=[], previous=None, next=None, approximate_count=None)
        return self.source.read_page(self.plan, cursor, self.list_per_page)

    @property
    def nouns(self) -> tuple[str, str]:
        """What one row is called, and several."""
        return str(self.opts.verbose_name), str(self.opts.verbose_name_plural)

    @property
    def source(self) -> ListSource:
        """Where the rows come from."""
        return cast("ListSource", self.model_admin.list_source)  # type: ignore[attr-defined]

    def _is_action(self, request: HttpRequest) -> bool:
        return (
            request.method == "POST"
            and "_save" not in request.POST
            and bool(self.model_admin.get_actions(request))
            and not request.POST.keys().isdisjoint(("index", ACTION_CHECKBOX_NAME))
        )

    def _describe_count(self, page: Listing) -> str:
        one, many = self.nouns
        text = f"{self.result_count} {one if self.result_count == 1 else many}"
        if page.previous or page.next:
            text += " on this page"
        if page.approximate_count is None:
            return text
        return f"{text}, about {page.approximate_count:,} in the table"

    def _url(self, cursor: Cursor | None) -> str:
        if cursor is None:
            return ""
        token = None if cursor == FIRST else seal(cursor, self.scope)
        return self.get_query_string({PAGE_VAR: token})

    def _read_cursor(self, request: HttpRequest) -> Cursor:
        token = request.GET.get(PAGE_VAR)
        if not token:
            return FIRST
        try:
            return unseal(token, self.scope)
        except BadSignature:
            messages.warning(request, "The address is not valid here. This is the first page.")
            return FIRST

    @property
    def scope(self) -> str:
        """Return what identifies this list, because a position is meaningless in any other."""
        return repr((self.query, sorted(self.get_filters_params().items()), self.order))
