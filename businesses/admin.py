"""The admin's pages over the backend: read only, live, and plain when AWS does not answer."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from businesses.backend import get_backend
from businesses.changelist import Listing, LiveChangeList
from businesses.dynamodb import Cursor
from businesses.exceptions import BusinessesError, RecordGone
from businesses.models import Business
from businesses.records import parse_time

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Business]
else:
    ModelAdmin = admin.ModelAdmin

View = TypeVar("View", bound=Callable[..., HttpResponse])

TIME_FORMAT = "j M Y, H:i"


def plain_when_it_fails(view: View) -> View:
    """Let a view answer one plain page with cause and mend when the backend can't be read.

    All calls to AWS are made before the view returns, so nothing can fail while it renders.
    """

    @functools.wraps(view)
    def wrapper(
        self: "BusinessAdmin", request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        try:
            return view(self, request, *args, **kwargs)
        except BusinessesError as error:
            return self.render_problem(request, error)

    return cast("View", wrapper)


@admin.register(Business)
class BusinessAdmin(ModelAdmin):
    """Every business, newest first, and a page for each. Nobody can change anything here."""

    list_display = ("title", "email", "groups", "created")
    list_per_page = 50
    sortable_by = ()
    fields = (
        "name",
        "email",
        "group_name",
        "groups",
        "created",
        "updated",
        "id",
        "owner",
        "item",
    )
    readonly_fields = fields

    class Media:
        """The few rules that the admin's own style sheets lack."""

        css = {"all": ("businesses/admin.css",)}

    # Where the rows come from

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that reads its rows through `get_page`."""
        return LiveChangeList

    def get_page(self, cursor: Cursor, limit: int) -> Listing:
        """Read one page with its owners' groups: one Query, and Cognito where the cache is cold."""
        backend = get_backend()
        page = backend.page(cursor, limit)
        groups = backend.groups_of(record.username for record in page.items)
        rows = [Business.from_record(record) for record in page.items]
        for row in rows:
            row.membership = groups.get(row.record.username)
        more = page.newer or page.older
        count = backend.approximate_count() if more else None
        # DynamoDB counts about every six hours; a count below what is on the page is no news.
        count = count if count and count > len(rows) else None
        return Listing(rows, page.newer, page.older, count)

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
        """Ask Cognito for the groups once it is clear that the page will be shown."""
        business: Business = context["original"]
        username = business.record.username
        business.membership = get_backend().groups_of([username]).get(username)
        return super().render_change_form(request, context, *args, **kwargs)

    # The pages, each plain when AWS fails

    @plain_when_it_fails
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one page of the list."""
        return super().changelist_view(request, {"title": "Businesses", **(extra_context or {})})

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

    # Columns and fields

    @admin.display(description="name")
    def title(self, business: Business) -> str:
        """Show the name, or what else identifies the record: the link needs a text."""
        return str(business)

    @admin.display(description="groups")
    def groups(self, business: Business) -> SafeString:
        """Show the owner's groups, or why they are not known; mark who is outside their own."""
        membership = business.membership
        if membership is None:
            return _quiet("unknown", "Cognito did not answer")
        if not membership.user_exists:
            return _warning("user gone", "The user pool has no such user")
        names = format_html("{}", ", ".join(membership.groups))
        if not business.is_outside_its_group:
            return names
        missing = _warning(f"not in {business.group_name}", "The group that was signed up for")
        return format_html("{}, {}", names, missing) if names else missing

    @admin.display(description="created")
    def created(self, business: Business) -> SafeString:
        """Show when the record was written, in the site's time zone."""
        return _time(business.record.created_at)

    @admin.display(description="updated")
    def updated(self, business: Business) -> SafeString:
        """Show when the record last changed, in the site's time zone."""
        return _time(business.record.updated_at)

    @admin.display(description="item in DynamoDB")
    def item(self, business: Business) -> SafeString:
        """Show every attribute as it is stored."""
        return format_html('<pre class="item">{}</pre>', business.record.to_json())


def _time(text: str) -> SafeString:
    """Show a time in the site's zone with the stored text as its tooltip."""
    moment = parse_time(text)
    if moment is None:
        return format_html("{}", text or "-")
    local = date_format(timezone.localtime(moment), TIME_FORMAT)
    return format_html('<time datetime="{}" title="{}">{}</time>', text, text, local)


def _quiet(text: str, why: str) -> SafeString:
    return format_html('<span class="quiet" title="{}">{}</span>', why, text)


def _warning(text: str, why: str) -> SafeString:
    return format_html('<span class="warning" title="{}">{}</span>', why, text)
