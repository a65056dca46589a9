"""Has what happens elsewhere in the site counted, which knows nothing of who counts it."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string


class ObservationConfig(AppConfig):
    """Connects the signals that the setting OBSERVED_SIGNALS names with their receivers."""

    name = "onboarding_site.observation"

    def ready(self) -> None:
        """Connect them, once every app is loaded."""
        for signal, receiver in settings.OBSERVED_SIGNALS.items():
            import_string(signal).connect(import_string(receiver), dispatch_uid=receiver)
