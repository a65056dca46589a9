"""The figures that the site's metrics tell, for the site's own room that serves them."""

import logging
from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone

from businesses.backend import get_backend
from businesses.exceptions import BusinessesError
from businesses.figures.days import Window
from businesses.figures.stuck import read_stuck
from businesses.models import Sweep

logger = logging.getLogger(__name__)


def figures() -> Iterator[tuple[str, str, float]]:
    """Yield name, meaning and value of each figure in the database. Raises django.db.Error."""
    last, running = Sweep.last_runs(settings.BACKEND_STACK_NAME, settings.AWS_REGION)
    yield (
        "onboarding_sweep_running",
        "Whether a sweep has begun and not ended.",
        float(bool(running)),
    )
    if last is None or last.finished_at is None:
        return
    age = (timezone.now() - last.finished_at).total_seconds()
    yield "onboarding_sweep_age_seconds", "How long ago the last sweep ended.", age
    yield "onboarding_sweep_failed", "Whether the last sweep ended early.", float(bool(last.error))


def recount_stuck() -> None:
    """Count who is stuck, which tells whoever listens to `stuck_counted`."""
    try:
        read_stuck(get_backend(), Window(timezone.localtime()))
    except BusinessesError as error:
        logger.warning("The number of stuck onboardings is unknown: %s", error)
