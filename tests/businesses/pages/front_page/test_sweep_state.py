"""When the sweep last ran and when the next is due, as the front page says it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from businesses.pages.front_page.sweep_state import read_sweep_state, usual_interval
from tests.businesses.deployed import Deployed
from tests.businesses.management.reports import swept
from tests.businesses.pages.said import said

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def hours(*ago: float) -> list[datetime]:
    return [NOW - timedelta(hours=each) for each in ago]


@pytest.mark.parametrize(
    ("starts", "interval"),
    [
        ([], None),
        (hours(1), None),
        (hours(1, 2), timedelta(hours=1)),
        (hours(0.1, 1, 2, 3, 9), timedelta(hours=1)),  # one by hand, and one machine that was down
    ],
)
def test_the_usual_interval_is_the_median(
    starts: list[datetime], interval: timedelta | None
) -> None:
    assert usual_interval(starts) == interval


def every_hour(first: float) -> None:
    for number in range(4):
        swept(timedelta(hours=first + number))


@pytest.mark.django_db
def test_the_next_is_due_an_interval_after_the_last_and_may_be_late() -> None:
    every_hour(0.5)
    now = datetime.now(UTC)
    state = read_sweep_state(now)
    assert state.due is not None
    assert abs(state.due - (now + timedelta(minutes=30))) < timedelta(minutes=1)
    assert (state.is_late, state.kind) == (False, "well")
    later = read_sweep_state(now + timedelta(hours=1.1))
    assert (later.is_late, later.kind) == (True, "ill")


@pytest.mark.django_db
def test_dry_runs_and_other_stacks_say_nothing() -> None:
    swept(timedelta(hours=1), dry_run=True)
    swept(timedelta(hours=2), stack="another")
    state = read_sweep_state(datetime.now(UTC))
    assert (state.last, state.due, state.kind) == (None, None, "unknown")


def test_the_page_says_it(deployed: Deployed, viewer: Client) -> None:
    assert "Sweep. No sweep has run yet." in said(viewer.get("/admin/"))
    swept(users_seen=812)
    text = said(viewer.get("/admin/"))
    assert "The last one ended 30 minutes ago : 812 users checked" in text
    assert "When the next one is due is known after the second." in text
    every_hour(1.5)
    assert "The next one is due at about " in said(viewer.get("/admin/"))


def test_one_sweep_long_ago_is_not_enough(deployed: Deployed, viewer: Client) -> None:
    swept(timedelta(days=2))
    assert "That is too long ago: whom nothing recorded stays unseen." in said(
        viewer.get("/admin/")
    )


def test_the_page_says_what_is_wrong_with_it(deployed: Deployed, viewer: Client) -> None:
    every_hour(5)
    assert "The next one was due at " in said(viewer.get("/admin/"))
    swept(timedelta(minutes=5), error="AWS refused ListUsers.")
    assert "ended 5 minutes ago , too early" in said(viewer.get("/admin/"))
    swept(timedelta(minutes=1), finished_at=None)
    assert "One began 1 minute ago and has not ended." in said(viewer.get("/admin/"))
