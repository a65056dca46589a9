"""The admin site: Django's own, with the pages that belong to no single model."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path

from businesses.audit.history import Kind
from businesses.pages.errors.refusals import AnyView, recording_refusals
from businesses.pages.person.view import person_view
from businesses.pages.search.view import search_view


class OnboardingSite(admin.AdminSite):
    """Adds the page of each person, and the search for people."""

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Map URLs to views. Django's own come last, because one of them matches anything."""
        person, search = self._recorded(person_view), self._recorded(search_view)
        own = [
            path("businesses/person/<path:object_id>/", person, name="businesses_person"),
            path("businesses/search/", search, name="businesses_search"),
        ]
        return [*own, *super().get_urls()]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask who somebody is; for a password only if the site takes one."""
        taken = {"password_sign_in": settings.PASSWORD_SIGN_IN}
        return super().login(request, {**taken, **(extra_context or {})})

    def _recorded(self, view: AnyView) -> AnyView:
        """Let nobody see a view who is not logged in, and record whom it refuses."""
        for_staff = self.admin_view(partial(view, site=self))
        return recording_refusals(self, Kind.ONBOARDING, for_staff)
