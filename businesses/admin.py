"""The admin's pages over the backend: read only, live, and plain when AWS does not answer."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from businesses.backend import get_backend
from businesses.changelist import Listing, LiveChangeList, UnreadChangeList
from businesses.columns import BusinessColumns
from businesses.detail import detail_context, read_owner
from businesses.exceptions import BusinessesError, RecordGone
from businesses.export import export_response
from businesses.filters import CreatedFilter, GroupFilter
from businesses.listing import read_listing
from businesses.models import Business
from businesses.paging import Cursor
from businesses.search import Plan

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Business]
else:
    ModelAdmin = admin.ModelAdmin

EXPORT_URL_NAME = "businesses_business_export"

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def plain_when_it_fails(view: View) -> View:
    """Let a view answer one plain page with cause and mend when the backend can't be read.

    All calls to AWS are made before the view returns, so nothing can fail while it renders.
    """

    @functools.wraps(view)
    def wrapper(
        self: "BusinessAdmin", request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        try:
            return view(self, request, *args, **kwargs)
        except BusinessesError as error:
            return self.render_problem(request, error)

    return cast("View", wrapper)


@admin.register(Business)
class BusinessAdmin(BusinessColumns, ModelAdmin):
    """Every business, newest first, and a page for each. Nobody can change anything here."""

    list_display = ("title", "email", "groups", "created")
    list_per_page = 50
    list_filter = (CreatedFilter, GroupFilter)
    search_fields = ("name", "email")
    search_help_text = "The beginning of a name or an e-mail address, or a whole id or owner."
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    shown = (
        "name",
        "email",
        "group_name",
        "groups",
        "created",
        "updated",
        "id",
        "owner",
    )
    readonly_fields = (*shown, "further", "item")
    fieldsets = (
        (None, {"fields": shown}),
        ("Record in DynamoDB", {"fields": ("further", "item")}),
    )

    class Media:
        """The few rules that the admin's own style sheets lack."""

        css = {"all": ("businesses/admin.css",)}

    # Where the rows come from

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that reads its rows through `get_page`; for an export, without them."""
        match = request.resolver_match
        is_export = match is not None and match.url_name == EXPORT_URL_NAME
        return UnreadChangeList if is_export else LiveChangeList

    def get_page(self, plan: Plan, cursor: Cursor, limit: int) -> Listing:
        """Read one page with its owners' groups."""
        return read_listing(get_backend(), plan, cursor, limit)

    def get_selected(self, ids: list[str]) -> list[Business]:
        """Read the businesses that somebody selected: one BatchGetItem."""
        return [Business.from_record(record) for record in get_backend().get_many(ids)]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Business | None:
        """Read one business from the table. Raises RecordGone, to those who may know."""
        record = get_backend().get(object_id)
        if record:
            return Business.from_record(record)
        if self.has_view_permission(request):
            raise RecordGone(object_id)
        return None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Ask Cognito for the owner once it is clear that the page will be shown."""
        business: Business = context["original"]
        owner = read_owner(get_backend(), business.record)
        business.membership = owner.membership
        context.update(detail_context(get_backend(), business.record, owner))
        return super().render_change_form(request, context, *args, **kwargs)

    # The pages, each plain when AWS fails

    @plain_when_it_fails
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one page of the list."""
        context = {"title": "Businesses", "export_limit": f"{settings.EXPORT_ROW_LIMIT:,}"}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """Add the export's address; before the stock ones, the last of which takes anything."""
        export = self.admin_site.admin_view(self.export_view)
        return [path("export/", export, name=EXPORT_URL_NAME), *super().get_urls()]

    @plain_when_it_fails
    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send what the list shows, all its pages in one, as a CSV file.

        What the list refuses it explains itself, so the way leads there.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        list_url = reverse("admin:businesses_business_changelist")
        try:
            plan = cast("LiveChangeList", self.get_changelist_instance(request)).plan
        except IncorrectLookupParameters:
            return redirect(f"{list_url}?{ERROR_FLAG}=1")
        if plan.conflict:
            return redirect(f"{list_url}?{request.GET.urlencode()}")
        return export_response(
            functools.partial(get_backend().page, plan),
            limit=settings.EXPORT_ROW_LIMIT,
            today=timezone.localdate(),
            user_id=request.user.pk,
        )

    @plain_when_it_fails
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one business."""
        context = {"title": "Business", **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @plain_when_it_fails
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what staff did to one business."""
        return super().history_view(request, object_id, extra_context)

    @plain_when_it_fails
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse, as nobody has the permission."""
        return super().delete_view(request, object_id, extra_context)

    def render_problem(self, request: HttpRequest, error: BusinessesError) -> HttpResponse:
        """Say what went wrong and what to do: 404 for a record that is gone, else 503."""
        gone = isinstance(error, RecordGone)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": "No such business" if gone else "The businesses cannot be shown",
            "opts": self.opts,
            "error": error,
            "gone": gone,
        }
        return TemplateResponse(
            request, "businesses/problem.html", context, status=404 if gone else 503
        )

    # Who may: view permission opens everything, nothing opens more

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: businesses sign up themselves."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Business | None = None) -> bool:
        """Refuse: the pipeline alone writes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Business | None = None) -> bool:
        """Refuse: the pipeline alone writes."""
        return False
