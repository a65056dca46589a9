"""The numbers at the top of the front page, each with the list that it counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.timesince import timesince

from businesses.figures.days import Window
from businesses.figures.out_of_group import OutOfGroup
from businesses.figures.stuck import Stuck
from businesses.figures.tally import Tally, between
from businesses.models import Sweep
from businesses.pages.addresses import person_address
from businesses.queries.periods import DAY, WEEK, span_of
from businesses.records.business import parse_time

OUT_OF_GROUP_VALUE = "out-of-group"  # of the filter by status
UNKNOWN, NOT_NOW = "\N{EN DASH}", "Not known just now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number. text: as shown. url: what it counts. is_warning: whether it asks for work.

    before: words that stand before the number, such as "at least".
    """

    label: str
    text: str
    url: str
    note: str = ""
    before: str = ""
    is_warning: bool = False


def stuck_numbers(stuck: Stuck | None) -> Iterator[Number]:
    """Yield how many are stuck, and who has been for longest."""
    stuck_list = reverse("admin:businesses_onboarding_changelist")
    label, waiting = "Stuck now", "Waiting longest"
    if stuck is None:
        yield Number(label=label, text=UNKNOWN, url=stuck_list, note=NOT_NOW)
        yield Number(label=waiting, text=UNKNOWN, url=stuck_list, note=NOT_NOW)
        return
    causes = len({each.reason_type for each in stuck.causes})
    one, many = "for one reason", f"for {causes} reasons"
    yield Number(
        label=label,
        text=f"{stuck.number:,}",
        url=stuck_list,
        note=(one if causes == 1 else many) if stuck.number else "Nobody waits for you",
        before="" if stuck.is_all else "at least",
        is_warning=stuck.number > 0,
    )
    yield _longest(waiting, stuck, stuck_list)


def _longest(label: str, stuck: Stuck, stuck_list: str) -> Number:
    if stuck.longest is None:
        note = NOT_NOW if stuck.number else "Nobody waits"
        return Number(label=label, text=UNKNOWN, url=stuck_list, note=note)
    url = person_address(stuck.longest.sub)
    since = parse_time(stuck.longest.first_failed_at)
    if since is None:
        return Number(label=label, text=UNKNOWN, url=url, note="Since a time that cannot be read")
    return Number(
        label=label,
        text=_waiting(since),
        url=url,
        note=f"Since {_local(since)}",
        before="" if stuck.is_all else "at least",
    )


def onboarded_numbers(tally: Tally | None, window: Window) -> Iterator[Number]:
    """Yield how many were onboarded in a day and in a week, as the list counts them."""
    address = reverse("admin:businesses_business_changelist")
    for label, period in (("Onboarded in 24 h", DAY), ("Onboarded in 7 days", WEEK)):
        span = span_of(period, window.now)
        url = f"{address}?{urlencode({'created': period})}"
        if tally is None:
            yield Number(label=label, text=UNKNOWN, url=url, note=NOT_NOW)
            continue
        yield Number(
            label=label,
            text=f"{between(tally.at, span.since, span.until):,}",
            url=url,
            before="at least" if tally.since > span.since else "",
        )


def out_of_group_number(found: OutOfGroup | None, last: Sweep | None) -> Number:
    """Return how many people the sweep found outside of the group of their Business."""
    address = reverse("admin:businesses_onboarding_changelist")
    url = f"{address}?{urlencode({'status': OUT_OF_GROUP_VALUE})}"
    label = "Not in their group"
    if found is None:
        return Number(label=label, text=UNKNOWN, url=url, note=NOT_NOW)
    if last is None or last.finished_at is None:
        note = "Found by a sweep" if found.number else "The first sweep looks for them"
    else:
        note = f"At the sweep of {_local(last.finished_at)}"
    return Number(
        label=label,
        text=f"{found.number:,}",
        url=url,
        note=note,
        before="" if found.is_all else "at least",
        is_warning=found.number > 0,
    )


def _waiting(since: datetime) -> str:
    """Say how long it is, in whole days from the first day on."""
    days = (timezone.now() - since).days
    if days < 1:
        return timesince(since, depth=1)
    return f"{days:,} day" if days == 1 else f"{days:,} days"


def _local(moment: datetime) -> str:
    """Say when it was, in the site's time zone: the time alone if that was today."""
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localdate()
    return date_format(local, "H:i" if is_today else "j M, H:i")
