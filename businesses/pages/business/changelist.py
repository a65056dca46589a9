"""The list of businesses: what it adds to the list of rows that are not in SQL."""

from django.contrib.admin.views.main import SEARCH_VAR
from django.http import HttpRequest

from businesses.pages.business.filters import CREATED_VAR, GROUP_VAR
from businesses.pages.live.changelist import LiveChangeList


class BusinessChangeList(LiveChangeList):
    """The list of businesses.

    If the plan has a conflict, the template also gets without_group_url and whole_group_url, which
    each resolve it.
    """

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and add the links that resolve a conflict."""
        super().get_results(request)
        if self.plan.conflict:
            self.without_group_url = self.get_query_string(remove=[GROUP_VAR])
            self.whole_group_url = self.get_query_string(remove=[SEARCH_VAR, CREATED_VAR])


class UnreadChangeList(LiveChangeList):
    """The same list without its rows, for a view that needs only its plan."""

    def get_results(self, request: HttpRequest) -> None:  # noqa: ARG002
        """Read nothing."""
        self.result_list = []
