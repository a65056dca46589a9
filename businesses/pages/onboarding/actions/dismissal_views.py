"""Dismissing stuck onboardings for a given reason, and reopening them: some, or all that match."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils import timezone

from businesses.audit.runs import WHY
from businesses.backend import get_backend
from businesses.exceptions import NotUnderstood, RecordGone
from businesses.models import Onboarding
from businesses.pages.addresses import (
    change_address,
    list_address,
    list_filters,
    opened_from,
    way_back,
)
from businesses.pages.display import BLANK
from businesses.pages.live.admin import LiveAdmin
from businesses.pages.onboarding.actions.begin_run import begin_run
from businesses.pages.onboarding.actions.named_rows import named_subs
from businesses.pages.onboarding.actions.retry_views import filters_of_all
from businesses.pages.onboarding.actions.run_actions import DISMISS, REOPEN
from businesses.pages.onboarding.filters import STATUS_VAR, choice_of
from businesses.pages.onboarding.listing import read_selected_onboardings
from businesses.pages.onboarding.reads import count_stuck
from businesses.pages.runs.views import do_at_once
from businesses.queries.onboarding_plan import Choice
from businesses.records.onboarding import DISMISSED, OPEN

OTHER = "other"
PRESETS = (
    "A test account",
    "Signed up twice",
    "The business was deleted on purpose",
    "The person withdrew",
    "Spam",
)


class DismissalForm(forms.Form):
    """Asks why onboardings should stay incomplete: for one of the usual reasons, or another."""

    preset = forms.ChoiceField(
        label="Reason",
        choices=[("", "Choose a reason"), *((each, each) for each in PRESETS), (OTHER, "Other:")],
        required=False,
    )
    reason = forms.CharField(
        label="Other reason",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text="Explain it to later readers. It is kept with the record and in its history.",
    )

    def clean_reason(self) -> str:
        """Take a text that nobody could see for none."""
        text: str = self.cleaned_data["reason"]
        return "" if BLANK.fullmatch(text) else text

    def clean(self) -> dict[str, Any]:
        """Take the usual reason, or the text; refuse a form with neither, or with both."""
        given = super().clean() or {}
        preset, text = given.get("preset", ""), given.get("reason", "")
        if self.errors:
            return given
        if preset in {"", OTHER}:
            if not text:
                self.add_error("reason" if preset else "preset", "Give a reason.")
        elif text:
            self.add_error("preset", "Choose “Other”, or leave the other reason empty.")
        return given

    @property
    def why(self) -> str:
        """The reason of a valid form."""
        preset: str = self.cleaned_data["preset"]
        text: str = self.cleaned_data["reason"]
        return text if preset in {"", OTHER} else preset


def dismiss_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:
    """Ask for a reason; on POST, dismiss the open records that the URL or the form names.

    The URL names them one by one, or as `?all=1` with the list's filters.
    """
    choice = _chosen(request, OPEN)
    form = DismissalForm(request.POST or None)
    rows = [] if choice else read_selected_onboardings(_subs(request))
    stuck = [row.pk for row in rows if row.status in OPEN]
    if request.method == "POST" and form.is_valid() and (choice or stuck):
        if others := len(rows) - len(stuck):
            messages.warning(request, f"Not stuck, so left unchanged: {others}.")
        run = begin_run(request, DISMISS, choice, stuck, {WHY: form.why})
        return do_at_once(request, run, DISMISS, _back(request, [row.pk for row in rows]))
    return dismissal_page(admin, request, rows, form, choice)


def dismissal_page(
    admin: LiveAdmin,
    request: HttpRequest,
    rows: list[Onboarding],
    form: DismissalForm,
    choice: Choice | None = None,
) -> HttpResponse:
    """Ask for the reason to dismiss the stuck ones among these records, or all of a choice."""
    stuck = [row for row in rows if row.status in OPEN]
    count = count_stuck(get_backend(), choice) if choice else len(stuck)
    address, filters = reverse("admin:businesses_onboarding_dismiss"), list_filters(request)
    of_all = f"{address}?{request.GET.urlencode()}"
    return admin.render_page(
        request,
        "businesses/onboarding/dismiss.html",
        "Dismiss stuck onboardings",
        media=admin.media + form.media,
        form=form,
        rows=rows,
        stuck=stuck,
        settled=[row for row in rows if row.status not in OPEN],
        choice=choice,
        count=count,
        action=of_all if choice else opened_from(address, filters),
        list_url=list_address(DISMISS.list_view, filters),
    )


def reopen_view(admin: LiveAdmin, request: HttpRequest) -> HttpResponse:
    """Reopen dismissed records; those of `?all=1` only after a page that says how many they are."""
    choice = _chosen(request, {DISMISSED})
    if choice is None and request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if choice and request.method != "POST":
        count = count_stuck(get_backend(), choice)
        back = list_address(REOPEN.list_view, list_filters(request))
        return admin.render_page(
            request,
            "businesses/onboarding/reopen.html",
            "Reopen dismissed onboardings",
            count=count,
            list_url=back,
        )
    subs = _subs(request)
    if choice is None and len(subs) <= 1:
        sub = "".join(subs)
        if not get_backend().ask(lambda stack: stack.onboardings().get(sub)):
            raise RecordGone(sub)
    return reopen(request, subs, choice)


def reopen(request: HttpRequest, subs: list[str], choice: Choice | None = None) -> HttpResponse:
    """Reopen these records, or all of a choice."""
    back = way_back(request, _back(request, subs))
    return do_at_once(request, begin_run(request, REOPEN, choice, subs, {}), REOPEN, back)


def _chosen(request: HttpRequest, statuses: Collection[str]) -> Choice | None:
    """Return the records that a URL means by "all"; None if it names them one by one."""
    if "all" not in request.GET:
        return None
    choice = choice_of(filters_of_all(request.GET), timezone.now())
    if choice.status not in statuses:
        status = request.GET.get(STATUS_VAR, "")
        raise NotUnderstood(STATUS_VAR, status, "this is done to the others only")
    return choice


def _subs(request: HttpRequest) -> list[str]:
    return named_subs(request.POST) or named_subs(request.GET)


def _back(request: HttpRequest, subs: list[str]) -> str:
    """Return the page of the one record, or the list."""
    if len(subs) == 1:
        return change_address(Onboarding, subs[0])
    return list_address(DISMISS.list_view, list_filters(request))
