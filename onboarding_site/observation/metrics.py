"""What Prometheus reads. No label is taken from what anybody types: their values are bounded."""

import re
from typing import Any

from django.conf import settings
from prometheus_client import Counter, Gauge, Histogram

from onboarding_site.observation.current import Observed, current

NO_VIEW = "none"
# The types of AWS's errors; whatever else some proxy answers is one of all others.
_ERROR = re.compile(r"[A-Z][A-Za-z0-9.:]{0,63}")

requests = Counter("onboarding_requests", "Requests answered.", ["view", "method", "status"])
request_seconds = Histogram(
    "onboarding_request_seconds",
    "How long requests took until their last byte.",
    ["view"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
aws_calls = Counter("onboarding_aws_calls", "Calls to AWS that ended.", ["service", "operation"])
aws_errors = Counter(
    "onboarding_aws_errors",
    "Calls to AWS that failed, after the client's own retries.",
    ["service", "operation", "error"],
)
aws_seconds = Histogram(
    "onboarding_aws_call_seconds",
    "How long calls to AWS took, with the client's own retries.",
    ["service"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
retries = Counter("onboarding_retries", "Retries of stuck onboardings that ended.", ["outcome"])
stuck = Gauge(
    "onboarding_stuck",
    "Stuck onboardings when they were last counted.",
    ["stack"],
    multiprocess_mode="mostrecent",
)
stuck_counted = Gauge(
    "onboarding_stuck_counted_timestamp_seconds",
    "When the stuck onboardings were last counted.",
    ["stack"],
    multiprocess_mode="mostrecent",
)


def note_request(observed: Observed) -> None:
    """Count a request that has been answered."""
    view = observed.view or NO_VIEW
    requests.labels(view, observed.method, observed.status).inc()
    request_seconds.labels(view).observe(observed.seconds)


def note_aws_call(*, service: str, operation: str, seconds: float, error: str, **_: Any) -> None:
    """Count a call to AWS, for the request that it was made for too.

    service, operation: as botocore names them. error: the type of the error; "" if there was none.
    """
    if observed := current.get():
        observed.count_aws_call()
    aws_calls.labels(service, operation).inc()
    aws_seconds.labels(service).observe(seconds)
    if error:
        known = error if _ERROR.fullmatch(error) else "other"
        aws_errors.labels(service, operation, known).inc()


def note_retry(*, outcome: str, **_: Any) -> None:
    """Count a retry that has ended."""
    retries.labels(outcome).inc()


def note_stuck(*, number: int, at: float, **_: Any) -> None:
    """Note how many are stuck. at: epoch seconds."""
    stuck.labels(settings.BACKEND_STACK_NAME).set(number)
    stuck_counted.labels(settings.BACKEND_STACK_NAME).set(at)
