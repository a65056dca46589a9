"""What all pages about the backend share: read-only, live, and a plain page when AWS fails."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.log import log_response
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from businesses.exceptions import (
    BusinessesError,
    CannotCombine,
    GroupMissing,
    GroupPageGone,
    NotUnderstood,
    RecordChanged,
    RecordGone,
)
from businesses.pages.errors.plain_errors import problem_as_json, wants_json
from businesses.pages.errors.refusals import recording_refusals
from businesses.pages.errors.staff_words import StaffWords, staff_words
from businesses.pages.frame import page_of
from businesses.pages.live.changelist import LiveChangeList
from businesses.pages.live.late_drift import drift_answer
from businesses.pages.live.list_source import ListSource
from businesses.pages.live.newer import UnreadChangeList
from businesses.pages.staff.object_history import show_history

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin

# The statuses of the answers to errors that are not AWS's; all others are answered with 503.
UNAVAILABLE = 503
STATUSES: dict[type[BusinessesError], int] = {
    NotUnderstood: 400,
    CannotCombine: 400,
    RecordGone: 404,
    GroupMissing: 404,
    GroupPageGone: 404,
    RecordChanged: 409,
}

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def plain_when_it_fails(view: View) -> View:
    """Make a view answer with a plain page saying why the backend failed and what to do.

    All calls to AWS are made before the view returns, so none can fail while the page renders.
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


class LiveAdmin(ModelAdmin):
    """A read-only list, and a page for each row; none of the rows are in the database."""

    list_source: ListSource
    list_class: type[LiveChangeList] = LiveChangeList
    unread = frozenset({"newer"})  # which of the pages need the list without its rows
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that reads its rows from `list_source`, or one without rows."""
        match = request.resolver_match
        page = (match.url_name or "").rpartition("_")[2] if match else ""
        return UnreadChangeList if page in self.unread else self.list_class

    def own_urls(self) -> list[URLPattern]:
        """Return the URLs of the pages that only this model has."""
        return []

    def get_urls(self) -> list[URLPattern]:
        """Map URLs to views. Django's own come last, because one of them matches anything."""
        kind = self.opts.model_name or ""
        newer = self.admin_site.admin_view(self.newer_view)
        drift = self.admin_site.admin_view(require_POST(self.drift_view))
        patterns: list[URLPattern] = [
            path("newer/", newer, name=f"businesses_{kind}_newer"),
            path("drift/", drift, name=f"businesses_{kind}_drift"),
            *self.own_urls(),
            *super().get_urls(),
        ]
        for pattern in patterns:
            pattern.callback = recording_refusals(self.admin_site, kind, pattern.callback)
        return patterns

    # Django's own pages, each replaced by a plain page when AWS fails

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
        """Show what staff did to one row, which may be gone."""
        return show_history(self, request, object_id, extra_context or {})

    @plain_when_it_fails
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse, as nobody has the permission."""
        return super().delete_view(request, object_id, extra_context)

    @plain_when_it_fails
    def newer_view(self, request: HttpRequest) -> HttpResponse:
        """Tell the list's script what has come since."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        changelist = cast("UnreadChangeList", self.get_changelist_instance(request))
        return JsonResponse(changelist.newer(request))

    @plain_when_it_fails
    def drift_view(self, request: HttpRequest) -> HttpResponse:
        """Tell the list's script whose data Cognito holds otherwise, among those that it names."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return drift_answer(request)

    def render_page(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> HttpResponse:
        """Render one of this model's own pages inside the admin's layout."""
        return page_of(
            self.admin_site, request, template, {"opts": self.opts, "title": title, **context}
        )

    def render_problem(self, request: HttpRequest, error: BusinessesError) -> HttpResponse:
        """Say what went wrong and what to do, as a page or as JSON; see STATUSES."""
        status = STATUSES.get(type(error), UNAVAILABLE)
        may_pass = status == UNAVAILABLE
        words = staff_words(error) if may_pass else StaffWords(str(error), error.hint)
        if wants_json(request):
            answer = JsonResponse(problem_as_json(words.head, words.what_to_do), status=status)
            return self._logged(request, answer, error)
        one, many = self.opts.verbose_name, self.opts.verbose_name_plural
        is_gone = isinstance(error, RecordGone)
        title = f"No such {one}" if is_gone else f"The {many} cannot be shown"
        page = self.render_page(
            request,
            "businesses/errors/problem.html",
            title,
            error=error,
            may_pass=may_pass,
            words=words,
        )
        page.status_code = status
        return self._logged(request, page, error)

    def _logged(
        self, request: HttpRequest, answer: HttpResponse, error: BusinessesError
    ) -> HttpResponse:
        """Have the cause logged of an answer that is AWS's fault; others may repeat the address."""
        if answer.status_code == UNAVAILABLE:
            log_response("%s", error, response=answer, request=request)
        return answer

    # Permissions: the view permission opens every page, and no permission allows editing

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: the pipeline alone writes."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: the pipeline alone writes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: the pipeline alone writes."""
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may retry, dismiss and reopen onboardings, and put people back.

        Putting somebody back in the group is a retry.
        """
        return self.has_view_permission(request) and request.user.has_perm(
            "businesses.retry_onboarding"
        )
