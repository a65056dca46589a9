"""The list of businesses: what it adds to a list over rows that are not in SQL."""

from django.contrib.admin.views.main import SEARCH_VAR
from django.http import HttpRequest

from businesses.pages.business.filters import CREATED_VAR, GROUP_VAR
from businesses.pages.changelist import LiveChangeList


class BusinessChangeList(LiveChangeList):
    """The list of businesses.

    Adds for the template, where the plan has a conflict: without_group_url and whole_group_url,
    which lead out of it.
    """

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and say how to get out of a conflict."""
        super().get_results(request)
        if self.plan.conflict:
            self.without_group_url = self.get_query_string(remove=[GROUP_VAR])
            self.whole_group_url = self.get_query_string(remove=[SEARCH_VAR, CREATED_VAR])


class UnreadChangeList(LiveChangeList):
    """The same list without its rows, for a view that needs its plan alone."""

    def get_results(self, request: HttpRequest) -> None:  # noqa: ARG002
        """Read nothing."""
        self.result_list = []
