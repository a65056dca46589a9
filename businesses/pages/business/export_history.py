"""What the history says about an export: who, what, and how many; no names and no addresses."""

import logging
from collections.abc import Callable, Mapping

from businesses.audit.history import Action, Kind, Staff, write_history
from businesses.exceptions import HistoryUnwritable
from businesses.pages.business.filters import CREATED_VAR
from businesses.pages.live.date_range import FROM_VAR, TO_VAR
from businesses.queries.business_plan import Plan
from businesses.queries.business_sources import BY_EMAIL, BY_NAME, BY_OWNER, ById

logger = logging.getLogger(__name__)

SEARCHED = {BY_NAME: "name", BY_EMAIL: "e-mail address", BY_OWNER: "owner"}


def begin_export(
    staff: Staff, plan: Plan, parameters: Mapping[str, str]
) -> Callable[[int, str], None]:
    """Write that an export begins; return what writes how it ended.

    parameters: of the URL. That function takes the number of businesses and the ending in a few
    words. Raises HistoryUnwritable, so that nothing is exported without an entry.
    """
    begun = f"Export begun: {describe(plan, parameters)}."
    write_history(staff, Action.EXPORT_BEGUN, [""], begun, kind=Kind.BUSINESS)

    def end(count: int, ending: str) -> None:
        noun = "business" if count == 1 else "businesses"
        message = f"Exported {count:,} {noun}: {ending}."
        try:
            write_history(staff, Action.EXPORTED, [""], message, kind=Kind.BUSINESS)
        except HistoryUnwritable as error:
            # The file is on its way, and its beginning is on record.
            logger.error("The end of an export is missing in the history. %s", error)  # noqa: TRY400

    return end


def describe(plan: Plan, parameters: Mapping[str, str]) -> str:
    """Say which businesses a plan lists, but not the term that was searched for."""
    searched = list[str]()
    if plan.searched:
        kinds = ("ID" if isinstance(each, ById) else SEARCHED[each.index] for each in plan.sources)
        searched.append(f"a search by {' or '.join(dict.fromkeys(kinds))}")
    if created := parameters.get(CREATED_VAR):
        searched.append(f"created: {created}")
    first, last = parameters.get(FROM_VAR, ""), parameters.get(TO_VAR, "")
    if first or last:
        searched.append(f"created: {first or 'any day'} to {last or 'any day'}")
    if plan.group:
        searched.append(f"members of the group “{plan.group}”")
    if plan.is_out_of_group:
        searched.append("owners who are not in their group")
    return ", ".join(searched) or "all businesses"
