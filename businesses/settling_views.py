"""Settling without a retry: dismiss, reopen; and onboard somebody of whom there is no record."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from businesses.backend import Backend, get_backend
from businesses.exceptions import HistoryUnwritable, RecordChanged, RecordGone
from businesses.history import write_history
from businesses.live_admin import plain_when_it_fails
from businesses.models import Onboarding
from businesses.onboarding_records import Reason
from businesses.retry_batches import MOST_AT_ONCE
from businesses.retry_views import RetryViews, staff_of
from businesses.staff_retry import retry_for
from businesses.stuck import Found, look_up
from businesses.verdicts import Verdict, reason_of


class DismissalForm(forms.Form):
    """Why something is to stay undone."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="For whoever finds it later: a test account, a business deleted on purpose, ...",
    )


class SettlingViews(RetryViews):
    """Mixed into the ModelAdmin of stuck onboardings."""

    def settling_urls(self) -> list[URLPattern]:
        """Return the pages' addresses."""
        prefix, wrap = "businesses_onboarding", self.admin_site.admin_view
        return [
            path("dismiss/", wrap(self.dismiss_view), name=f"{prefix}_dismiss"),
            path("reopen/", wrap(self.reopen_view), name=f"{prefix}_reopen"),
            path("onboard/", wrap(self.onboard_view), name=f"{prefix}_onboard"),
        ]

    @plain_when_it_fails
    def dismiss_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a reason; on POST, dismiss the rows that the address names."""
        self.refuse_unless_allowed(request)
        subs = list(dict.fromkeys(request.GET.getlist("sub")[:MOST_AT_ONCE]))
        form = DismissalForm(request.POST or None)
        backend = get_backend()
        records = backend.ask(lambda stack: stack.onboardings().get_many(subs))
        if request.method == "POST" and form.is_valid():
            reason: str = form.cleaned_data["reason"]
            for sub in records:
                self._settle(request, sub, f"Dismissed: {reason}", reason)
            return self._back(subs)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": "Dismiss stuck onboardings",
            "opts": self.opts,
            "media": self.media + form.media,
            "form": form,
            "rows": [Onboarding.from_record(record) for record in records.values()],
        }
        return TemplateResponse(request, "businesses/dismiss.html", context)

    @plain_when_it_fails
    def reopen_view(self, request: HttpRequest) -> HttpResponse:
        """Take a dismissal back."""
        self.refuse_unless_allowed(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        sub = request.POST.get("sub", "")
        self._settle(request, sub, "Reopened.")
        return self._back([sub])

    @plain_when_it_fails
    def onboard_view(self, request: HttpRequest) -> HttpResponse:
        """Onboard somebody whom Cognito knows as confirmed: record what is missing, then retry."""
        self.refuse_unless_allowed(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        backend, sub = get_backend(), request.POST.get("sub", "")
        found = next((each for each in look_up(backend, sub) if each.person.sub == sub), None)
        if found is None or not found.standing.may_be_onboarded:
            messages.error(request, "There is nobody to onboard: look at the person's state again.")
            return redirect(f"{self._list_url}?q={sub}")
        staff = staff_of(request)
        _record_missing(backend, found, by=staff.name)
        report = retry_for(backend, staff, [sub])
        for outcome in report.outcomes:
            level = messages.SUCCESS if outcome.is_fine else messages.ERROR
            messages.add_message(request, level, outcome.text)
        if report.problem:
            messages.error(request, f"{report.problem} {report.problem.hint}")
        return self._back([sub])

    def _settle(
        self, request: HttpRequest, sub: str, message: str, dismissal_reason: str = ""
    ) -> None:
        """Dismiss for a reason, or reopen without one; say what came of it, in the history too."""
        backend, at = get_backend(), timezone.now()
        staff = staff_of(request)
        try:
            if dismissal_reason:
                backend.ask(
                    lambda stack: stack.onboardings().dismiss(
                        sub, by=staff.name, reason=dismissal_reason, at=at
                    )
                )
            else:
                backend.ask(lambda stack: stack.onboardings().reopen(sub, at=at))
        except (RecordChanged, RecordGone) as error:
            messages.error(request, f"{error} {error.hint}")
            return
        record = backend.ask(lambda stack: stack.onboardings().get(sub))
        rows = [Onboarding.from_record(record)] if record else []
        text = f"{', '.join(map(str, rows))}: {message}"
        try:
            write_history(staff.id, [sub], message)
        except HistoryUnwritable as error:
            messages.error(request, f"{text} But: {error} {error.hint}")
            return
        messages.success(request, text)

    def _back(self, subs: list[str]) -> HttpResponse:
        """Lead to the one that was settled, or to the list where there were several."""
        if len(subs) == 1:
            return redirect(reverse("admin:businesses_onboarding_change", args=subs))
        return redirect(self._list_url)

    @property
    def _list_url(self) -> str:
        return reverse("admin:businesses_onboarding_changelist")


def _record_missing(backend: Backend, found: Found, *, by: str) -> None:
    """Leave a record of what is missing, so that nothing is lost if the retry fails."""
    group = found.person.group_name
    verdict = Verdict.NO_BUSINESS if found.standing.is_member else Verdict.NOT_IN_GROUP
    reason: Reason = reason_of(verdict, group)
    at = timezone.now()
    backend.ask(lambda stack: stack.onboardings().put_missing(found.person, reason, at=at, by=by))
