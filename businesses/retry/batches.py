"""One request's share of a retry: as many rows as its time allows, and where to go on from."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile

from django.core.signing import BadSignature

from businesses.exceptions import BusinessesError
from businesses.queries.onboarding_plan import Choice, OnboardingPlan
from businesses.queries.paging import FIRST, Cursor, Position
from businesses.queries.signed_cursors import sign, unsign
from businesses.retry.audited import Report, Staff, retry_with_history
from businesses.retry.for_pages import RetryServices

MOST_AT_ONCE = 100  # rows of one answer; a batch of the page's own script is smaller
BATCH_SECONDS = 20  # after which nobody else is called: proxies give up after 30 or 60


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request retried.

    left: named rows that were not tried. next: among all, the position to go on from ("" is the
    newest); None when nothing follows.
    """

    report: Report
    left: tuple[str, ...] = ()
    next: str | None = None


@contextmanager
def time_limit(seconds: float) -> Iterator[threading.Event]:
    """Yield an event that is set once the time is up."""
    over = threading.Event()
    timer = threading.Timer(seconds, over.set)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()
        timer.join()


def retry_named(
    services: RetryServices, staff: Staff, subs: Sequence[str], *, stop: threading.Event
) -> Batch:
    """Retry the first of these rows. stop: once set, nobody else is called."""
    report = _retry(services, staff, subs[:MOST_AT_ONCE], stop)
    tried = {outcome.sub for outcome in report.outcomes}
    return Batch(report, left=tuple(sub for sub in subs if sub not in tried))


def retry_all(  # noqa: PLR0913 - by keyword
    services: RetryServices,
    staff: Staff,
    choice: Choice,
    *,
    position: str,
    size: int,
    stop: threading.Event,
) -> Batch:
    """Retry the batch at a position among all of a choice.

    What fails again moves to the front, so it is met once. stop: once set, nobody else is called.
    """
    try:
        cursor = unsign(position, repr(choice)) if position else FIRST
        page = services.backend.onboarding_page(OnboardingPlan(choice), cursor, size)
    except BadSignature:
        error = BusinessesError("That position names no row.", "Reload the page and begin again.")
        return Batch(Report((), error))
    except BusinessesError as error:
        return Batch(Report((), error), next=position)
    report = _retry(services, staff, [each.sub for each in page.items], stop)
    tried = {outcome.sub for outcome in report.outcomes}
    # They end in any order: whatever comes after the first that was not tried is met again.
    done = list(takewhile(lambda each: each.sub in tried, page.items))
    if len(done) == len(page.items):
        following = page.next
    elif done:
        following = Cursor("next", Position(Choice.number, done[-1].updated_at, done[-1].sub))
    else:
        return Batch(report, next=position)
    return Batch(report, next=sign(following, repr(choice)) if following else None)


def _retry(
    services: RetryServices, staff: Staff, subs: Sequence[str], stop: threading.Event
) -> Report:
    report = retry_with_history(services, staff, subs, stop=stop)
    if stop.is_set() and subs and not report.outcomes and not report.problem:
        late = BusinessesError(
            f"Within {BATCH_SECONDS} seconds nobody's turn came. Nothing was changed.",
            "Somebody else may be retrying, or AWS answers slowly: go on in a minute.",
        )
        return Report((), late)
    return report
