"""The list of businesses: what it adds to the list of rows that are not in SQL."""

from typing import cast

from django.contrib.admin.views.main import SEARCH_VAR
from django.http import HttpRequest

from businesses.backend import get_backend
from businesses.models import Business
from businesses.pages.business.filters import CREATED_VAR, GROUP_VAR, MEMBERSHIP_VAR
from businesses.pages.business.late_groups import NO_ANSWER, add_groups, mark_late, sign_owners
from businesses.pages.live.changelist import WAIT_VAR, LiveChangeList
from businesses.queries.business_plan import Plan


class BusinessChangeList(LiveChangeList):
    """The list of businesses.

    Its page shows the rows before Cognito has answered, and its script asks for the groups; see
    `late_groups`. The template gets late_owners ("" if nothing is missing), late_failure, which the
    script shows if there is no answer, and waiting_url, which leads to the same page with the
    groups. If the plan has a conflict, the template also gets
    without_group_url and whole_group_url, which each resolve it.
    """

    late_owners = ""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and add the links that resolve a conflict."""
        super().get_results(request)
        if self.plan.conflict:
            others = [SEARCH_VAR, CREATED_VAR]
            alone, others = (
                (MEMBERSHIP_VAR, [*others, GROUP_VAR])
                if cast("Plan", self.plan).is_out_of_group
                else (GROUP_VAR, others)
            )
            self.without_group_url = self.get_query_string(remove=[alone])
            self.whole_group_url = self.get_query_string(remove=others)
        if not self.refusal:
            self._complete(request, self.listing.rows)

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
