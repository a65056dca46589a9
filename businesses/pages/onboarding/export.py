"""What an export of onboardings contains, and what the history says of it."""

from collections.abc import Mapping

from businesses.audit.history import Kind
from businesses.backend import get_backend
from businesses.pages.display import STATUS_BADGES
from businesses.pages.live.date_range import describe_times
from businesses.pages.live.export import Columns
from businesses.pages.live.export_admin import Export
from businesses.pages.onboarding.columns import last_tried, number_of_attempts
from businesses.pages.onboarding.filters import CHANGED, FIRST_FAILED
from businesses.pages.onboarding.listing import read_onboardings
from businesses.queries.onboarding_plan import OnboardingPlan
from businesses.queries.paging import FIRST, Cursor, Page
from businesses.records.onboarding import Onboarding
from businesses.records.reasons.lookup import reason_of


def _row(record: Onboarding) -> tuple[str, ...]:
    reason = record.reason
    return (
        record.email,
        record.name,
        record.sub,
        record.username,
        _status(record.status),
        reason_of(reason.type, reason.message).name,
        reason.type,
        record.first_failed_at,
        last_tried(record),
        number_of_attempts(record),
        " ".join(record.problems),
    )


def _status(status: str) -> str:
    return STATUS_BADGES[status][1] if status in STATUS_BADGES else status


def _read_page(plan: OnboardingPlan, cursor: Cursor, limit: int) -> Page[Onboarding]:
    if cursor == FIRST:
        page, _ = read_onboardings(plan, cursor, limit)
        return page
    # Whom the first page found through Cognito must not come again.
    return get_backend().onboarding_page(plan, cursor, limit)


def describe(plan: OnboardingPlan, parameters: Mapping[str, str]) -> str:
    """Say which onboardings a plan lists, but not the term that was searched for."""
    choice = plan.choice
    if plan.term and "@" not in plan.term:
        return "a search by sub"
    described = [f"onboardings, status: {_status(choice.status)}"]
    if plan.term:
        described.append("a search by e-mail address")
    if choice.source:
        described.append(f"recorded by the {choice.source}")
    if choice.reason_types:
        names = dict.fromkeys(reason_of(kind).name for kind in choice.reason_types)
        described.append(f"reason: {' or '.join(names)}")
    described += describe_times("first failed", parameters, FIRST_FAILED)
    described += describe_times("last changed", parameters, CHANGED)
    return ", ".join(described)


COLUMNS = Columns(
    headings=(
        "E-mail",
        "Name",
        "Sub",
        "Username",
        "Status",
        "Reason",
        "Type",
        "First failed (UTC)",
        "Last attempt (UTC)",
        "Attempts",
        "Problems",
    ),
    row=_row,
    one="onboarding",
    many="onboardings",
    kind=Kind.ONBOARDING,
)
EXPORT = Export(columns=COLUMNS, read_page=_read_page, describe=describe)
