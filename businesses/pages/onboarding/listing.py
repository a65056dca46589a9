"""One page of the list of stuck onboardings, or people without a record whom a search found."""

import logging
from dataclasses import dataclass, replace

from businesses.aws.cognito.limits import filter_for
from businesses.backend import get_backend
from businesses.exceptions import BackendUnavailable
from businesses.models import Onboarding
from businesses.pages.display import notes_of_problems
from businesses.pages.live.list_source import Listing
from businesses.pages.onboarding.reads import PersonLookup, ReasonChoice, causes, look_up_person
from businesses.queries.onboarding_plan import OnboardingPlan
from businesses.queries.paging import FIRST, Chunk, Cursor, Page, Position
from businesses.records.onboarding import COMPLETED, DISMISSED, OUT_OF_GROUP, SWEEP
from businesses.records.onboarding import Onboarding as Record

logger = logging.getLogger(__name__)

NOT_ASKED = (
    "No record was found here. Cognito did not answer, so nobody knows yet whether it has such a "
    "user. Search again in a minute."
)
NOTHING = {
    COMPLETED: "No stuck onboarding was completed in the last 90 days.",
    DISMISSED: "No onboarding is dismissed.",
    OUT_OF_GROUP: "Nobody is recorded as not in their group. The sweep records them.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingListing(Listing):
    """One page. causes: what to filter by. people: found in Cognito instead of records."""

    causes: tuple[ReasonChoice, ...] = ()
    people: tuple[PersonLookup, ...] = ()


def read_onboarding_listing(plan: OnboardingPlan, cursor: Cursor, limit: int) -> OnboardingListing:
    """Read one page; a search that finds no record looks the person up in Cognito.

    A record that is found through Cognito is shown like one that was found directly.
    If Cognito does not answer, the page says so. Raises BackendUnavailable, TableMissing or
    UserPoolMissing.
    """
    page = get_backend().onboarding_page(plan, cursor, limit)
    people, silence = list[PersonLookup](), ""
    if plan.term and not page.items:
        try:
            page, people = _through_cognito(plan, page)
        except BackendUnavailable as error:
            logger.warning("A search did not reach Cognito: %s", error)
            silence = NOT_ASKED
    records = page.items
    notes = notes_of_problems(record.problems for record in records)
    if page.looked_at and records:
        notes.append(
            f"This page is not full: {page.looked_at:,} records were checked, and those that "
            "match are shown. There may be more on the next or previous page."
        )
    return OnboardingListing(
        rows=[Onboarding.from_record(record) for record in records],
        previous=page.previous,
        next=page.next,
        approximate_count=None,
        notes=tuple(notes),
        nothing="" if records else silence or _nothing(plan, cursor, page.looked_at, people),
        causes=causes(get_backend(), plan.choice),
        people=tuple(people),
    )


def read_onboardings(
    plan: OnboardingPlan, cursor: Cursor, limit: int
) -> tuple[Page[Record], list[PersonLookup]]:
    """Read one page of records, or the people without a record whom a search found in Cognito.

    Raises BackendUnavailable, TableMissing or UserPoolMissing.
    """
    page = get_backend().onboarding_page(plan, cursor, limit)
    return (page, []) if page.items or not plan.term else _through_cognito(plan, page)


def _through_cognito(
    plan: OnboardingPlan, page: Page[Record]
) -> tuple[Page[Record], list[PersonLookup]]:
    """Look up in Cognito whom a search did not find in the table."""
    # DynamoDB compares exactly, so this also finds records that spell the address differently.
    people = look_up_person(get_backend(), plan.term)
    found = tuple(each.record for each in people if each.record and _is_listed(each.record, plan))
    if found:  # which are not among the records that were looked at
        page = replace(page, items=found, looked_at=0)
    return page, [each for each in people if each.record not in found]


def read_selected_onboardings(ids: list[str]) -> list[Onboarding]:
    """Read the selected records with one BatchGetItem."""
    records = get_backend().ask(lambda stack: stack.onboardings().get_many(ids))
    return [Onboarding.from_record(record) for record in records.values()]


def read_newer_onboardings(
    plan: OnboardingPlan, first: Position | None, limit: int
) -> Chunk[Record]:
    """Read what comes before the first record of a list, with one Query."""
    return get_backend().ask(
        lambda stack: stack.onboardings().read(plan.choice, first, limit, forwards=False)
    )


def _is_listed(record: Record, plan: OnboardingPlan) -> bool:
    choice, failed = plan.choice, plan.choice.failed
    return (
        record.status == choice.status
        and (not choice.source or (choice.source == SWEEP) == (record.source == SWEEP))
        and (not choice.reason_types or record.reason.type in choice.reason_types)
        and record.updated_at >= choice.since
        and (not choice.until or record.updated_at <= choice.until)
        and (not failed or failed.since <= record.first_failed_at <= failed.until)
    )


def _nothing(
    plan: OnboardingPlan, cursor: Cursor, looked_at: int, people: list[PersonLookup]
) -> str:
    """Say why a page is empty."""
    if looked_at:
        words = f"None of the {looked_at:,} records that were checked matches. There may be more: "
        words += f"choose “{'Next' if cursor.direction == 'next' else 'Previous'}”."
        return f"{words} Cognito knows:" if people else words
    if plan.term:
        return _nothing_found(plan.term, people)
    if cursor != FIRST:
        return "The records that were on this page have moved. Start again with the newest."
    if plan.choice.source or plan.choice.reason_type or plan.choice.has_times:
        return "No record matches the filters."
    return NOTHING.get(plan.choice.status, "No onboarding is known to be stuck.")


def _nothing_found(term: str, people: list[PersonLookup]) -> str:
    """Say what a search found instead of a record."""
    if people:
        return "No record was found here, but Cognito knows:"
    if filter_for("email" if "@" in term else "username", term) is None:
        return f"No record was found for “{term}”, which is too long to be looked up in Cognito."
    if "@" not in term:
        return f"No record has the sub “{term}”, and no user in Cognito has this sub or username."
    what = f"No record with this status and no user in Cognito has the e-mail address “{term}”"
    return f"{what}, as written, in lower case or with its letters composed in another way."
