"""The export of a live list: its link, its permission and its address."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from businesses.audit.history import Staff
from businesses.pages.live.admin import LiveAdmin, plain_when_it_fails
from businesses.pages.live.changelist import LiveChangeList
from businesses.pages.live.export import Columns, begin_export, export_response
from businesses.queries.paging import Cursor, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """How a list is exported.

    read_page: reads one page of the list's plan. describe: says which records a plan lists, given
    the parameters of the address, without names and addresses.
    """

    columns: Columns[Any]
    read_page: Callable[[Any, Cursor, int], Page[Any]]
    describe: Callable[[Any, Mapping[str, str]], str]


class ExportAdmin(LiveAdmin):
    """A live list that those with the permission `export_...` can save as a file.

    The list's template also gets may_export and export_limit.
    """

    export: Export
    unread = frozenset({*LiveAdmin.unread, "export"})

    def own_urls(self) -> list[URLPattern]:
        """Map the URL of the export."""
        # Only GET sends a file, so nothing else may begin an export in the history.
        export = self.admin_site.admin_view(require_GET(self.export_view))
        return [path("export/", export, name=f"businesses_{self.opts.model_name}_export")]

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may export the list."""
        return self.has_view_permission(request) and request.user.has_perm(
            f"businesses.export_{self.opts.model_name}"
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one page of the list."""
        context = {
            "export_limit": f"{settings.EXPORT_ROW_LIMIT:,}",
            "may_export": self.has_export_permission(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    @plain_when_it_fails
    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send what the list shows, all its pages together, as a CSV file.

        A request that the list would refuse is redirected to the list, which explains why. Nothing
        is sent before the history says so.
        """
        if not self.has_export_permission(request):
            raise PermissionDenied
        changelist = cast("LiveChangeList", self.get_changelist_instance(request))
        plan, columns = changelist.plan, self.export.columns
        if changelist.refusal or plan.conflict:
            list_url = reverse(f"admin:businesses_{self.opts.model_name}_changelist")
            return redirect(f"{list_url}?{request.GET.urlencode()}")
        what = self.export.describe(plan, request.GET.dict())
        return export_response(
            functools.partial(self.export.read_page, plan),
            columns,
            limit=settings.EXPORT_ROW_LIMIT,
            today=timezone.localdate(),
            user_id=request.user.pk,
            begin=functools.partial(begin_export, Staff.of(request), what, columns),
        )
