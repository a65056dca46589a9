"""The retry page: what a retry would do, then one batch after another with each row's result."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.views.main import ERROR_FLAG, IGNORED_PARAMS, PAGE_VAR, SEARCH_VAR
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils import timezone

from businesses.backend import get_backend
from businesses.exceptions import NotUnderstood
from businesses.history import Staff
from businesses.models import Onboarding as OnboardingModel
from businesses.pages.addresses import change_address
from businesses.pages.live.admin import LiveAdmin
from businesses.pages.onboarding.filters import REASON_VAR, SOURCE_VAR, STATUS_VAR, choice_of
from businesses.pages.onboarding.named_rows import named_subs
from businesses.pages.onboarding.reads import Count, count_stuck, read_states
from businesses.pages.plain_errors import wants_json
from businesses.queries.onboarding_plan import Choice, OnboardingPlan
from businesses.queries.paging import FIRST
from businesses.records.onboarding import FAILED, OPEN, OUT_OF_GROUP, TRIGGER, Onboarding
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
from businesses.retry.state import OnboardingState, differences, will_be_done

SHOWN = 50  # rows whose current state the page shows, which asks Cognito for the groups of each
KEEP_VAR = "keep"  # the records keep their data where Cognito's are newer
# What may stand in the address of the list besides its filters, and does not narrow it.
OF_THE_LIST = {*IGNORED_PARAMS, PAGE_VAR, ERROR_FLAG, KEEP_VAR} - {SEARCH_VAR}


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
        return self.record is not None and self.record.status in OPEN

    @property
    def is_doubtful(self) -> bool:
        """Whether a retry would onboard somebody who is currently disabled or not confirmed."""
        state = self.state
        return self.is_stuck and state is not None and state.is_in_doubt

    @property
    def is_outdated(self) -> bool:
        """Whether Cognito is known to hold other data than the record."""
        return bool(self.record and self.state and differences(self.record, self.state))

    @property
    def title(self) -> str:
        """The label of the row."""
        return (self.record.email or self.record.name if self.record else "") or self.sub


def retry_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:
    """Show what a retry would do; on POST, retry one batch.

    The URL names the rows: `?sub=...&sub=...`, or `?all=1` with the list's filters. A POST says
    which of them to retry: `sub`, or the batch's `position` among all and its `size`. A client that
    accepts only JSON gets `{"results": [...], "left": [sub, ...], "next": position or null,
    "problem": {"message", "hint"} or null}`, or the problem alone if nothing could be tried. Raises
    NotUnderstood if the URL asks for "all" of something else than a source and a reason, or those
    who are not in their group. With `keep=1`, records keep their data where Cognito's are newer.
    """
    choice = _choice(request.GET)
    if request.method == "POST":
        batch = _retry(request, choice)
        return (
            JsonResponse(_as_json(batch))
            if wants_json(request)
            else _after(admin, request, choice, batch)
        )
    if choice is None:
        return named_page(admin, request, named_subs(request.GET))
    rows, count = _first_rows(choice, keep=KEEP_VAR in request.GET)
    is_partly_shown = not count.is_all or count.number > len(rows)
    return _page(
        admin, request, choice=choice, rows=rows, count=count, is_partly_shown=is_partly_shown
    )


def named_page(admin: LiveAdmin, request: HttpRequest, subs: list[str]) -> HttpResponse:
    """Show what a retry of these rows would do. The states of the first MOST_AT_ONCE are read."""
    found = get_backend().ask(lambda stack: stack.onboardings().get_many(subs))
    stuck = [sub for sub in subs if sub in found and found[sub].status in OPEN]
    rows = _named_rows(subs[:MOST_AT_ONCE], found, keep=KEEP_VAR in request.GET)
    return _page(
        admin, request, rows=rows, stuck=stuck, count=Count(len(stuck)), number_named=len(subs)
    )


def _after(
    admin: LiveAdmin, request: HttpRequest, choice: Choice | None, batch: Batch
) -> HttpResponse:
    """Show what became of a batch, and offer to continue."""
    return _page(
        admin,
        request,
        choice=choice,
        batch=batch,
        results=[_result(each) for each in batch.report.outcomes],
        stuck=batch.left,
        count=Count(len(batch.left), is_all=choice is None),
    )


def _page(
    admin: LiveAdmin,
    request: HttpRequest,
    *,
    choice: Choice | None = None,
    rows: Sequence[RetryRow] = (),
    **context: Any,
) -> HttpResponse:
    address, keep = reverse("admin:businesses_onboarding_retry"), KEEP_VAR in request.GET
    kept = f"{address}?{KEEP_VAR}=1" if keep else address
    statuses = {row.record.status for row in rows if row.record}
    is_back = choice.status == OUT_OF_GROUP if choice else statuses == {OUT_OF_GROUP}
    return admin.render_page(
        request,
        "businesses/retry.html",
        "Put back in the group" if is_back else "Retry stuck onboardings",
        choice=choice,
        is_back=is_back,
        keep=keep,
        outdated=sum(row.is_outdated for row in rows),
        rows=rows,
        # Rows that are named are named in the form, because an address holds only so many.
        action=f"{address}?{request.GET.urlencode()}" if choice else kept,
        unconfirmed=sum(row.is_doubtful for row in rows),
        is_without_sweep=choice is not None and not is_back and not request.GET.get(SOURCE_VAR),
        most_at_once=MOST_AT_ONCE,
        **context,
    )


def _choice(address: QueryDict) -> Choice | None:
    """Return the records that a URL means by "all"; None if it names them one by one.

    Records that the sweep made are included only if the URL says so, as in `retry_onboardings`,
    because a missing business may have been deleted on purpose. Raises NotUnderstood for a filter
    that cannot be kept to, rather than retry more than was meant.
    """
    if "all" not in address:
        return None
    given = {name: address.get(name, "") for name in (SOURCE_VAR, REASON_VAR, STATUS_VAR)}
    for name, value in address.dict().items():
        if value and name not in OF_THE_LIST | given.keys():
            why = "a retry of all that match can be limited by source and by reason"
            raise NotUnderstood(name, str(value), why)
    choice = choice_of(given, timezone.now())
    if choice.status == OUT_OF_GROUP:
        return choice
    if choice.status != FAILED:
        raise NotUnderstood(STATUS_VAR, given[STATUS_VAR], "these are not retried")
    return Choice(source=choice.source or TRIGGER, reason_type=choice.reason_type)


def _retry(request: HttpRequest, choice: Choice | None) -> Batch:
    services, staff, keep = get_retry_services(), Staff.of(request), KEEP_VAR in request.GET
    with time_limit(BATCH_SECONDS) as stop:
        if choice is None:
            return retry_named(services, staff, named_subs(request.POST), stop=stop, keep=keep)
        position, size = request.POST.get("position", ""), _size(request.POST)
        return retry_all(
            services, staff, choice, position=position, size=size, stop=stop, keep=keep
        )


def _size(form: QueryDict) -> int:
    size = form.get("size", "")
    is_smaller = size.isdecimal() and len(size) < len(str(MOST_AT_ONCE))
    return (int(size) if is_smaller else 0) or MOST_AT_ONCE


def _first_rows(choice: Choice, *, keep: bool) -> tuple[list[RetryRow], Count]:
    backend = get_backend()
    count = count_stuck(backend, choice)
    page = backend.onboarding_page(OnboardingPlan(choice), FIRST, SHOWN)
    return _rows({record.sub: record for record in page.items}, keep=keep), count


def _named_rows(subs: list[str], found: dict[str, Onboarding], *, keep: bool) -> list[RetryRow]:
    named = {sub: found[sub] for sub in subs if sub in found}
    rows = {row.sub: row for row in _rows(named, keep=keep)}
    missing = will_be_done(None, OnboardingState(group="", exists=None))
    return [rows.get(sub) or RetryRow(sub, None, None, missing) for sub in subs]


def _rows(records: dict[str, Onboarding], *, keep: bool) -> list[RetryRow]:
    states = read_states(get_backend(), (record.person for record in records.values()))
    return [
        RetryRow(sub, record, states[sub], will_be_done(record, states[sub], keep=keep))
        for sub, record in records.items()
    ]


def _result(outcome: Outcome) -> dict[str, Any]:
    record = outcome.record
    return {
        "sub": outcome.sub,
        "title": (record.email or record.name if record else "") or outcome.sub,
        "url": change_address(OnboardingModel, record.sub) if record else "",
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
