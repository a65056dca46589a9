"""The page that Prometheus reads, for whoever has the token."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.db import Error, connections
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from onboarding_site.configuration.database import outage
from onboarding_site.observation.metrics import stuck_counted
from onboarding_site.observation.processes import FOLDER

logger = logging.getLogger(__name__)

ADDRESS = "/metrics"
SCHEME = "Bearer "
COUNT_AFTER_SECONDS = 60.0

# A name, what it tells, and the value.
Figure = tuple[str, str, float]


class Metrics:
    """Middleware that answers Prometheus, by whichever host name or IP address it asks.

    Without METRICS_TOKEN there is no such page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._figures: Callable[[], Iterable[Figure]] = import_string(settings.METRICS_FIGURES)
        self._recount = Recount(import_string(settings.METRICS_RECOUNT))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the metrics of all processes; every other address as without this."""
        token = settings.METRICS_TOKEN
        if request.path_info != ADDRESS or not token:
            return self._get_response(request)
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        given = request.headers.get("Authorization", "")
        if not constant_time_compare(given, f"{SCHEME}{token}"):
            headers = {"WWW-Authenticate": SCHEME.strip()}
            return HttpResponse(status=401, headers=headers, content_type="text/plain")
        registry = registry_of_all_processes()
        self._recount.if_older_than(COUNT_AFTER_SECONDS, registry)
        registry.register(Figures(self._figures))
        answer = HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def registry_of_all_processes() -> CollectorRegistry:
    """Return what all processes of this server have counted, or this one if there is no other."""
    registry = CollectorRegistry()
    if FOLDER in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    return registry


class Figures(Collector):
    """Figures from the site's database; none while it does not answer, which /readyz tells."""

    def __init__(self, read: Callable[[], Iterable[Figure]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """Yield one gauge for each."""
        try:
            figures = list(self._read())
        except Error as error:
            logger.warning("Metrics lack the figures of the database. %s", outage(error) or error)
            return
        for name, tells, value in figures:
            yield GaugeMetricFamily(name, tells, value)


class Recount:
    """Has the stuck onboardings counted anew, beside the scrape, at most once in a while.

    Pages count them too. So AWS is asked while nobody looks at one, but never for each scrape, and
    no scrape waits for it. count: raises no error of AWS's.
    """

    def __init__(self, count: Callable[[], None], clock: Callable[[], float] = time.time) -> None:
        self._count, self._clock = count, clock
        self._lock = threading.Lock()
        self._began = 0.0

    def if_older_than(self, seconds: float, registry: CollectorRegistry) -> None:
        """Begin to count if no process of this server has in the past so many seconds."""
        now = self._clock()
        [family] = stuck_counted.describe()
        labels = {"stack": settings.BACKEND_STACK_NAME}
        counted = registry.get_sample_value(family.name, labels) or 0.0
        with self._lock:
            if now - max(counted, self._began) <= seconds:
                return
            self._began = now
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._count()
        except Exception:
            logger.exception("The stuck onboardings could not be counted.")
        finally:
            connections.close_all()  # those of this thread
