"""What Prometheus is told, and who is not."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from businesses.models import Sweep
from businesses.signals import stuck_counted
from onboarding_site.observation.exposition import Recount
from onboarding_site.observation.metrics import note_aws_call

UseFile = Callable[[str], Path]
TOKEN = "a-token-that-nobody-can-guess"


@pytest.fixture(autouse=True)
def counted_just_now() -> None:
    """So that no scrape has AWS asked."""
    stuck_counted.send(None, number=3, at=timezone.now().timestamp())


def scrape(token: str = TOKEN) -> dict[str, float]:
    """Return the values by name and labels, as Prometheus reads them."""
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.content.decode())
    samples = (sample for family in families for sample in family.samples)
    return {
        " ".join([each.name, *(f"{name}={each.labels[name]}" for name in sorted(each.labels))]): (
            each.value
        )
        for each in samples
    }


def test_without_a_token_there_is_no_such_page(db: None) -> None:
    answer = Client().get("/metrics", headers={"Authorization": "Bearer "})
    assert answer.status_code == 404


@pytest.mark.parametrize("given", [None, "", "Bearer ", f"Bearer {TOKEN}x", TOKEN, "Bearer \u00fc"])
@override_settings(METRICS_TOKEN=TOKEN)
def test_another_token_is_refused(given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given}
    answer = Client().get("/metrics", headers=headers)
    assert (answer.status_code, answer["WWW-Authenticate"], answer.content) == (401, "Bearer", b"")


@override_settings(METRICS_TOKEN=TOKEN, ALLOWED_HOSTS=["example.org"], SECURE_SSL_REDIRECT=True)
def test_requests_are_counted_by_view_and_status(db: None) -> None:
    User.objects.create_superuser("root")
    client = Client(SERVER_NAME="example.org")
    client.force_login(User.objects.get())
    before = scrape()
    for query in ("maria@example.com", "other@example.com"):
        client.get("/admin/auth/user/", {"q": query}, secure=True)
        client.get(f"/{query}", secure=True)
        client.generic(query[:5].upper(), "/admin/", secure=True)
    after = scrape()
    grown = {name for name in after if name not in before} | {
        name for name, value in after.items() if value != before.get(name)
    }
    counted = {name for name in grown if name.startswith("onboarding_requests_total")}
    assert counted == {
        "onboarding_requests_total method=GET status=200 view=admin:auth_user_changelist",
        "onboarding_requests_total method=GET status=404 view=none",
        "onboarding_requests_total method=OTHER status=200 view=admin:index",
    }
    name = "onboarding_request_seconds_count view=admin:auth_user_changelist"
    assert after[name] - before.get(name, 0) == 2
    assert not [name for name in after if "example" in name or "@" in name]


@override_settings(METRICS_TOKEN=TOKEN)
def test_calls_to_aws_are_counted_by_operation_and_error(db: None) -> None:
    call = {"service": "dynamodb", "operation": "Query", "seconds": 0.02}
    before = scrape()
    note_aws_call(**call, error="")  # type: ignore[arg-type]
    note_aws_call(**call, error="ThrottlingException")  # type: ignore[arg-type]
    note_aws_call(**call, error="<html>proxy of maria@example.com</html>")  # type: ignore[arg-type]
    after = scrape()
    grown = {
        name: value - before.get(name, 0)
        for name, value in after.items()
        if name.startswith(("onboarding_aws_calls_total", "onboarding_aws_errors_total"))
        and value != before.get(name, 0)
    }
    assert grown == {
        "onboarding_aws_calls_total operation=Query service=dynamodb": 3,
        "onboarding_aws_errors_total error=ThrottlingException operation=Query service=dynamodb": 1,
        "onboarding_aws_errors_total error=other operation=Query service=dynamodb": 1,
    }


@override_settings(METRICS_TOKEN=TOKEN)
def test_the_last_sweep_and_who_is_stuck(db: None) -> None:
    assert "onboarding_sweep_age_seconds" not in scrape()
    ended = timezone.now() - timedelta(hours=5)
    Sweep.objects.create(
        stack="onboarding-test",
        region="eu-central-1",
        started_at=ended,
        finished_at=ended,
        error="AWS is silent.",
    )
    told = scrape()
    assert told["onboarding_sweep_age_seconds"] == pytest.approx(5 * 3600, abs=60)
    assert (told["onboarding_sweep_failed"], told["onboarding_sweep_running"]) == (1, 0)
    assert told["onboarding_stuck stack=onboarding-test"] == 3


@override_settings(METRICS_TOKEN=TOKEN)
def test_without_a_database_the_rest_is_told(database_file: UseFile) -> None:
    database_file("?timeout=0.01").write_bytes(b"no database" * 1000)
    told = scrape()
    assert "onboarding_sweep_running" not in told
    assert "onboarding_stuck stack=onboarding-test" in told


def test_stuck_onboardings_are_counted_anew_once_a_minute_at_most() -> None:
    now, counted = [10_000.0], threading.Semaphore(0)
    stuck_counted.send(None, number=3, at=now[0])
    recount = Recount(counted.release, clock=lambda: now[0])

    def counts_in(seconds: float) -> bool:
        now[0] += seconds
        recount.if_older_than(60, REGISTRY)
        return counted.acquire(timeout=0.2 if seconds < 60 else 10)

    assert not counts_in(59)
    assert counts_in(61)  # and AWS did not answer, so the number is as old as it was
    assert not counts_in(1)
    assert counts_in(60.5)


def test_a_count_that_fails_is_logged() -> None:
    failed = threading.Event()

    def fail() -> None:
        raise LookupError("a bug")

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info and "could not be counted" in record.getMessage():
                failed.set()

    handler = Told()
    logging.getLogger().addHandler(handler)
    try:
        Recount(fail).if_older_than(-1, REGISTRY)
        assert failed.wait(10)
    finally:
        logging.getLogger().removeHandler(handler)
