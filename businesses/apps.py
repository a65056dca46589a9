"""Django's handle on this package."""

from django.apps import AppConfig


class BusinessesConfig(AppConfig):
    """The admin over the businesses of the backend."""

    name = "businesses"
    verbose_name = "Onboarding"
