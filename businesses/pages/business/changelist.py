"""The list of businesses: what it adds to the list of rows that are not in SQL."""

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR

from businesses.backend import get_backend
from businesses.models import Business
from businesses.pages.business.filters import CREATED, GROUP_VAR, MEMBERSHIP_VAR
from businesses.pages.business.late_groups import add_groups, mark_late, request_of
from businesses.pages.live.changelist import LiveChangeList
from businesses.pages.live.late import LateRequest
from businesses.queries.business_plan import GROUP_ALONE, NAME_ALONE, Plan


class BusinessChangeList(LiveChangeList):
    """The list of businesses.

    Its script asks for the groups too; see `late_groups`. ways_out: words and addresses of the
    links that each resolve the plan's conflict.
    """

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

    def complete(self, rows: list[Business], *, wait: bool) -> Iterator[LateRequest]:
        """Add the owners' groups, and those to filter by, at the same time as the drift."""
        late, are_named = mark_late(rows), self.listing.group_names is not None
        if not late and are_named:
            yield from super().complete(rows, wait=wait)
            return
        if not wait:
            yield request_of(late)
            yield from super().complete(rows, wait=wait)
            return
        with ThreadPoolExecutor(1) as executor:
            asked = executor.submit(add_groups, late)
            if not all(row.record.owner_identity.is_unmistakable for row in late):
                asked.result()  # it looks owners up, and compares them at that
            yield from super().complete(rows, wait=wait)
            asked.result()
        self.group_names = get_backend().group_names()
