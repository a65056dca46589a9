"""What the admin's pages over the backend share: read only, live, and plain when AWS fails."""

import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from businesses.exceptions import BusinessesError, RecordGone
from businesses.pages.changelist import ListSource, LiveChangeList

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin

logger = logging.getLogger(__name__)

AnyView = Callable[..., HttpResponseBase]
View = TypeVar("View", bound=AnyView)


def plain_when_it_fails(view: View) -> View:
    """Let a view answer one plain page with cause and mend when the backend can't be read.

    All calls to AWS are made before the view returns, so nothing can fail while it renders.
    """

    @functools.wraps(view)
    def wrapper(
        self: "LiveAdmin", request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        try:
            return view(self, request, *args, **kwargs)
        except BusinessesError as error:
            return self.render_problem(request, error)

    return cast("View", wrapper)


def log_refusal(request: HttpRequest) -> None:
    """Log who was refused which view; not the address, which may name somebody, or break a line."""
    who = request.user.pk or "anonymous"
    view = request.resolver_match.view_name if request.resolver_match else "unknown"
    logger.warning("User %s was refused: %s %s", who, request.method, view)


def logging_strangers(site: admin.AdminSite, view: AnyView) -> AnyView:
    """Let a view of the admin log a POST of whom the admin leads to its login before."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and not site.has_permission(request):
            log_refusal(request)
        return view(request, *args, **kwargs)

    return wrapper


class LiveAdmin(ModelAdmin):
    """A list and a page for each row, none of it in the database; nobody edits anything."""

    list_source: ListSource
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()

    class Media:
        """The few rules that the admin's own style sheets lack."""

        css = {"all": ("businesses/admin.css",)}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that reads its rows from `list_source`."""
        return LiveChangeList

    # The stock pages, each plain when AWS fails

    @plain_when_it_fails
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one page of the list."""
        context = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        return super().changelist_view(request, context)

    @plain_when_it_fails
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one row."""
        context = {"title": capfirst(self.opts.verbose_name), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @plain_when_it_fails
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what staff did to one row."""
        return super().history_view(request, object_id, extra_context)

    @plain_when_it_fails
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse, as nobody has the permission."""
        return super().delete_view(request, object_id, extra_context)

    def render_page(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> HttpResponse:
        """Render a page of this model's own, inside the admin's frame."""
        request.current_app = self.admin_site.name
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        return TemplateResponse(request, template, {**frame, "title": title, **context})

    def render_problem(self, request: HttpRequest, error: BusinessesError) -> HttpResponse:
        """Say what went wrong and what to do: 404 for a record that is gone, else 503."""
        gone = isinstance(error, RecordGone)
        one, many = self.opts.verbose_name, self.opts.verbose_name_plural
        title = f"No such {one}" if gone else f"The {many} cannot be shown"
        page = self.render_page(request, "businesses/problem.html", title, error=error, gone=gone)
        page.status_code = 404 if gone else 503
        return page

    # Who may: view permission opens everything, nothing opens more

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: the pipeline alone writes."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: the pipeline alone writes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: the pipeline alone writes."""
        return False
