"""The retry of one person where they stand: on a row of the list, or at the top of their page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from businesses.models import Business, Onboarding
from businesses.pages.addresses import change_address, way_back
from businesses.pages.errors.plain_errors import wants_json
from businesses.pages.live.admin import LiveAdmin
from businesses.pages.onboarding.actions.run_actions import KEEP, RETRY, name_of
from businesses.pages.runs.at_once import retry_at_once, tell_report
from businesses.pages.runs.results import RowResult, as_json, ending_as_json
from businesses.records.onboarding import COMPLETED
from businesses.retry.outcomes import Outcome


def retry_now_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Retry one record, and lead back to where the form was, with a message of what came of it.

    With `keep=1` in the address, the record keeps its data where Cognito's are newer. A client that
    accepts only JSON gets the same answer as for a batch of a run.
    """
    sub = request.POST.get("sub", "")
    if not sub:
        messages.error(request, "Nobody was named, so nothing was done.")
        return redirect(RETRY.list_view)
    report = retry_at_once(request, sub, keep=KEEP in request.GET)
    if wants_json(request):
        results = as_json(_result(outcome) for outcome in report.outcomes)
        return JsonResponse({"results": results, "over": True, **ending_as_json(report.problem)})
    tell_report(request, report, _words)
    return HttpResponseRedirect(way_back(request, change_address(Onboarding, sub)))


def _result(outcome: Outcome) -> RowResult:
    name = name_of(outcome.sub, outcome.record)
    return RowResult(
        sub=outcome.sub,
        title=name.title,
        url=name.url,
        state=name.state,
        business_url=name.business_url,
        result=outcome.result.value,
        text=outcome.text,
        fine=outcome.is_fine,
        reason="" if outcome.is_fine else name.reason,
    )


def _words(outcome: Outcome) -> SafeString:
    record = outcome.record
    words = format_html("{}: {}", name_of(outcome.sub, record).title, outcome.text)
    if record is None or record.status != COMPLETED:
        return words
    address = change_address(Business, outcome.sub)
    return format_html('{} <a href="{}">Open the business</a>', words, address)
