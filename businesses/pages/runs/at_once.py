"""The retry of one person, who needs no run: done at once, and told in messages."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest

from businesses.audit.history import Staff
from businesses.pages.errors.staff_words import staff_words
from businesses.pages.runs.work import time_limit
from businesses.retry.audited import Report, retry_with_history
from businesses.retry.for_pages import get_retry_services
from businesses.retry.outcomes import Outcome


def retry_at_once(request: HttpRequest, sub: str, *, keep: bool = False) -> Report:
    """Retry one record, or put its person back in the group. keep: see `retry_with_history`."""
    services = get_retry_services()
    with time_limit() as stop:
        return retry_with_history(services, Staff.of(request), [sub], stop=stop, keep=keep)


def tell_report(
    request: HttpRequest,
    report: Report,
    words: Callable[[Outcome], str] = lambda outcome: outcome.text,
) -> None:
    """Show messages of what came of a retry. words: what to say of an outcome, as text or HTML."""
    for outcome in report.outcomes:
        level = messages.SUCCESS if outcome.is_fine else messages.ERROR
        messages.add_message(request, level, words(outcome))
    if report.problem:
        messages.error(request, str(staff_words(report.problem)))
