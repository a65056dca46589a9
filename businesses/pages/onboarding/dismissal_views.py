"""Dismissing stuck onboardings for a given reason, and reopening them."""

from functools import partial

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode

from businesses.aws.onboarding_table import OnboardingTable
from businesses.backend import get_backend
from businesses.exceptions import RecordGone
from businesses.history import Action, Staff
from businesses.models import Onboarding
from businesses.pages.live_admin import LiveAdmin
from businesses.pages.onboarding.listing import read_selected_onboardings
from businesses.pages.onboarding.record_changes import (
    ChangeReport,
    change_records,
    redirect_to,
    tell,
)
from businesses.records.onboarding import FAILED
from businesses.retry.batches import MOST_AT_ONCE


class DismissalForm(forms.Form):
    """Asks why an onboarding should stay incomplete."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="Explain it to later readers: a test account, a business deleted on purpose, ...",
    )


def dismiss_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:
    """Ask for a reason; on POST, dismiss the stuck records among those that the URL names."""
    subs = list(dict.fromkeys(request.GET.getlist("sub")[:MOST_AT_ONCE]))
    form = DismissalForm(request.POST or None)
    rows = read_selected_onboardings(subs)
    if request.method == "POST" and form.is_valid():
        report = _dismiss(request, rows, form.cleaned_data["reason"])
        if not report.left:
            return redirect_to(subs)
        rows = read_selected_onboardings(list(report.left))
    return admin.render_page(
        request,
        "businesses/dismiss.html",
        "Dismiss stuck onboardings",
        media=admin.media + form.media,
        form=form,
        action=f"?{urlencode([('sub', row.pk) for row in rows])}",
        rows=rows,
        stuck=sum(row.status == FAILED for row in rows),
    )


def reopen_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Reopen a dismissed onboarding."""
    backend, sub = get_backend(), request.POST.get("sub", "")
    if not backend.ask(lambda stack: stack.onboardings().get(sub)):
        raise RecordGone(sub)
    change = partial(OnboardingTable.reopen, at=timezone.now())
    message = "Reopened."
    report = change_records(backend, Staff.of(request), [sub], change, (Action.REOPENED, message))
    tell(request, report, message)
    return redirect_to([sub])


def _dismiss(request: HttpRequest, rows: list[Onboarding], reason: str) -> ChangeReport:
    staff, at = Staff.of(request), timezone.now()
    stuck = [row.pk for row in rows if row.status == FAILED]
    change = partial(OnboardingTable.dismiss, by=staff.name, reason=reason, at=at)
    message = f"Dismissed: {reason}"
    report = change_records(get_backend(), staff, stuck, change, (Action.DISMISSED, message))
    tell(request, report, message)
    if len(stuck) < len(rows):
        others = len(rows) - len(stuck)
        messages.warning(request, f"Not stuck, so left unchanged: {others}.")
    return report
