"""The admin site: Django's own, with the pages that belong to no single model."""

from functools import partial

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

from businesses.history import Kind
from businesses.pages.person.view import person_view
from businesses.pages.refusals import recording_refusals


class OnboardingSite(admin.AdminSite):
    """Adds a page for each person."""

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Map URLs to views. Django's own come last, because one of them matches anything."""
        person = recording_refusals(
            self, Kind.ONBOARDING, self.admin_view(partial(person_view, self))
        )
        own = [path("businesses/person/<path:object_id>/", person, name="businesses_person")]
        return [*own, *super().get_urls()]
