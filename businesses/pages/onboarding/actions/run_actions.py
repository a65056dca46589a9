"""What can be done to many onboardings in a run: retry, dismiss and reopen them."""

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from django.core.signing import BadSignature
from django.utils import timezone

from businesses.audit.history import Action, Kind, Staff, storable
from businesses.audit.runs import WHY, Run
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.backend import get_backend
from businesses.exceptions import BusinessesError, RecordChanged
from businesses.models import Business, HistoryEntry
from businesses.models import Onboarding as Row
from businesses.pages.addresses import change_address
from businesses.pages.display import status_badge
from businesses.pages.onboarding.actions.record_changes import change_records
from businesses.pages.runs.action import RowName, RunAction, Selected
from businesses.queries.business_sources import Span
from businesses.queries.onboarding_plan import Choice, OnboardingPlan
from businesses.queries.paging import FIRST, Cursor, Position
from businesses.queries.sealed_cursors import seal, unseal
from businesses.records.business import format_time
from businesses.records.onboarding import COMPLETED, DISMISSED, OPEN, Onboarding
from businesses.records.reasons.lookup import reason_of
from businesses.retry.audited import retry_with_history
from businesses.retry.for_pages import get_retry_services

logger = logging.getLogger(__name__)

# What a run can be given. KEEP: the records keep their data where Cognito's are newer.
STATUS, SOURCE, REASON_TYPE, KEEP = "status", "source", "reason", "keep"
SINCE, UNTIL, FAILED_SINCE, FAILED_UNTIL = "since", "until", "failed since", "failed until"
DISMISSED_AS = "Dismissed: "  # what the history says, before the reason
AGAIN = "Dismissed again"  # where the history does not have the earlier reason


def given_by(choice: Choice) -> dict[str, str]:
    """Return what a run of all that match is given, so that it keeps to the choice."""
    failed = choice.failed
    return {
        STATUS: choice.status,
        SOURCE: choice.source,
        REASON_TYPE: choice.reason_type,
        SINCE: choice.since,
        UNTIL: choice.until,
        **({FAILED_SINCE: failed.since, FAILED_UNTIL: failed.until} if failed else {}),
    }


def select(run: Run, size: int) -> Selected:
    """Return the next records that match, newest first.

    What is changed leaves the list or moves to its front, so a run does not meet it twice.
    Raises BusinessesError.
    """
    given = run.given
    failed = Span(given[FAILED_SINCE], given[FAILED_UNTIL]) if FAILED_SINCE in given else None
    choice = Choice(
        status=given[STATUS],
        source=given[SOURCE],
        reason_type=given[REASON_TYPE],
        since=given.get(SINCE, ""),
        until=given.get(UNTIL, ""),
        failed=failed,
    )
    scope = repr(choice)
    try:
        cursor = unseal(run.position, scope) if run.position else FIRST
    except BadSignature as error:
        hint = "Begin anew with those that are left."
        raise BusinessesError("This version of the site cannot continue the run.", hint) from error
    page = get_backend().onboarding_page(OnboardingPlan(choice), cursor, size)
    items = page.items

    def after(done: int) -> str | None:
        if done == len(items):
            return seal(page.next, scope) if page.next else None
        last = Position(Choice.number, items[done - 1].updated_at, items[done - 1].sub)
        return seal(Cursor("next", last), scope)

    return Selected(tuple(each.sub for each in items), after)


def names(subs: Iterable[str]) -> dict[str, RowName]:
    """Return what to call the records, as far as they can be read."""
    try:
        found = get_backend().ask(lambda stack: stack.onboardings().get_many(subs))
    except BusinessesError as error:
        logger.warning("The records of a run are shown by their subs: %s", error)
        return {}
    return {sub: name_of(sub, record) for sub, record in found.items()}


def name_of(sub: str, record: Onboarding | None) -> RowName:
    """Return what to call a record."""
    if record is None:
        return RowName(title=sub)
    last = record.attempts[-1] if record.attempts and record.status in OPEN else None
    return RowName(
        title=record.email or record.name or sub,
        url=change_address(Row, sub),
        state=status_badge(record.status),
        reason=reason_of(last.type, last.message).name if last and last.type else "",
        business_url=change_address(Business, sub) if record.status == COMPLETED else "",
    )


