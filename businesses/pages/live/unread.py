"""A list without its rows, for a view that needs only what the list's address asks for."""

from django.http import HttpRequest

from businesses.pages.live.changelist import LiveChangeList


class UnreadChangeList(LiveChangeList):
    """The plan and the filters of an address. One that is not understood raises NotUnderstood."""

    def get_results(self, request: HttpRequest) -> None:  # noqa: ARG002
        """Read nothing."""
        self.result_list = []
