"""One request's share of a retry: as many rows as time allows, and where to continue from."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile

from django.core.signing import BadSignature

from businesses.exceptions import BusinessesError
from businesses.history import Staff
from businesses.queries.onboarding_plan import Choice, OnboardingPlan
from businesses.queries.paging import FIRST, Cursor, Position
from businesses.queries.signed_cursors import sign, unsign
from businesses.retry.audited import Report, retry_with_history
from businesses.retry.for_pages import RetryServices

MOST_AT_ONCE = 100  # rows in one answer; the batches of the page's own script are smaller
BATCH_SECONDS = 20  # no call is started after this, since proxies give up after 30 or 60 seconds


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request retried.

    left: named rows that were not tried. next: when retrying all, the position to continue from
    ("" is the newest); None when nothing follows.
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
    services: RetryServices,
    staff: Staff,
    subs: Sequence[str],
    *,
    stop: threading.Event,
    keep: bool = False,
) -> Batch:
    """Retry the first of these rows. stop: once set, no further call is started.

    keep: whether they keep their data where Cognito's are newer.
    """
    report = _retry(services, staff, subs[:MOST_AT_ONCE], stop, keep=keep)
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
    keep: bool = False,
) -> Batch:
    """Retry the batch at a position among all records of a choice.

    A record that fails again moves to the front of the list, so this retry does not meet it twice.
    stop: once set, no further call is started. keep: whether they keep their data where Cognito's
    are newer.
    """
    try:
        cursor = unsign(position, repr(choice)) if position else FIRST
        page = services.backend.onboarding_page(OnboardingPlan(choice), cursor, size)
    except BadSignature:
        error = BusinessesError("That position is not valid.", "Reload the page and start again.")
        return Batch(Report((), error))
    except BusinessesError as error:
        return Batch(Report((), error), next=position)
    report = _retry(services, staff, [each.sub for each in page.items], stop, keep=keep)
    tried = {outcome.sub for outcome in report.outcomes}
    # Calls end in any order, so the next batch starts at the first row that was not tried.
    done = list(takewhile(lambda each: each.sub in tried, page.items))
    if len(done) == len(page.items):
        following = page.next
    elif done:
        following = Cursor("next", Position(Choice.number, done[-1].updated_at, done[-1].sub))
    else:
        return Batch(report, next=position)
    return Batch(report, next=sign(following, repr(choice)) if following else None)


def _retry(
    services: RetryServices,
    staff: Staff,
    subs: Sequence[str],
    stop: threading.Event,
    *,
    keep: bool,
) -> Report:
    report = retry_with_history(services, staff, subs, stop=stop, keep=keep)
    if stop.is_set() and subs and not report.outcomes and not report.problem:
        late = BusinessesError(
            f"No retry could start within {BATCH_SECONDS} seconds. Nothing was changed.",
            "Somebody else may be retrying, or AWS may be slow. Continue in a minute.",
        )
        return Report((), late)
    return report
