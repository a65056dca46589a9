"""The admin's pages about stuck onboardings: the list, and a page for each onboarding."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from businesses.backend import get_backend
from businesses.exceptions import RecordGone
from businesses.models import Onboarding
from businesses.pages.addresses import list_filters, naming
from businesses.pages.live.admin import plain_when_it_fails
from businesses.pages.live.changelist import LiveChangeList
from businesses.pages.live.export_admin import ExportAdmin
from businesses.pages.live.list_source import ListSource
from businesses.pages.onboarding.actions.dismissal_views import (
    DismissalForm,
    dismiss_view,
    dismissal_page,
    reopen,
    reopen_view,
)
from businesses.pages.onboarding.actions.manual_views import onboard_view, take_from_cognito_view
from businesses.pages.onboarding.actions.retry_now import retry_now_view
from businesses.pages.onboarding.actions.retry_views import named_page, retry_view, states_view
from businesses.pages.onboarding.actions.run_actions import RUN_ACTIONS
from businesses.pages.onboarding.changelist import OnboardingChangeList
from businesses.pages.onboarding.columns import (
    MAY_BE_LEFT_OUT,
    OnboardingColumns,
    same_in_every_row,
)
from businesses.pages.onboarding.detail import detail_context
from businesses.pages.onboarding.export import EXPORT
from businesses.pages.onboarding.filters import (
    OUTSIDE,
    STATUS_VAR,
    TITLES,
    ChangedFilter,
    FirstFailedFilter,
    ReasonFilter,
    SourceFilter,
    StatusFilter,
    onboarding_plan_of,
)
from businesses.pages.onboarding.listing import (
    read_newer_onboardings,
    read_onboarding_listing,
    read_selected_onboardings,
)
from businesses.pages.onboarding.sweep_note import sweep_context
from businesses.pages.runs.views import again_view, run_view, undo_view, unfinished_runs

View = Callable[..., HttpResponse]
RUN = "run/<uuid:run_id>/"
WITH_RETRY = (None, "", OUTSIDE)  # the lists of what can be retried, by their filter


class OnboardingAdmin(OnboardingColumns, ExportAdmin):
    """Shows every onboarding that failed, why it failed, and what staff can do about it."""

    run_actions = RUN_ACTIONS
    list_source = ListSource(
        plan=lambda parameters: onboarding_plan_of(parameters, timezone.now()),
        read_page=read_onboarding_listing,
        read_selected=read_selected_onboardings,
        read_newer=read_newer_onboardings,
    )
    list_class = OnboardingChangeList
    export = EXPORT
    list_display = (
        "title",
        "listed_name",
        "group_name",
        "reason",
        "attempt_count",
        "first_failed",
        "last_attempt",
        "source",
        "retry_now",
    )
    list_filter = (StatusFilter, SourceFilter, ReasonFilter, FirstFailedFilter, ChangedFilter)
    search_fields = ("email", "sub")
    search_help_text = "A complete e-mail address or sub. Without a record, Cognito is searched."
    actions = ("retry_selected", "dismiss_selected", "reopen_selected")
    shown = (
        "full_reason",
        "business_name",
        "address",
        "group_name",
        "state",
        "source",
        "first_failed",
        "last_attempt",
    )
    ids = ("person_sub", "person_username")
    readonly_fields = (*shown, *ids, "requested", "dismissal", "attempts", "further", "item")
    fieldsets = (
        (None, {"fields": shown}),
        ("Identifiers", {"fields": ids, "classes": ("collapse",)}),
        ("Attempts", {"fields": ("attempts",), "classes": ("collapse",)}),
        ("Record in DynamoDB", {"fields": ("further", "item"), "classes": ("collapse",)}),
    )

    # Where the rows come from

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Onboarding | None:
        """Read one record. Raises RecordGone for users with view permission."""
        record = get_backend().ask(lambda stack: stack.onboardings().get(object_id))
        if record:
            return Onboarding.from_record(record)
        if self.has_view_permission(request):
            raise RecordGone(object_id)
        return None

    def get_changelist_instance(self, request: HttpRequest) -> LiveChangeList:
        """Return the list without the columns that say the same in every row, which it tells."""
        changelist = cast("LiveChangeList", super().get_changelist_instance(request))
        same = same_in_every_row(changelist.result_list, MAY_BE_LEFT_OUT)
        changelist.list_display = [name for name in changelist.list_display if name not in same]
        changelist.same_in_every_row = same
        return changelist

    # The pages

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add who asked for the onboarding, and the dismissal, if there are any."""
        _first, *others = super().get_fieldsets(request, obj)
        also = ("requested", "dismissal")
        given = [name for name in also if obj is not None and getattr(obj.record, name)]
        return [(None, {"fields": (*self.shown, *given)}), *others]

    def own_urls(self) -> list[URLPattern]:
        """Map the URLs of what staff do to views."""
        return [
            self._route("retry/", retry_view, "retry"),
            self._route("retry/now/", retry_now_view, "retry-now", post_only=True),
            self._route("retry/states/", states_view, "states"),
            self._route(RUN, run_view, "run"),
            self._route(f"{RUN}again/", again_view, "again", post_only=True),
            self._route(f"{RUN}undo/", undo_view, "undo", post_only=True),
            self._route("dismiss/", dismiss_view, "dismiss"),
            self._route("reopen/", reopen_view, "reopen"),
            self._route("refresh/", take_from_cognito_view, "refresh", post_only=True),
            self._route("onboard/", onboard_view, "onboard", post_only=True),
            *super().own_urls(),
        ]

    def _route(self, address: str, view: View, name: str, *, post_only: bool = False) -> URLPattern:
        """Route a URL to a view that needs the retry permission and copes when AWS fails."""
        plain = plain_when_it_fails(view)

        def allowed(request: HttpRequest, **named: UUID) -> HttpResponse:
            self.refuse_unless_allowed(request)
            if post_only and request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            return plain(self, request, **named)

        wrapped = self.admin_site.admin_view(allowed)
        return path(address, wrapped, name=f"businesses_onboarding_{name}")

    def refuse_unless_allowed(self, request: HttpRequest) -> None:
        """Raise PermissionDenied unless the user may retry."""
        if not self.has_retry_permission(request):
            raise PermissionDenied

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one page of the list, and when the sweep last ran."""
        if request.method == "POST":
            self.refuse_unless_allowed(request)
        context = {
            **sweep_context(),
            "may_retry": self.has_retry_permission(request),
            **(extra_context or {}),
        }
        if title := TITLES.get(request.GET.get(STATUS_VAR, "")):
            context["title"] = title
        if context["may_retry"]:
            context["runs"] = unfinished_runs(self, request)
        return super().changelist_view(request, context)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leave the column of buttons to those who may retry what the list shows."""
        columns = list(self.list_display)
        if request.GET.get(STATUS_VAR) not in WITH_RETRY or not self.has_retry_permission(request):
            columns.remove("retry_now")
        return columns

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Ask how far the person got, once it is certain that the page will be shown."""
        record = context["original"].record
        context.update(
            detail_context(get_backend(), record, reader=request.user.get_username()),
            may_retry=self.has_retry_permission(request),
        )
        return super().render_change_form(request, context, *args, **kwargs)

    # The actions: a page asks for confirmation of what cannot be undone

    @admin.action(permissions=["retry"], description="Retry selected onboardings")
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Onboarding]) -> HttpResponse:
        """Show what a retry would do."""
        subs = [row.pk for row in queryset]
        address = naming(reverse("admin:businesses_onboarding_retry"), subs, list_filters(request))
        return redirect(address) if address else named_page(self, request, subs)

    @admin.action(permissions=["retry"], description="Dismiss selected onboardings")
    def dismiss_selected(
        self, request: HttpRequest, queryset: QuerySet[Onboarding]
    ) -> HttpResponse:
        """Ask for the reason."""
        subs = [row.pk for row in queryset]
        dismiss = reverse("admin:businesses_onboarding_dismiss")
        address = naming(dismiss, subs, list_filters(request))
        if address:
            return redirect(address)
        return dismissal_page(self, request, list(queryset), DismissalForm())

    @admin.action(permissions=["retry"], description="Reopen selected onboardings")
    def reopen_selected(self, request: HttpRequest, queryset: QuerySet[Onboarding]) -> HttpResponse:
        """Reopen them, which can be undone."""
        return reopen(request, [row.pk for row in queryset])
