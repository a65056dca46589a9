"""One page of the list as people see it: rows with their groups, and what there is to say."""

from businesses.backend import Backend
from businesses.exceptions import CannotCombine, GroupMissing
from businesses.models import Business
from businesses.pages.changelist import Listing
from businesses.queries.business_plan import Plan
from businesses.queries.paging import FIRST, Cursor, Page
from businesses.records import business as records


def read_listing(backend: Backend, plan: Plan, cursor: Cursor, limit: int) -> Listing:
    """Read one page, with its owners' groups where the cache is cold.

    Raises what Backend.business_page raises, except that the page itself says what cannot be
    combined, and that there is no such group.
    """
    problem = ""
    try:
        page = backend.business_page(plan, cursor, limit)
    except CannotCombine as error:
        page, problem = Page(), str(error)
    except GroupMissing as error:
        page, problem = Page(), f"{error} {error.hint}"
    groups = backend.groups_of(record.username for record in page.items)
    rows = [Business.from_record(record) for record in page.items]
    for row in rows:
        row.membership = groups.get(row.record.username)
    return Listing(
        rows=rows,
        previous=page.previous,
        next=page.next,
        approximate_count=_count(backend, plan, page),
        group_names=backend.group_names(),
        problem=problem,
        notes=() if problem else tuple(_notes(plan, page)),
        nothing="" if problem or rows else _nothing(plan, cursor, page),
    )


def _count(backend: Backend, plan: Plan, page: Page[records.Business]) -> int | None:
    if not plan.is_everything or not (page.previous or page.next):
        return None
    count = backend.approximate_count()
    # DynamoDB counts about every six hours; a count below what is on the page is no news.
    return count if count and count > len(page.items) else None


def _notes(plan: Plan, page: Page[records.Business]) -> list[str]:
    notes = []
    if plan.group:
        notes.append(
            f"The members of the group “{plan.group}”, in Cognito's own order. "
            "Cognito lists them in one direction only."
        )
    if page.without_record:
        one = page.without_record == 1
        members = "member of this page has" if one else "members of this page have"
        notes.append(f"{page.without_record} {members} no business.")
    if page.looked_at:
        notes.append(
            f"This page is not full: {page.looked_at:,} records were looked at, and those that "
            "match are shown. There may be more on the pages beside it."
        )
    return notes


def _nothing(plan: Plan, cursor: Cursor, page: Page[records.Business]) -> str:
    """Say why a page is empty."""
    if page.looked_at:
        return "None of the records that were looked at matches."
    if page.without_record:
        return "No member on this page has a business."
    if plan.is_everything and cursor == FIRST:
        return "No business has signed up yet."
    if cursor.position is None:
        return "No business was found."
    return "What was on this page is no longer in the table."
