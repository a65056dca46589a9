"""The page that says what a retry would do for each of many rows, and begins it."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.admin.views.main import ERROR_FLAG, IGNORED_PARAMS, PAGE_VAR, SEARCH_VAR
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from businesses.backend import get_backend
from businesses.exceptions import NotUnderstood
from businesses.pages.addresses import list_address, list_filters, opened_from
from businesses.pages.live.admin import LiveAdmin
from businesses.pages.live.filter import refuse_contradictions
from businesses.pages.onboarding.actions.begin_run import begin_run
from businesses.pages.onboarding.actions.named_rows import named_subs
from businesses.pages.onboarding.actions.retry_rows import RetryRow, Summary, named_rows, rows_of
from businesses.pages.onboarding.actions.run_actions import KEEP, PUT_BACK, RETRY
from businesses.pages.onboarding.filters import (
    CHANGED,
    FIRST_FAILED,
    REASON_VAR,
    SOURCE_VAR,
    STATUS_VAR,
    choice_of,
)
from businesses.pages.onboarding.reads import ACCOUNTS_ASKED, Count, count_stuck
from businesses.pages.runs.views import lead_to
from businesses.pages.runs.work import MOST_AT_ONCE
from businesses.queries.onboarding_plan import Choice, OnboardingPlan
from businesses.queries.paging import FIRST
from businesses.records.onboarding import FAILED, OPEN, OUT_OF_GROUP, TRIGGER

KEEP_VAR = "keep"  # the records keep their data where Cognito's are newer
BACK_VAR = "put_back"  # sent by the form if all that it names are not in their group
SHOWN = 50  # rows whose current state the page shows, which asks Cognito for the groups of each
FILTERS = (SOURCE_VAR, REASON_VAR, STATUS_VAR, *CHANGED, *FIRST_FAILED)
# What may stand in the address of the list besides its filters, and does not narrow it.
OF_THE_LIST = {*IGNORED_PARAMS, PAGE_VAR, ERROR_FLAG, KEEP_VAR} - {SEARCH_VAR}


def retry_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:
    """Show what a retry would do; on POST, begin a run of it.

    The URL names the rows: `?sub=...&sub=...`, or `?all=1` with the list's filters. A POST names
    them in the form. Raises NotUnderstood if the URL asks for "all" of something else than a source
    and a reason, or those who are not in their group. With `keep=1`, records keep their data where
    Cognito's are newer.
    """
    choice = chosen(request.GET)
    if request.method == "POST":
        return _begin(request, choice)
    if choice is None:
        return named_page(admin, request, named_subs(request.GET))
    count = count_stuck(get_backend(), choice)
    page = get_backend().onboarding_page(OnboardingPlan(choice), FIRST, SHOWN)
    found = {record.sub: record for record in page.items}
    rows = rows_of(request, found, keep=KEEP_VAR in request.GET)
    return _page(admin, request, rows, count, choice=choice)


def named_page(admin: LiveAdmin, request: HttpRequest, subs: list[str]) -> HttpResponse:
    """Show what a retry of these rows would do. The states of the first MOST_AT_ONCE are read."""
    found = get_backend().ask(lambda stack: stack.onboardings().get_many(subs))
    stuck = [sub for sub in subs if sub in found and found[sub].status in OPEN]
    rows = named_rows(request, subs[:MOST_AT_ONCE], found, keep=KEEP_VAR in request.GET)
    return _page(admin, request, rows, Count(len(stuck)), stuck=stuck, number_named=len(subs))


def states_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:
    """Answer what a retry would do for the first few named rows, as JSON, for the page's script.

    `{"rows": [{"sub", "html": the row of the table, "exception": whether it needs a look}]}`
    """
    subs = named_subs(request.GET)[:ACCOUNTS_ASKED]
    found = get_backend().ask(lambda stack: stack.onboardings().get_many(subs))
    rows = named_rows(request, subs, found, keep=KEEP_VAR in request.GET)
    context = {"opts": admin.opts}
    return JsonResponse(
        {
            "rows": [
                {
                    "sub": row.sub,
                    "html": render_to_string(
                        "businesses/onboarding/retry_row.html", {**context, "row": row}
                    ),
                    "exception": row.is_exception,
                }
                for row in rows
            ]
        }
    )


def chosen(address: QueryDict) -> Choice | None:
    """Return the records that a URL means by "all"; None if it names them one by one.

    Records that the sweep made are included only if the URL says so, as in `retry_onboardings`,
    because a missing business may have been deleted on purpose. Raises NotUnderstood for a filter
    that cannot be kept to, rather than retry more than was meant.
    """
    if "all" not in address:
        return None
    choice = choice_of(filters_of_all(address), timezone.now())
    if choice.status == OUT_OF_GROUP:
        return choice
    if choice.status != FAILED:
        raise NotUnderstood(STATUS_VAR, address.get(STATUS_VAR, ""), "these are not retried")
    return replace(choice, source=choice.source or TRIGGER)


def filters_of_all(address: QueryDict) -> dict[str, str]:
    """Return the filters in the address of what is done to all that match.

    Raises NotUnderstood for one that cannot be kept to.
    """
    refuse_contradictions(dict(address.lists()))
    for name, value in address.dict().items():
        if value and name not in OF_THE_LIST and name not in FILTERS:
            why = "all that match can be limited by source, by reason and by days"
            raise NotUnderstood(name, str(value), why)
    return {name: address.get(name, "") for name in FILTERS}


def _begin(request: HttpRequest, choice: Choice | None) -> HttpResponse:
    is_back = choice.status == OUT_OF_GROUP if choice else BACK_VAR in request.POST
    action = PUT_BACK if is_back else RETRY
    subs = named_subs(request.POST)
    if choice is None and not subs:
        messages.warning(request, "No onboarding was named, so nothing was done.")
        return redirect(list_address(RETRY.list_view, list_filters(request)))
    given = {KEEP: "1"} if KEEP_VAR in request.GET else {}
    return lead_to(request, begin_run(request, action, choice, subs, given), action)


def _page(
    admin: LiveAdmin,
    request: HttpRequest,
    rows: list[RetryRow],
    count: Count,
    *,
    choice: Choice | None = None,
    **context: Any,
) -> HttpResponse:
    address, keep = reverse("admin:businesses_onboarding_retry"), KEEP_VAR in request.GET
    filters = list_filters(request)
    of_named = opened_from(address, filters, **{KEEP_VAR: "1" if keep else ""})
    statuses = {row.record.status for row in rows if row.record}
    is_back = choice.status == OUT_OF_GROUP if choice else statuses == {OUT_OF_GROUP}
    return admin.render_page(
        request,
        "businesses/onboarding/retry.html",
        "Put back in the group" if is_back else "Retry stuck onboardings",
        choice=choice,
        is_back=is_back,
        keep=keep,
        summary=Summary(rows, count, is_back=is_back),
        exceptions=[row for row in rows if row.is_exception],
        others=[row for row in rows if not row.is_exception],
        # Rows that are named are named in the form, because an address holds only so many.
        action=f"{address}?{request.GET.urlencode()}" if choice else of_named,
        is_without_sweep=choice is not None and not is_back and not request.GET.get(SOURCE_VAR),
        most_at_once=MOST_AT_ONCE,
        accounts_asked=ACCOUNTS_ASKED,
        count=count,
        list_url=list_address(RETRY.list_view, filters),
        **context,
    )
