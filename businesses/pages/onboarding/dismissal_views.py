"""Dismissing stuck onboardings for a given reason, and reopening them."""

from functools import partial

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.backend import get_backend
from businesses.exceptions import RecordGone
from businesses.history import Action, Staff
from businesses.models import Onboarding
from businesses.pages.live.admin import LiveAdmin
from businesses.pages.onboarding.listing import read_selected_onboardings
from businesses.pages.onboarding.named_rows import named_subs
from businesses.pages.onboarding.record_changes import change_records, redirect_to, tell
from businesses.records.onboarding import OPEN
from businesses.retry.batches import MOST_AT_ONCE


class DismissalForm(forms.Form):
    """Asks why an onboarding should stay incomplete."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="Explain it to later readers: a test account, a business deleted on purpose, ...",
    )


def dismiss_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:
    """Ask for a reason; on POST, dismiss the open records among those that the URL names."""
    subs = named_subs(request.POST) or named_subs(request.GET)
    form = DismissalForm(request.POST or None)
    rows = read_selected_onboardings(subs)
    if request.method == "POST" and form.is_valid() and rows:
        left = _dismiss(request, rows, form.cleaned_data["reason"])
        if not left:
            return redirect_to([row.pk for row in rows])
        rows = read_selected_onboardings(left)
    return dismissal_page(admin, request, rows, form)


def dismissal_page(
    admin: LiveAdmin, request: HttpRequest, rows: list[Onboarding], form: DismissalForm
) -> HttpResponse:
    """Ask for the reason to dismiss the stuck ones among these records."""
    return admin.render_page(
        request,
        "businesses/dismiss.html",
        "Dismiss stuck onboardings",
        media=admin.media + form.media,
        form=form,
        rows=rows,
        stuck=sum(row.status in OPEN for row in rows),
        open=OPEN,
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


def _dismiss(request: HttpRequest, rows: list[Onboarding], reason: str) -> list[str]:
    """Dismiss the first MOST_AT_ONCE of the stuck records; return the subs of those left to do."""
    staff, at = Staff.of(request), timezone.now()
    all_stuck = [row.pk for row in rows if row.status in OPEN]
    stuck, later = all_stuck[:MOST_AT_ONCE], all_stuck[MOST_AT_ONCE:]
    change = partial(OnboardingTable.dismiss, by=staff.name, reason=reason, at=at)
    message = f"Dismissed: {reason}"
    report = change_records(get_backend(), staff, stuck, change, (Action.DISMISSED, message))
    tell(request, report, message)
    if others := len(rows) - len(all_stuck):
        messages.warning(request, f"Not stuck, so left unchanged: {others}.")
    if later:
        words = f"At most {MOST_AT_ONCE} records are dismissed at a time."
        messages.warning(request, f"{words} Still to be dismissed: {len(later)}.")
    return [*report.left, *later]
