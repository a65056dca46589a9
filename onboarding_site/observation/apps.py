"""Has what happens elsewhere in the site counted, which knows nothing of who counts it."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string

from onboarding_site.observation.error_reports import begin_reports


class ObservationConfig(AppConfig):
    """Connects the signals that the setting OBSERVED_SIGNALS names with their receivers."""

    name = "onboarding_site.observation"

    def ready(self) -> None:
        """Connect them, once every app is loaded, and report errors if the settings say so."""
        for signal, receiver in settings.OBSERVED_SIGNALS.items():
            import_string(signal).connect(import_string(receiver), dispatch_uid=receiver)
        begin_reports()
