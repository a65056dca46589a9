"""The Django configuration of this app."""

from django.apps import AppConfig


class BusinessesConfig(AppConfig):
    """The admin pages about the backend's businesses."""

    name = "businesses"
    verbose_name = "Onboarding"
