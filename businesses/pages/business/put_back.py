"""Putting the owners of businesses back in the group: one at once, or those who are selected."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from businesses.audit.history import Staff
from businesses.backend import get_backend
from businesses.exceptions import RecordGone
from businesses.models import Business
from businesses.pages.addresses import change_address, naming, way_back
from businesses.pages.runs.at_once import retry_at_once, tell_report
from businesses.records.onboarding import DISMISSED
from businesses.retry.out_of_group import Outside, record_outside

WORDS = {
    "further": "This is a further business of its owner. Put the owner back on the page of the "
    "business that they signed up with.",
    "inside": "The owner is in the group by now.",
    "gone": "The owner is no user of the user pool any more, so nobody can be put back.",
    "unknown": "Cognito does not answer just now, so nobody was put back. Try again in a minute.",
}
COUNTED = {
    "further": "further businesses of an owner, who is put back with the first one",
    "inside": "in the group by now",
    "gone": "no users any more",
    "unknown": "unknown, because Cognito does not answer just now",
}


def put_back_view(request: HttpRequest) -> HttpResponse:
    """Put the owner of one business back in its group, and return to the page that the form was on.

    A person whom staff left out of the group on purpose stays out of it. Raises RecordGone.
    """
    backend, business_id = get_backend(), request.POST.get("id", "")
    business = backend.get_business(business_id)
    if business is None:
        raise RecordGone(business_id)
    back = way_back(request, change_address(Business, business_id))
    outside = record_outside(backend, Staff.of(request), [business], at=timezone.now())
    if not outside.subs:
        kind = next(kind for kind in WORDS if getattr(outside, kind))
        messages.warning(request, WORDS[kind])
        return HttpResponseRedirect(back)
    record = backend.ask(lambda stack: stack.onboardings().get(business_id))
    if record is not None and record.status == DISMISSED:
        words = "Staff left this person out of the group. Reopen the record first."
        messages.warning(request, words)
    else:
        tell_report(request, retry_at_once(request, business_id))
    return HttpResponseRedirect(back)


def put_back_selected(request: HttpRequest, businesses: Sequence[Business]) -> HttpResponse:
    """Lead to the page that puts back those owners among the selected who are outside."""
    records = [business.record for business in businesses]
    outside = record_outside(get_backend(), Staff.of(request), records, at=timezone.now())
    for words in _others(outside):
        messages.warning(request, words)
    address = naming(reverse("admin:businesses_onboarding_retry"), outside.subs)
    if outside.subs and address:
        return redirect(address)
    if outside.subs:  # more than an address holds; those who were recorded are all in this list
        messages.warning(request, "These are more than can be named, so all are listed here.")
        return redirect(f"{reverse('admin:businesses_onboarding_changelist')}?status=out-of-group")
    return redirect("admin:businesses_business_changelist")


def _others(outside: Outside) -> list[str]:
    """Say how many of the selected are not put back, and why."""
    numbers = {kind: len(getattr(outside, kind)) for kind in COUNTED}
    return [
        f"Not put back: {number} {COUNTED[kind]}." for kind, number in numbers.items() if number
    ]
