"""One page of the list of stuck onboardings, and the person who was searched and has no record."""

from dataclasses import dataclass

from businesses.backend import Backend
from businesses.changelist import Listing
from businesses.models import Onboarding
from businesses.onboarding_choice import OnboardingPlan
from businesses.onboarding_records import COMPLETED, DISMISSED
from businesses.paging import FIRST, Cursor
from businesses.stuck import Found, look_up, read_records, reason_types

NOTHING = {
    COMPLETED: "No stuck onboarding was completed in the last 90 days.",
    DISMISSED: "Nothing is dismissed.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingListing(Listing):
    """One page. reasons: the types that there are. people: who was found instead."""

    reasons: tuple[str, ...] = ()
    people: tuple[Found, ...] = ()


def read_onboarding_listing(
    backend: Backend, plan: OnboardingPlan, cursor: Cursor, limit: int
) -> OnboardingListing:
    """Read one page; a search that finds no record looks the person up in Cognito.

    Raises BackendUnavailable, TableMissing or UserPoolMissing.
    """
    page = read_records(backend, plan, cursor, limit)
    people = look_up(backend, plan.term) if plan.term and not page.items else []
    notes = []
    if page.looked_at and page.items:
        notes.append(
            f"This page is not full: {page.looked_at:,} records were looked at, and those that "
            "match are shown. There may be more on the pages beside it."
        )
    return OnboardingListing(
        rows=[Onboarding.from_record(record) for record in page.items],
        previous=page.previous,
        next=page.next,
        approximate_count=None,
        notes=tuple(notes),
        nothing="" if page.items else _nothing(plan, cursor, page.looked_at, people),
        reasons=reason_types(backend, plan.choice),
        people=tuple(people),
    )


def _nothing(plan: OnboardingPlan, cursor: Cursor, looked_at: int, people: list[Found]) -> str:
    """Say why a page is empty."""
    if people:
        return "No record was found here, but Cognito knows:"
    if plan.term:
        what = "record of this status" if "@" in plan.term else "record"
        return f"Neither a {what} nor a user of the user pool was found for “{plan.term}”."
    if looked_at:
        return "None of the records that were looked at matches."
    if cursor != FIRST:
        return "What was on this page has moved: begin with the newest."
    if plan.choice.source or plan.choice.reason_type:
        return "Nothing matches the filters."
    return NOTHING.get(plan.choice.status, "Nothing is stuck: every confirmation went through.")
