"""What has come since the first page of a list was read, asked for now and then by its script."""

from typing import Any

from django.contrib.admin.views.main import PAGE_VAR
from django.core.signing import BadSignature
from django.http import HttpRequest

from businesses.exceptions import NotUnderstood
from businesses.pages.live.changelist import LiveChangeList
from businesses.queries.sealed_cursors import unseal

MOST_READ = 50


class UnreadChangeList(LiveChangeList):
    """A list without its rows, for a view that needs only what the list's address asks for."""

    def get_results(self, request: HttpRequest) -> None:  # noqa: ARG002
        """Read nothing."""
        self.result_list = []

    def newer(self, request: HttpRequest) -> dict[str, Any]:
        """Return how many records come before a page's first, with one Query, as `{"words": ...}`.

        The words are "" if there are none. Raises NotUnderstood unless the address has the cursor
        that such a page names, and the errors of the list's source.
        """
        if self.refusal:
            raise self.refusal
        signed = request.GET.get(PAGE_VAR, "")
        try:
            cursor = unseal(signed, self.scope)
        except BadSignature as error:
            raise NotUnderstood(PAGE_VAR, signed, "no page of this list named it") from error
        if not self.plan.is_newest_first:
            raise NotUnderstood(PAGE_VAR, signed, "this list does not begin with the newest")
        read = self.source.read_newer(self.plan, cursor.position, MOST_READ)
        at_least = "At least " if read.rest else ""
        return {"words": f"{at_least}{len(read.rows)} newer" if read.rows else ""}