def retry(
    run: Run, staff: Staff, subs: Sequence[str], stop: threading.Event
) -> BusinessesError | None:
    """Retry some records."""
    keep = KEEP in run.given
    return retry_with_history(get_retry_services(), staff, subs, stop=stop, keep=keep).problem


def dismiss(
    run: Run, staff: Staff, subs: Sequence[str], stop: threading.Event
) -> BusinessesError | None:
    """Dismiss some records, for one reason, or else for the reason that each had before."""
    why = run.given.get(WHY)
    reasons = dict.fromkeys(subs, why) if why else reasons_before(subs)
    problem: BusinessesError | None = None
    for reason in dict.fromkeys(reasons.values()):
        some = [sub for sub in subs if reasons[sub] == reason]
        change = partial(_dismissed, run=run, by=staff.name, reason=reason)
        told = (Action.DISMISSED, f"{DISMISSED_AS}{reason}")
        report = change_records(get_backend(), staff, some, change, told, stop=stop)
        problem = report.problem
        if problem:
            break
    return problem


def _dismissed(table: OnboardingTable, sub: str, *, run: Run, by: str, reason: str) -> Onboarding:
    """Dismiss a record; return it, also if this run did so before its process was killed."""
    try:
        return table.dismiss(sub, by=by, reason=reason, at=timezone.now())
    except RecordChanged:
        seen = table.get(sub)
        before = seen.dismissal if seen and seen.status == DISMISSED else None
        is_same = before is not None and (before.by, before.reason) == (by, reason)
        if not (seen and before and is_same) or before.at < format_time(run.started_at):
            raise
        return seen


def reopen(
    run: Run,  # noqa: ARG001 - which every action is given
    staff: Staff,
    subs: Sequence[str],
    stop: threading.Event,
) -> BusinessesError | None:
    """Reopen some records."""
    change = partial(OnboardingTable.reopen, at=timezone.now())
    told = (Action.REOPENED, "Reopened.")
    return change_records(get_backend(), staff, subs, change, told, stop=stop).problem


def reasons_before(subs: Iterable[str]) -> dict[str, str]:
    """Return the reason for which each record was last dismissed, as the history has it."""
    wanted = {storable(sub): sub for sub in subs}
    entries = HistoryEntry.objects.filter(
        kind=Kind.ONBOARDING, object_id__in=list(wanted), action=Action.DISMISSED
    )
    last = {wanted[each.object_id]: each.message for each in entries.order_by("at", "pk")}
    return {sub: last.get(sub, AGAIN).removeprefix(DISMISSED_AS) for sub in wanted.values()}


RETRY = RunAction(
    name="retry",
    verb="Retry",
    doing="Retrying",
    noun="stuck onboardings",
    permission="businesses.retry_onboarding",
    list_view="admin:businesses_onboarding_changelist",
    fine=frozenset({Action.RETRY_COMPLETED, Action.FOUND_SETTLED}),
    others=frozenset({Action.RETRY_FAILED, Action.RETRY_UNRECORDED, Action.NOT_RETRIED}),
    select=select,
    do=retry,
    names=names,
    is_repeatable=True,
    again="Retry those again",
)
PUT_BACK = replace(
    RETRY,
    name="put_back",
    verb="Put back",
    doing="Putting back in their group",
    noun="people",
    again="Try those again",
)
DISMISS = RunAction(
    name="dismiss",
    verb="Dismiss",
    doing="Dismissing",
    noun="stuck onboardings",
    permission="businesses.retry_onboarding",
    list_view="admin:businesses_onboarding_changelist",
    fine=frozenset({Action.DISMISSED}),
    others=frozenset({Action.NOT_CHANGED}),
    select=select,
    do=dismiss,
    names=names,
    undo="reopen",
)
REOPEN = RunAction(
    name="reopen",
    verb="Reopen",
    doing="Reopening",
    noun="dismissed onboardings",
    permission="businesses.retry_onboarding",
    list_view="admin:businesses_onboarding_changelist",
    fine=frozenset({Action.REOPENED}),
    others=frozenset({Action.NOT_CHANGED}),
    select=select,
    do=reopen,
    names=names,
    undo="dismiss",
)
RUN_ACTIONS: Mapping[str, RunAction] = {
    each.name: each for each in (RETRY, PUT_BACK, DISMISS, REOPEN)
}
