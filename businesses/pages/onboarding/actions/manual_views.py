"""What staff do by hand for one person: take their data from Cognito, or onboard them now."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from businesses.audit.history import Action, Staff
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.backend import Backend, get_backend
from businesses.models import Onboarding
from businesses.pages.addresses import ADDRESS_LENGTH, change_address, way_back
from businesses.pages.live.admin import LiveAdmin
from businesses.pages.onboarding.actions.record_changes import change_records, tell
from businesses.pages.onboarding.reads import PersonLookup, look_up_person
from businesses.pages.runs.at_once import retry_at_once, tell_report
from businesses.records.onboarding import FAILED, Reason
from businesses.retry.state import differences
from businesses.sweep.decisions import SweepDecision, reason_of


def take_from_cognito_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Replace a stuck record's data with what Cognito holds now, then retry it."""
    backend, sub = get_backend(), request.POST.get("sub", "")
    if not sub:
        return _nobody_named(request)
    found = _found(backend, sub)
    given = differences(found.record, found.state) if found and found.record else ()
    if found is None or not given or found.state.current is None:
        messages.error(request, f"Nothing was taken from Cognito: {_why_nothing(found)}")
        return HttpResponseRedirect(way_back(request, _search_url(sub)))
    change = partial(OnboardingTable.refresh_person, person=found.state.current, at=timezone.now())
    message = f"Took from Cognito: {', '.join(each.name for each in given)}."
    report = change_records(backend, Staff.of(request), [sub], change, (Action.REFRESHED, message))
    tell(request, report, message)
    if report.done and not report.problem:
        tell_report(request, retry_at_once(request, sub))
    return _back(request, sub)


def onboard_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Onboard a user who is confirmed in Cognito: record what is missing, then retry."""
    backend, sub = get_backend(), request.POST.get("sub", "")
    if not sub:
        return _nobody_named(request)
    found = _found(backend, sub)
    if found is None or not found.state.may_be_onboarded:
        messages.error(request, "This person cannot be onboarded now. Check the current state.")
        return HttpResponseRedirect(way_back(request, _search_url(sub)))
    _record_missing(backend, found, by=Staff.of(request).name)
    tell_report(request, retry_at_once(request, sub))
    return _back(request, sub)


def _back(request: HttpRequest, sub: str) -> HttpResponse:
    """Lead back to the page that the form names; otherwise, to that of the record."""
    return HttpResponseRedirect(way_back(request, change_address(Onboarding, sub)))


def _nobody_named(request: HttpRequest) -> HttpResponse:
    messages.error(request, "Nobody was named, so nothing was done.")
    return redirect("admin:businesses_onboarding_changelist")


def _search_url(sub: str) -> str:
    """Return the address of the search for a sub, or of the list if no search takes the sub."""
    address = reverse("admin:businesses_onboarding_changelist")
    search = f"{address}?{urlencode({'q': sub})}"
    return search if len(search) <= ADDRESS_LENGTH else address


def _found(backend: Backend, sub: str) -> PersonLookup | None:
    return next((each for each in look_up_person(backend, sub) if each.person.sub == sub), None)


def _why_nothing(found: PersonLookup | None) -> str:
    """Say why there are no data to take from Cognito for a record."""
    if found is None:
        return "it has no user with this sub. Dismiss the record if the user was deleted."
    if found.record is None:
        return "there is no record with this sub to update."
    if found.record.status != FAILED:
        return f"the record is now {found.record.status}, and only stuck records are updated."
    if found.state.business is not None:
        return "the Business now exists. Retry the record to complete it."
    if not found.person.email:
        return "it has no e-mail address for this user either. First add one in Cognito."
    return "the record now holds the same data. Retry it."


def _record_missing(backend: Backend, found: PersonLookup, *, by: str) -> None:
    """Record what is missing, so that nothing is lost if the retry fails."""
    group = found.person.group_name
    decision = SweepDecision.NO_BUSINESS if found.state.is_member else SweepDecision.NOT_IN_GROUP
    reason: Reason = reason_of(decision, group)
    at = timezone.now()
    backend.ask(lambda stack: stack.onboardings().put_requested(found.person, reason, at=at, by=by))
