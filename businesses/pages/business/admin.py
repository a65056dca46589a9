"""The admin's pages about businesses: the list, its export, and a page for each business."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from businesses.backend import get_backend
from businesses.exceptions import RecordGone
from businesses.models import Business, Onboarding
from businesses.pages.addresses import change_address, person_address
from businesses.pages.business.changelist import BusinessChangeList
from businesses.pages.business.columns import BusinessColumns
from businesses.pages.business.detail import Owner, detail_context, read_owner
from businesses.pages.business.export import EXPORT
from businesses.pages.business.filters import (
    CreatedFilter,
    GroupFilter,
    MembershipFilter,
    plan_of,
)
from businesses.pages.business.late_groups import groups_answer
from businesses.pages.business.listing import (
    read_listing,
    read_newer_businesses,
    read_selected_businesses,
)
from businesses.pages.business.put_back import put_back_selected, put_back_view
from businesses.pages.business.related import completed_retries, read_record, retry_behind
from businesses.pages.live.admin import plain_when_it_fails
from businesses.pages.live.export_admin import ExportAdmin
from businesses.pages.live.list_source import ListSource
from businesses.records.business import Business as Record


class BusinessAdmin(BusinessColumns, ExportAdmin):
    """Lists every business, newest first, with a page for each. All of it is read-only."""

    list_source = ListSource(
        plan=plan_of,
        read_page=read_listing,
        read_selected=read_selected_businesses,
        read_newer=read_newer_businesses,
    )
    list_class = BusinessChangeList
    unread = frozenset({*ExportAdmin.unread, "groups"})
    export = EXPORT
    list_display = ("title", "listed_address", "groups", "created")
    list_filter = (MembershipFilter, CreatedFilter, GroupFilter)
    actions = ("put_back_selected",)
    search_fields = ("name", "email")
    search_help_text = "The beginning of a name or e-mail address, or a complete id or owner."
    shown = ("business_name", "address", "groups", "group_name", "created", "updated")
    ids = ("business_id", "business_owner")
    readonly_fields = (*shown, *ids, "further", "item")
    fieldsets = (
        (None, {"fields": shown}),
        ("Identifiers", {"fields": ids, "classes": ("collapse",)}),
        ("Record in DynamoDB", {"fields": ("further", "item"), "classes": ("collapse",)}),
    )

    # Where the rows come from

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Business | None:
        """Read one business from the table. Raises RecordGone for users with view permission."""
        record = get_backend().get_business(object_id)
        if record:
            return Business.from_record(record)
        if self.has_view_permission(request):
            raise RecordGone(object_id)
        return None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Ask Cognito about the owner once it is certain that the page will be shown."""
        business: Business = context["original"]
        owner = read_owner(get_backend(), business.record)
        business.membership = owner.membership
        context.update(detail_context(get_backend(), business.record, owner))
        if sub := owner.identity.sub:
            context["person_url"] = person_address(sub, business.pk)
            if request.user.has_perm("businesses.view_onboarding"):
                context.update(_related_context(business.record, sub))
        context.update(self._outside(request, business, owner))
        return super().render_change_form(request, context, *args, **kwargs)

    def _outside(self, request: HttpRequest, business: Business, owner: Owner) -> dict[str, Any]:
        """Return what the page says of an owner who is not in the group of the business."""
        groups = owner.membership
        if groups is None or not groups.user_exists or business.group_name in groups.groups:
            return {}
        return {
            "is_outside": True,
            "may_put_back": self.has_retry_permission(request)
            and business.pk == owner.identity.sub,
        }

    # The pages

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one page of the list."""
        context = {
            "may_put_back": self.has_retry_permission(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def own_urls(self) -> list[URLPattern]:
        """Map the URLs of what only this model has to views."""
        groups = self.admin_site.admin_view(require_POST(self.groups_view))
        put_back = self.admin_site.admin_view(require_POST(self.put_back_view))
        return [
            path("put-back/", put_back, name="businesses_business_put_back"),
            path("groups/", groups, name="businesses_business_groups"),
            *super().own_urls(),
        ]

    @plain_when_it_fails
    def put_back_view(self, request: HttpRequest) -> HttpResponse:
        """Put the owner of one business back in its group."""
        if not self.has_retry_permission(request):
            raise PermissionDenied
        return put_back_view(request)

    @admin.action(permissions=["retry"], description="Put back in the group")
    def put_back_selected(self, request: HttpRequest, queryset: QuerySet[Business]) -> HttpResponse:
        """Lead to the page that puts the selected owners back."""
        return put_back_selected(request, list(queryset))

    @plain_when_it_fails
    def groups_view(self, request: HttpRequest) -> HttpResponseBase:
        """Tell the list's script the groups of the owners that it names."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return groups_answer(request, self.get_changelist_instance(request))


def _related_context(business: Record, sub: str) -> dict[str, Any]:
    """Return what the onboarding of a business's owner adds to its page."""
    record = read_record(get_backend(), sub)
    return {
        "record": record,
        "record_url": change_address(Onboarding, sub) if record else "",
        "retried": retry_behind(business, record, completed_retries(sub)),
    }
