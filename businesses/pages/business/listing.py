"""One page of the list as staff see it: rows with their groups, and notes about the page."""

import logging

from django.conf import settings
from django.utils import timezone

from businesses.backend import COUNT_SHARE, Backend, get_backend
from businesses.exceptions import BusinessesError, CannotCombine, GroupMissing
from businesses.models import Business, Sweep
from businesses.pages.display import how_long_ago, notes_of_problems
from businesses.pages.live.list_source import Listing
from businesses.queries.business_plan import Plan
from businesses.queries.order import Order
from businesses.queries.paging import FIRST, Chunk, Cursor, Page, Position
from businesses.records import business as records
from businesses.records.onboarding import OUT_OF_GROUP
from businesses.typed_cache import TypedCache

logger = logging.getLogger(__name__)

COUNT_KEY, COUNT_SECONDS = "businesses:count", 300


def read_listing(plan: Plan, cursor: Cursor, limit: int) -> Listing:
    """Read one page. Of its owners' groups, it has only those that are cached; see `add_groups`.

    Raises the errors of Backend.business_page, except CannotCombine and GroupMissing, which become
    the page's problem.
    """
    backend, problem = get_backend(), ""
    try:
        page = backend.business_page(plan, cursor, limit)
    except CannotCombine as error:
        page, problem = Page(), str(error)
    except GroupMissing as error:
        page, problem = Page(), f"{error} {error.hint}"
    known = backend.known_groups_of(record.owner_identity for record in page.items)
    rows = [Business.from_record(record) for record in page.items]
    for row in rows:
        row.membership = known.get(row.record.owner_identity)
    if plan.is_out_of_group:
        _tell_since_when(backend, rows)
    return Listing(
        rows=rows,
        previous=page.previous,
        next=page.next,
        approximate_count=_count(backend, plan, page),
        group_names=backend.known_group_names(),
        problem=problem,
        notes=() if problem else tuple(_notes(plan, page)),
        nothing="" if problem or rows else _nothing(plan, cursor, page),
    )


def _tell_since_when(backend: Backend, rows: list[Business]) -> None:
    """Add when each owner was found out of the group; one who is back by now has no such time."""
    subs = [row.pk for row in rows]
    records = backend.ask(lambda stack: stack.onboardings().get_many(subs))
    for row in rows:
        record = records.get(row.pk)
        if record is not None and record.status == OUT_OF_GROUP:
            row.outside_since = record.updated_at


def read_selected_businesses(ids: list[str]) -> list[Business]:
    """Read the selected businesses with one BatchGetItem."""
    return [Business.from_record(record) for record in get_backend().get_businesses(ids)]


def read_newer_businesses(
    plan: Plan, first: Position | None, limit: int
) -> Chunk[records.Business]:
    """Read what comes before the first record of a list, with one Query."""
    [source] = plan.sources
    return get_backend().ask(
        lambda stack: stack.businesses().read(source, first, limit, forwards=False)
    )


def approximate_count(backend: Backend) -> int | None:
    """Return how many businesses there were some hours ago; None if DynamoDB does not say."""
    counts = TypedCache(int)
    count = counts.get(COUNT_KEY)
    if count is None:
        try:
            count = backend.ask(lambda stack: stack.businesses().approximate_count(), COUNT_SHARE)
        except BusinessesError as error:
            logger.warning("The size of the table is unknown: %s", error)
            return None
        counts.set(COUNT_KEY, count, COUNT_SECONDS)
    return count


def _count(backend: Backend, plan: Plan, page: Page[records.Business]) -> int | None:
    if not plan.is_everything or not (page.previous or page.next):
        return None
    count = approximate_count(backend)
    # DynamoDB counts about every six hours, so a count below the page's own rows is out of date.
    return count if count and count > len(page.items) else None


def _notes(plan: Plan, page: Page[records.Business]) -> list[str]:
    notes = []
    if plan.group:
        notes.append(
            f"These are the members of the group “{plan.group}” in Cognito's own order. "
            "Cognito can list them only forwards."
        )
    if plan.order in {Order.A_TO_Z, Order.Z_TO_A}:
        notes.append("A business without a name is not in this list, as it is sorted by name.")
    if plan.is_out_of_group:
        notes.append(_as_of())
        if page.without_record:
            notes.append(f"The businesses of {page.without_record} people on this page are gone.")
    elif page.without_record:
        one = page.without_record == 1
        members = "member of this page has" if one else "members of this page have"
        notes.append(f"{page.without_record} {members} no business.")
    if page.looked_at:
        notes.append(
            f"This page is not full: {page.looked_at:,} records were checked, and those that "
            "match are shown. There may be more on the next or previous page."
        )
    return notes + notes_of_problems(record.problems for record in page.items)


def _as_of() -> str:
    """Say as of when the list of those who are not in their group is."""
    sweep, _ = Sweep.last_runs(settings.BACKEND_STACK_NAME, settings.AWS_REGION)
    if sweep is None or sweep.finished_at is None:
        return "No sweep has finished yet, so more people may be out of their group."
    ago = how_long_ago(sweep.finished_at, timezone.now())
    return f"These people were out of their group when the sweep last looked, {ago}."


def _nothing(plan: Plan, cursor: Cursor, page: Page[records.Business]) -> str:
    """Say why a page is empty."""
    if page.looked_at:
        return "None of the records that were checked matches."
    if plan.is_out_of_group:
        return "Nobody on this page is recorded as not in their group and still has a business."
    if page.without_record:
        return "No member on this page has a business."
    if plan.is_everything and cursor == FIRST:
        return "No business has signed up yet."
    if cursor.position is None:
        return "No business was found."
    return "The businesses that were on this page are no longer in the table."
