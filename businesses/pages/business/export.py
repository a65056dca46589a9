"""What an export of businesses contains, and what the history says of it."""

from collections.abc import Mapping

from businesses.audit.history import Kind
from businesses.backend import get_backend
from businesses.pages.business.filters import CREATED
from businesses.pages.live.date_range import describe_times
from businesses.pages.live.export import Columns
from businesses.pages.live.export_admin import Export
from businesses.queries.business_plan import Plan
from businesses.queries.business_sources import BY_EMAIL, BY_NAME, BY_OWNER, ById
from businesses.queries.paging import Cursor, Page
from businesses.records.business import Business

SEARCHED = {BY_NAME: "name", BY_EMAIL: "e-mail address", BY_OWNER: "owner"}


def _row(business: Business) -> tuple[str, ...]:
    return (
        business.name,
        business.email,
        business.group_name,
        business.created_at,
        business.updated_at,
        business.id,
        business.owner,
        " ".join(business.problems),
    )


def _read_page(plan: Plan, cursor: Cursor, limit: int) -> Page[Business]:
    return get_backend().business_page(plan, cursor, limit)


def describe(plan: Plan, parameters: Mapping[str, str]) -> str:
    """Say which businesses a plan lists, but not the term that was searched for."""
    searched = list[str]()
    if plan.searched:
        kinds = ("ID" if isinstance(each, ById) else SEARCHED[each.index] for each in plan.sources)
        searched.append(f"a search by {' or '.join(dict.fromkeys(kinds))}")
    searched += describe_times("created", parameters, CREATED)
    if plan.group:
        searched.append(f"members of the group “{plan.group}”")
    if plan.is_out_of_group:
        searched.append("owners who are not in their group")
    return ", ".join(searched) or "all businesses"


COLUMNS = Columns(
    headings=(
        "Name",
        "E-mail",
        "Group",
        "Created (UTC)",
        "Updated (UTC)",
        "ID",
        "Owner",
        "Problems",
    ),
    row=_row,
    one="business",
    many="businesses",
    kind=Kind.BUSINESS,
)
EXPORT = Export(columns=COLUMNS, read_page=_read_page, describe=describe)
