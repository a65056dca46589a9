"""Settling by hand: dismiss, reopen, take Cognito's data; and onboard whom no record names."""

from collections.abc import Sequence
from functools import partial

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode

from businesses.aws.onboarding_table import OnboardingTable
from businesses.backend import Backend, get_backend
from businesses.exceptions import RecordGone
from businesses.models import Onboarding
from businesses.pages.live_admin import plain_when_it_fails
from businesses.pages.onboarding.reads import Found, look_up
from businesses.pages.onboarding.retry_views import RetryViews, staff_of
from businesses.pages.onboarding.settling import Settled, settle_for
from businesses.records.onboarding import FAILED, Reason
from businesses.retry.audited import retry_with_history
from businesses.retry.batches import MOST_AT_ONCE
from businesses.retry.for_pages import get_retry_services
from businesses.retry.state import differences
from businesses.sweep.verdicts import Verdict, reason_of

TOLD = 3  # refusals in full


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
            path("refresh/", wrap(self.refresh_view), name=f"{prefix}_refresh"),
            path("onboard/", wrap(self.onboard_view), name=f"{prefix}_onboard"),
        ]

    @plain_when_it_fails
    def dismiss_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a reason; on POST, dismiss the rows that the address names and that are stuck."""
        self.refuse_unless_allowed(request)
        subs = list(dict.fromkeys(request.GET.getlist("sub")[:MOST_AT_ONCE]))
        form = DismissalForm(request.POST or None)
        rows = _rows(subs)
        if request.method == "POST" and form.is_valid():
            settled = self._dismiss(request, rows, form.cleaned_data["reason"])
            if not settled.left:
                return self._back(subs)
            rows = _rows(settled.left)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": "Dismiss stuck onboardings",
            "opts": self.opts,
            "media": self.media + form.media,
            "form": form,
            "action": f"?{urlencode([('sub', row.pk) for row in rows])}",
            "rows": rows,
            "stuck": sum(row.status == FAILED for row in rows),
        }
        return TemplateResponse(request, "businesses/dismiss.html", context)

    def _dismiss(self, request: HttpRequest, rows: list[Onboarding], reason: str) -> Settled:
        staff, at = staff_of(request), timezone.now()
        stuck = [row.pk for row in rows if row.status == FAILED]
        change = partial(OnboardingTable.dismiss, by=staff.name, reason=reason, at=at)
        message = f"Dismissed: {reason}"
        settled = settle_for(get_backend(), staff, stuck, change, message)
        _tell(request, settled, message)
        if len(stuck) < len(rows):
            others = len(rows) - len(stuck)
            messages.warning(request, f"Not stuck, and left as they are: {others}.")
        return settled

    @plain_when_it_fails
    def reopen_view(self, request: HttpRequest) -> HttpResponse:
        """Take a dismissal back."""
        self.refuse_unless_allowed(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        backend, sub = get_backend(), request.POST.get("sub", "")
        if not backend.ask(lambda stack: stack.onboardings().get(sub)):
            raise RecordGone(sub)
        change = partial(OnboardingTable.reopen, at=timezone.now())
        message = "Reopened."
        _tell(request, settle_for(backend, staff_of(request), [sub], change, message), message)
        return self._back([sub])

    @plain_when_it_fails
    def refresh_view(self, request: HttpRequest) -> HttpResponse:
        """Give a stuck record the person's data as Cognito has them now, and retry it."""
        self.refuse_unless_allowed(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        backend, sub = get_backend(), request.POST.get("sub", "")
        found = _found(backend, sub)
        given = differences(found.record, found.standing) if found and found.record else ()
        if found is None or not given:
            messages.error(request, f"Nothing was taken from Cognito: {_why_nothing(found)}")
            return redirect(self._search_url(sub))
        change = partial(OnboardingTable.refresh_person, person=found.person, at=timezone.now())
        message = f"Took from Cognito: {', '.join(each.name for each in given)}."
        settled = settle_for(backend, staff_of(request), [sub], change, message)
        _tell(request, settled, message)
        if settled.done and not settled.problem:
            self._retry_one(request, sub)
        return self._back([sub])

    @plain_when_it_fails
    def onboard_view(self, request: HttpRequest) -> HttpResponse:
        """Onboard somebody whom Cognito knows as confirmed: record what is missing, then retry."""
        self.refuse_unless_allowed(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        backend, sub = get_backend(), request.POST.get("sub", "")
        found = _found(backend, sub)
        if found is None or not found.standing.may_be_onboarded:
            messages.error(request, "There is nobody to onboard: look at the person's state again.")
            return redirect(self._search_url(sub))
        _record_missing(backend, found, by=staff_of(request).name)
        self._retry_one(request, sub)
        return self._back([sub])

    def _retry_one(self, request: HttpRequest, sub: str) -> None:
        report = retry_with_history(get_retry_services(), staff_of(request), [sub])
        for outcome in report.outcomes:
            level = messages.SUCCESS if outcome.is_fine else messages.ERROR
            messages.add_message(request, level, outcome.text)
        if report.problem:
            messages.error(request, f"{report.problem} {report.problem.hint}")

    def _back(self, subs: list[str]) -> HttpResponse:
        """Lead to the one that was settled, or to the list where there were several."""
        if len(subs) == 1:
            return redirect(reverse("admin:businesses_onboarding_change", args=subs))
        return redirect(reverse("admin:businesses_onboarding_changelist"))

    def _search_url(self, sub: str) -> str:
        return f"{reverse('admin:businesses_onboarding_changelist')}?{urlencode({'q': sub})}"


def _rows(subs: Sequence[str]) -> list[Onboarding]:
    records = get_backend().ask(lambda stack: stack.onboardings().get_many(subs))
    return [Onboarding.from_record(record) for record in records.values()]


def _tell(request: HttpRequest, settled: Settled, message: str) -> None:
    """Say what came of one record, or of many in one go."""
    names = [record.name or record.email or record.sub for record in settled.done]
    if len(names) == 1:
        messages.success(request, f"{names[0]}: {message}")
    elif names:
        messages.success(request, f"{len(names)} records: {message}")
    if settled.changed:
        told = settled.changed[:TOLD]
        more = len(settled.changed) - len(told)
        messages.warning(request, " ".join(told) + (f" And {more} more." if more else ""))
    if settled.problem:
        left = f" Not settled, as far as is known: {len(settled.left)}." if settled.left else ""
        messages.error(request, f"{settled.problem} {settled.problem.hint}{left}")


def _found(backend: Backend, sub: str) -> Found | None:
    return next((each for each in look_up(backend, sub) if each.person.sub == sub), None)


def _why_nothing(found: Found | None) -> str:
    """Say why there are no data to take from Cognito for a record."""
    if found is None:
        return "it knows nobody of this sub. Dismiss the record if the user was deleted."
    if found.record is None:
        return "there is no record of this sub to give it to."
    if found.record.status != FAILED:
        return f"the record is {found.record.status} by now, and only a stuck one is given data."
    if found.standing.business is not None:
        return "there is a Business by now. Retry the record, which completes it."
    if not found.person.email:
        return "it has no e-mail address of this user either. Give the user one there first."
    return "the record holds the same by now. Retry it."


def _record_missing(backend: Backend, found: Found, *, by: str) -> None:
    """Leave a record of what is missing, so that nothing is lost if the retry fails."""
    group = found.person.group_name
    verdict = Verdict.NO_BUSINESS if found.standing.is_member else Verdict.NOT_IN_GROUP
    reason: Reason = reason_of(verdict, group)
    at = timezone.now()
    backend.ask(lambda stack: stack.onboardings().put_missing(found.person, reason, at=at, by=by))
