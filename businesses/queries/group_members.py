"""One page of a group's members, as Cognito lists them."""

from collections.abc import Mapping
from dataclasses import dataclass

from businesses.queries.paging import Cursor, Page
from businesses.records.business import Business


@dataclass(frozen=True, slots=True)
class GroupMembers:
    """The subs of some members of a group, and the token for the next ones ("" for none)."""

    subs: tuple[str, ...]
    token: str

    def page(self, found: Mapping[str, Business]) -> Page[Business]:
        """Return the page of members whose records were found. found: the records by sub."""
        return Page(
            tuple(found.values()),
            next=Cursor(token=self.token) if self.token else None,
            without_record=len(self.subs) - len(found),
        )
