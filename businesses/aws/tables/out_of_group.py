"""The businesses of the people whom the sweep found out of their group."""

from businesses.aws.tables.business_table import BusinessTable
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.queries.onboarding_plan import Choice, OnboardingPlan
from businesses.queries.paging import Cursor, Page, read_page
from businesses.records.business import Business
from businesses.records.onboarding import OUT_OF_GROUP

EVERYBODY = OnboardingPlan(Choice(status=OUT_OF_GROUP))


def out_of_group_page(
    onboardings: OnboardingTable, businesses: BusinessTable, cursor: Cursor, limit: int
) -> Page[Business]:
    """Read at most `limit` businesses, those first whose people were found last.

    One Query reads the people, as in the list of their records, and one BatchGetItem for each 100
    the businesses. A Business may have gone since the sweep. Raises TableMissing.
    """
    page = read_page(onboardings, EVERYBODY, cursor, limit)
    found = businesses.get_many(record.sub for record in page.items)
    return Page(
        tuple(found.values()),
        previous=page.previous,
        next=page.next,
        without_record=len(page.items) - len(found),
    )
