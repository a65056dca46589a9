"""The Django configuration of this app."""

from django.apps import AppConfig


class SigningInConfig(AppConfig):
    """Who may use the site, and for how long."""

    name = "onboarding_site.signing_in"

    def ready(self) -> None:
        """Connect what is done at a sign-in."""
        from onboarding_site.signing_in import log, sessions  # noqa: F401
