"""What happens in the month before the demo begins: who does what, and when. It does no I/O."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from aws_setup.demo.people import LEFT_THE_GROUP, ONBOARDED, OUTAGES, Cause, Outage, Person

DAYS = 30
SWEPT_HOURS_AGO = (49.5, 25.5, 1.5)
LEFT_HOURS_AGO = 4 * 24 + 7.0
APART = timedelta(minutes=7)  # between two people who confirm in the same outage


@dataclass(frozen=True, slots=True)
class SignsUp:
    """A person signs up and confirms. cause: why their onboarding fails, if it does."""

    at: datetime
    person: Person
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class LeavesGroup:
    """Somebody takes a person out of the group by hand."""

    at: datetime
    email: str


@dataclass(frozen=True, slots=True)
class Runs:
    """An operator, or cron, runs a command of `manage.py`."""

    at: datetime
    command: tuple[str, ...]


Event = SignsUp | LeavesGroup | Runs


def month_before(now: datetime) -> list[Event]:
    """Return the events of the DAYS before `now`, in order. The same `now` gives the same month."""
    events: list[Event] = [*_onboarded(now), *_outages(now, OUTAGES)]
    left = now - timedelta(hours=LEFT_HOURS_AGO)
    events += (LeavesGroup(left, email) for email in LEFT_THE_GROUP)
    swept = (now - timedelta(hours=hours) for hours in SWEPT_HOURS_AGO)
    events += (Runs(at, ("find_stuck_onboardings",)) for at in swept)
    return sorted(events, key=lambda event: event.at)


def _onboarded(now: datetime) -> Iterator[SignsUp]:
    """Spread the people over the month, some days busier than others."""
    chance = random.Random(len(ONBOARDED))  # noqa: S311 - not a secret
    hours = sorted(chance.uniform(0.5, DAYS * 24 - 1) for _ in ONBOARDED)
    # Those who leave the group later have joined it before.
    for person, ago in zip(ONBOARDED, reversed(hours), strict=True):
        yield SignsUp(now - timedelta(hours=ago), person)


def _outages(now: datetime, outages: Iterable[Outage]) -> Iterator[Event]:
    for outage in outages:
        began = now - timedelta(hours=outage.hours_ago)
        for number, person in enumerate(outage.people):
            yield SignsUp(began + number * APART, person, outage.cause)
        if outage.mended_hours_ago is not None:
            mended = now - timedelta(hours=outage.mended_hours_ago)
            yield Runs(mended, ("retry_onboardings", "--all"))
