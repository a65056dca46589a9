"""The list of businesses: what it adds to the list of rows that are not in SQL."""

from collections.abc import Collection
from typing import cast

from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.http import HttpRequest

from businesses.backend import get_backend
from businesses.models import Business
from businesses.pages.business.filters import CREATED, GROUP_VAR, MEMBERSHIP_VAR
from businesses.pages.business.late_groups import NO_ANSWER, add_groups, mark_late, sign_owners
from businesses.pages.live.changelist import WAIT_VAR, LiveChangeList
from businesses.queries.business_plan import GROUP_ALONE, NAME_ALONE, Plan


class BusinessChangeList(LiveChangeList):
    """The list of businesses.

    Its page shows the rows before Cognito has answered, and its script asks for the groups; see
    `late_groups`. The template gets late_owners ("" if nothing is missing), late_failure, which the
    script shows if there is no answer, and waiting_url, which leads to the same page with the
    groups. ways_out: words and addresses of the links that each resolve the plan's conflict.
    """

    late_owners = ""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and add the links that resolve a conflict."""
        super().get_results(request)
        if not self.refusal:
            self._complete(request, self.listing.rows)

    @property
    def ways_out(self) -> list[tuple[str, str]]:
        """The links that each resolve a conflict."""
        times = [*CREATED]
        if self.plan.conflict and cast("Plan", self.plan).is_out_of_group:
            words = "Show all who are not in their group"
            return [
                ("Leave “Not in its group” out", self.get_query_string(remove=[MEMBERSHIP_VAR])),
                (words, self.get_query_string(remove=[SEARCH_VAR, *times, GROUP_VAR])),
            ]
        if self.plan.conflict == GROUP_ALONE:
            return [
                ("Leave the group out", self.get_query_string(remove=[GROUP_VAR])),
                ("Show the whole group", self.get_query_string(remove=[SEARCH_VAR, *times])),
            ]
        if self.plan.conflict == NAME_ALONE:
            by_name = {**dict.fromkeys(times), PAGE_VAR: None}
            return [
                ("Sort by date instead", self.get_query_string()),
                ("Leave the dates out", self.get_query_string(by_name)),
            ]
        return [("Leave the order out", self.get_query_string())] if self.plan.conflict else []

    def kept_order(self, changed: Collection[str]) -> str:
        """Keep an order by time where the time of creation changes too."""
        if self.sorted_by and self.sorted_by.is_by_time and CREATED.period in changed:
            return self.order
        return super().kept_order(changed)

    def _complete(self, request: HttpRequest, rows: list[Business]) -> None:
        """Have what only Cognito knows added: now if the address says so, or else by the script."""
        late, are_named = mark_late(rows), self.listing.group_names is not None
        if not late and are_named:
            return
        if WAIT_VAR in request.GET:
            add_groups(late)
            self.group_names = get_backend().group_names()
            return
        self.late_owners, self.late_failure = sign_owners(late), NO_ANSWER
        waiting = request.GET.copy()
        waiting[WAIT_VAR] = "1"
        self.waiting_url = f"?{waiting.urlencode()}"
