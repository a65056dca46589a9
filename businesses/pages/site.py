"""The admin site: Django's own, with the pages that belong to no single model."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse

from businesses.audit.history import Kind
from businesses.pages.errors.refusals import AnyView, recording_refusals
from businesses.pages.person.view import person_view
from businesses.pages.search.view import search_view
from businesses.pages.staff.second_factor.state import device_of, may_pass
from businesses.pages.staff.second_factor.views import CodeView, DeviceView


class OnboardingSite(admin.AdminSite):
    """Adds the page of each person, the search for people, and the second factor."""

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Map URLs to views. Django's own come last, because one of them matches anything."""
        person, search = self._recorded(person_view), self._recorded(search_view)
        own = [
            path("businesses/person/<path:object_id>/", person, name="businesses_person"),
            path("businesses/search/", search, name="businesses_search"),
            path("second-factor/", DeviceView.as_view(site=self), name="second_factor"),
            path("second-factor/code/", CodeView.as_view(site=self), name="second_factor_code"),
        ]
        return [*own, *super().get_urls()]

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether somebody may see the site, which includes the second factor."""
        return super().has_permission(request) and may_pass(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask who somebody is: for a password if the site takes one, and for the second factor."""
        if super().has_permission(request) and not may_pass(request) and request.method == "GET":
            has_device = device_of(request.user) is not None
            following = "second_factor_code" if has_device else "second_factor"
            address = reverse(f"{self.name}:{following}")
            return HttpResponseRedirect(f"{address}?{request.GET.urlencode()}")
        has_ended = bool(request.COOKIES.get(settings.SIGNED_IN_COOKIE))
        taken = {
            "password_sign_in": settings.PASSWORD_SIGN_IN,
            "session_ended": has_ended and not request.user.is_authenticated,
            "idle_minutes": settings.SESSION_IDLE_MINUTES,
            "session_hours": settings.SESSION_COOKIE_AGE // 3600,
        }
        return super().login(request, {**taken, **(extra_context or {})})

    def _recorded(self, view: AnyView) -> AnyView:
        """Let nobody see a view who is not logged in, and record whom it refuses."""
        for_staff = self.admin_view(partial(view, site=self))
        return recording_refusals(self, Kind.ONBOARDING, for_staff)
