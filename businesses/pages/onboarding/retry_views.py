"""The retry page: what a retry would do, then one batch after another with each row's result."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils import timezone

from businesses.backend import get_backend
from businesses.history import Staff
from businesses.pages.live_admin import LiveAdmin
from businesses.pages.onboarding.filters import SOURCE_VAR, choice_of
from businesses.pages.onboarding.reads import Count, count_stuck, read_states
from businesses.queries.onboarding_plan import Choice, OnboardingPlan
from businesses.queries.paging import FIRST
from businesses.records.onboarding import FAILED, TRIGGER, Onboarding
from businesses.retry.batches import (
    BATCH_SECONDS,
    MOST_AT_ONCE,
    Batch,
    retry_all,
    retry_named,
    time_limit,
)
from businesses.retry.for_pages import get_retry_services
from businesses.retry.outcomes import Outcome
from businesses.retry.state import OnboardingState, will_be_done

SHOWN = 50  # rows whose current state the page shows, which asks Cognito for the groups of each


@dataclass(frozen=True, slots=True)
class RetryRow:
    """One row of the page. state: None if there is no record."""

    sub: str
    record: Onboarding | None
    state: OnboardingState | None
    words: str

    @property
    def is_stuck(self) -> bool:
        """Whether there is something to retry."""
        return self.record is not None and self.record.status == FAILED

    @property
    def is_doubtful(self) -> bool:
        """Whether a retry would onboard somebody who is currently disabled or not confirmed."""
        state = self.state
        return self.is_stuck and state is not None and state.is_in_doubt

    @property
    def title(self) -> str:
        """The label of the row."""
        return (self.record.email or self.record.name if self.record else "") or self.sub


def retry_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:
    """Show what a retry would do; on POST, retry one batch.

    The URL names the rows: `?sub=...&sub=...`, or `?all=1` with the list's filters. A POST says
    which of them to retry: `sub`, or the batch's `position` among all and its `size`. A client that
    accepts only JSON gets `{"results": [...], "left": [sub, ...], "next": position or null,
    "problem": {"message", "hint"} or null}`.
    """
    choice = _choice(request.GET)
    if request.method != "POST":
        return _page(admin, request, choice)
    batch = _retry(request, choice)
    if request.accepts("text/html"):
        return _page(admin, request, choice, batch)
    return JsonResponse(_as_json(batch))


def _page(
    admin: LiveAdmin, request: HttpRequest, choice: Choice | None, batch: Batch | None = None
) -> HttpResponse:
    if batch is not None:
        rows, count = list[RetryRow](), Count(len(batch.left), is_all=choice is None)
    elif choice:
        rows, count = _first_rows(choice)
    else:
        rows = _named_rows(request.GET.getlist("sub")[:MOST_AT_ONCE])
        count = Count(sum(row.is_stuck for row in rows))
    return admin.render_page(
        request,
        "businesses/retry.html",
        "Retry stuck onboardings",
        rows=rows,
        stuck=batch.left if batch else [row.sub for row in rows if row.is_stuck],
        count=count,
        is_partly_shown=choice and (not count.is_all or count.number > len(rows)),
        unconfirmed=sum(row.is_doubtful for row in rows),
        choice=choice,
        is_without_sweep=choice is not None and not request.GET.get(SOURCE_VAR),
        batch=batch,
        results=[_result(each) for each in batch.report.outcomes] if batch else [],
        most_at_once=MOST_AT_ONCE,
    )


def _choice(address: QueryDict) -> Choice | None:
    """Return the records that a URL means by "all"; None if it names them one by one.

    Records that the sweep made are included only if the URL says so, as in `retry_onboardings`,
    because a missing business may have been deleted on purpose.
    """
    if "all" not in address:
        return None
    try:
        choice = choice_of(cast("dict[str, str]", address.dict()), timezone.now())
    except IncorrectLookupParameters:
        choice = Choice()
    return Choice(source=choice.source or TRIGGER, reason_type=choice.reason_type)


def _retry(request: HttpRequest, choice: Choice | None) -> Batch:
    services, staff = get_retry_services(), Staff.of(request)
    with time_limit(BATCH_SECONDS) as stop:
        if choice is None:
            subs = list(dict.fromkeys(request.POST.getlist("sub")))
            return retry_named(services, staff, subs, stop=stop)
        position, size = request.POST.get("position", ""), _size(request.POST)
        return retry_all(services, staff, choice, position=position, size=size, stop=stop)


def _size(form: QueryDict) -> int:
    size = form.get("size", "")
    return min(int(size), MOST_AT_ONCE) if size.isdecimal() and int(size) else MOST_AT_ONCE


def _first_rows(choice: Choice) -> tuple[list[RetryRow], Count]:
    backend = get_backend()
    count = count_stuck(backend, choice)
    page = backend.onboarding_page(OnboardingPlan(choice), FIRST, SHOWN)
    return _rows({record.sub: record for record in page.items}), count


def _named_rows(subs: list[str]) -> list[RetryRow]:
    found = get_backend().ask(lambda stack: stack.onboardings().get_many(subs))
    rows = {row.sub: row for row in _rows(found)}
    missing = will_be_done(None, OnboardingState(group="", exists=None))
    return [rows.get(sub) or RetryRow(sub, None, None, missing) for sub in dict.fromkeys(subs)]


def _rows(records: dict[str, Onboarding]) -> list[RetryRow]:
    states = read_states(get_backend(), (record.person for record in records.values()))
    return [
        RetryRow(sub, record, states[sub], will_be_done(record, states[sub]))
        for sub, record in records.items()
    ]


def _result(outcome: Outcome) -> dict[str, Any]:
    record = outcome.record
    return {
        "sub": outcome.sub,
        "title": (record.email or record.name if record else "") or outcome.sub,
        "url": reverse("admin:businesses_onboarding_change", args=[outcome.sub]),
        "result": outcome.result.value,
        "text": outcome.text,
        "fine": outcome.is_fine,
    }


def _as_json(batch: Batch) -> dict[str, Any]:
    problem = batch.report.problem
    return {
        "results": [_result(outcome) for outcome in batch.report.outcomes],
        "left": batch.left,
        "next": batch.next,
        "problem": {"message": str(problem), "hint": problem.hint} if problem else None,
    }
